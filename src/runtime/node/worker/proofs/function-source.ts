import { type AnyNode, type ArrowFunctionExpression, type BlockStatement, type FunctionExpression, parse } from 'acorn';
import { analyzeFunction, type FunctionBindings } from '../sources/analysis/analyze-function.ts';

export type FunctionNode = ArrowFunctionExpression | FunctionExpression;

/** Why a function cannot be run under the guard. `offset` counts from 0 in the text of the function. */
export class NotProvable extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'NotProvable';
    this.offset = offset;
  }
}

/** The text of a function as `Function.prototype.toString` gives it, parsed. */
export interface FunctionSource {
  readonly text: string;
  readonly node: FunctionNode;
  /** Characters before the text in what was parsed. */
  readonly shift: number;
  readonly bindings: FunctionBindings;
}

/** Characters. Longer functions are not worth the time. */
const MAX_LENGTH = 50_000;
const OPTIONS = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  checkPrivateFields: false,
  preserveParens: true,
} as const;
/** What makes the text parsable: as an expression, as a method of an object, as a method of a class. */
const WRAPPERS = [
  ['(', ')'],
  ['({', '})'],
  ['(class{', '})'],
] as const;

function functionIn(tree: AnyNode): FunctionNode | undefined {
  if (tree.type === 'Program') return tree.body.length === 1 && tree.body[0] ? functionIn(tree.body[0]) : undefined;
  if (tree.type === 'ExpressionStatement' || tree.type === 'ParenthesizedExpression')
    return functionIn(tree.expression);
  if (tree.type === 'FunctionExpression' || tree.type === 'ArrowFunctionExpression') return tree;
  if (tree.type === 'ObjectExpression') {
    const [property] = tree.properties;
    return property?.type === 'Property' ? functionIn(property.value) : undefined;
  }
  if (tree.type !== 'ClassExpression') return undefined;
  const [member] = tree.body.body;
  return member?.type === 'MethodDefinition' && (member.kind === 'method' || member.kind === 'get')
    ? functionIn(member.value)
    : undefined;
}

/** Throws NotProvable. */
export function parseFunction(text: string): FunctionSource {
  if (text.length > MAX_LENGTH) throw new NotProvable(`is longer than ${MAX_LENGTH} characters`, 0);
  if (/^class\b/.test(text)) throw new NotProvable('is a class', 0);
  for (const [before, after] of WRAPPERS) {
    let tree: AnyNode;
    try {
      tree = parse(`${before}${text}\n${after}`, OPTIONS);
    } catch {
      continue;
    }
    const node = functionIn(tree);
    if (node === undefined) continue;
    if (node.async) throw new NotProvable('is asynchronous', 0);
    if (node.generator) throw new NotProvable('is a generator', 0);
    // The name of a declaration is a variable of the code around it, which may be assigned: so it is not the function's own.
    node.id = null;
    return { text, node, shift: before.length, bindings: analyzeFunction(node) };
  }
  throw new NotProvable('has a source that cannot be read', 0);
}

/**
 * The variable of a function that does nothing but return one, as compilers export them: `() => level`,
 * `get level() { return level; }`, `get() { try { return level } catch {} }`.
 */
export function returnedVariable({ node }: FunctionSource): string | undefined {
  if (node.params.length > 0) return undefined;
  let returned: AnyNode | null | undefined = node.body;
  if (returned.type === 'BlockStatement') returned = onlyReturn(onlyTry(returned) ?? returned);
  while (returned?.type === 'ParenthesizedExpression') returned = returned.expression;
  return returned?.type === 'Identifier' && returned.name !== 'arguments' ? returned.name : undefined;
}

function onlyTry({ body: [first, second] }: BlockStatement): BlockStatement | undefined {
  if (first?.type !== 'TryStatement' || second !== undefined) return undefined;
  return first.handler?.body.body.length === 0 && !first.handler.param && !first.finalizer ? first.block : undefined;
}

function onlyReturn({ body: [first, second] }: BlockStatement): AnyNode | null | undefined {
  return first?.type === 'ReturnStatement' && second === undefined ? first.argument : undefined;
}
