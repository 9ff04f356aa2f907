import { ExpressionError } from '../../../../expression/expression-error.ts';
import type { TemplatePart } from '../../../../expression/template.ts';
import { checkExpression } from '../../../../language/javascript/check-expression.ts';
import { compileExpression } from '../../../../language/javascript/compile-expression.ts';
import type { CompiledField, Reading } from '../../../../language/javascript/expression-compiler.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import { RedactedNames, withNames } from '../../../../redaction/identifiers.ts';
import type { ArmingRefusal } from '../../channel/arming-refusal.ts';
import type { SiteCode } from '../../channel/probe-plan.ts';
import { NotKept } from '../sources/names/names-at.ts';
import { expressionsOf, valuesFieldOf } from './kinds.ts';

export interface CompiledProbe extends SiteCode {
  /** Whether the special variables `$return`, `$error` and `$elapsed` occur. */
  readonly usesReturn: boolean;
  readonly usesError: boolean;
  readonly usesElapsed: boolean;
  /** Variables that it reads although V8 has left their scope, in generated names. */
  readonly usesLeft: ReadonlySet<string>;
  /** Parts of the message, whose expressions are the values in that order; empty for a Snapshot. */
  readonly template: readonly TemplatePart[];
}

/** An expression that reads a variable which the running code does not have fails alone, at each hit, and not the whole probe with it. */
function withoutNotKept(compile: () => string): string {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof NotKept)) throw error;
    return `(()=>{throw ${JSON.stringify(error.message)}})()`;
  }
}

/**
 * Checks once more what was checked when the probe was admitted, and compiles it.
 * @param rename gives the name in generated code for a name of the source; undefined where its value is to be hidden.
 * @param privateFields generated names of the private fields and methods that code at the line can read, by their names in the source.
 */
export function compileProbe(
  probe: WireProbe,
  rename: (name: string) => Reading,
  privateFields?: ReadonlyMap<string, string | CompiledField>,
): CompiledProbe | ArmingRefusal {
  const uses = { usesReturn: false, usesError: false, usesElapsed: false };
  const names = new RedactedNames(probe.redaction?.names);
  const left = new Set<string>();
  let field = 'condition';
  const keepsHidden = probe.redaction !== undefined && probe.redaction.replacement !== 'Remove';
  const compile = (source: string, isShown: boolean) => {
    checkExpression(source);
    const compiled = withNames(names, () => compileExpression(source, rename, privateFields, isShown && keepsHidden));
    uses.usesReturn ||= compiled.usesReturn;
    uses.usesError ||= compiled.usesError;
    uses.usesElapsed ||= compiled.usesElapsed;
    for (const name of compiled.left) left.add(name);
    return compiled.source;
  };
  try {
    const condition = probe.condition === undefined ? undefined : compile(probe.condition, false);
    field = valuesFieldOf(probe);
    const { expressions, template } = expressionsOf(probe);
    const values = expressions.map((source) => withoutNotKept(() => compile(source, true)));
    return { condition, values, privates: [], usesLeft: left, ...uses, template };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { reason: error.reason, message: `${field}: ${error.message}` };
  }
}
