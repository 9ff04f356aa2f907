import { checkTree } from './check-expression.ts';
import { ExpressionCompiler, type Names } from './expression-compiler.ts';
import { parseExpression } from './parse-expression.ts';

/**
 * `source` is a JavaScript expression for the scope of the line, in which the name `$` is a Guard (runtime/node/application/guard/guard.ts).
 * It has to be put where `this` and `arguments` are those of the line: inside arrow functions only.
 */
export interface CompiledExpression {
  readonly source: string;
  /** Whether `$return` or `$error` occur, which are known only where a function ends. */
  readonly usesReturn: boolean;
  readonly usesError: boolean;
  /** Whether `$elapsed` occurs, for which the beginning of the function has to be seen. */
  readonly usesElapsed: boolean;
  /** Variables that it reads by `$.left`, since V8 has left their scope at the line. */
  readonly left: readonly string[];
}

const UNCHANGED = (identifier: string) => identifier;
/** Accepts every private name: for checks that are made before the class around the line is known. */
export const ANY_FIELD: Names['privateFields'] = { get: UNCHANGED };
const NO_FIELDS: Names['privateFields'] = new Map();

/**
 * Rewrites an expression so that every read, call, operator and iteration goes through the Guard: no getter, Proxy trap,
 * conversion or iterator of the application runs by accident, and values with redacted names stay hidden. `rename` gives a
 * variable's name in the running code where a bundler changed it (it may be a path such as `orders_1.limit`);
 * `privateFields` the private fields and methods of the class around the line, by their names in the source, without `#`.
 * With `keepsHidden` an expression that only reads a redacted name gives its value, sealed, so that the redactor can hash it.
 * Throws ExpressionError.
 */
export function compileExpression(
  source: string,
  rename: Names['rename'] = UNCHANGED,
  privateFields: Names['privateFields'] = NO_FIELDS,
  keepsHidden = false,
): CompiledExpression {
  const tree = parseExpression(source);
  checkTree(tree);
  const compiler = new ExpressionCompiler(source, { rename, privateFields });
  const compiled = keepsHidden ? compiler.hidden(tree) : compiler.expression(tree);
  return {
    source: compiled,
    usesReturn: compiler.used.has('$return'),
    usesError: compiler.used.has('$error'),
    usesElapsed: compiler.used.has('$elapsed'),
    left: [...compiler.left],
  };
}
