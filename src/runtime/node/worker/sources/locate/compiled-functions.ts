import type { AnyNode } from 'acorn';
import type { Position } from '../../../channel/positions.ts';
import type { SourceMap } from '../maps/source-map.ts';
import { type FunctionNode, isFunction } from '../syntax/nodes.ts';

/** What the source says of a function. */
export interface WrittenFunction {
  readonly path: string;
  readonly isAsync: boolean;
  readonly isGenerator: boolean;
  /** Where its body is; what is before belongs to the parameters. */
  readonly body: Position;
}

/** Characters around a function that are looked at; a longer list of parameters is not read. */
const AROUND = 60;
const LONGEST_PARAMETERS = 10_000;

/** @param start of the function in generated code. @returns undefined where there is no source that says it. */
export function writtenAt(start: Position, map: SourceMap | undefined): WrittenFunction | undefined {
  const found = map?.original(start);
  const text = found && map?.textOf(found.path);
  if (found === undefined || text === undefined) return undefined;
  const offset = text.offset(found);
  const before = text.text.slice(Math.max(0, offset - AROUND), offset);
  const after = text.text.slice(offset, offset + AROUND);
  const body = endOfParameters(text.text, offset);
  if (body === undefined) return undefined;
  // Some maps point at the parameters of a method, behind its name.
  const ahead = /^[(<]/.test(after)
    ? before.replace(/#?[\p{ID_Start}$_][\p{ID_Continue}$]*\s*$/u, (name) =>
        /^(?:async|function)\b/.test(name) ? name : '',
      )
    : before;
  const words = `${/(?:\basync\b\s*)?(?:\bfunction\b\s*)?\*?\s*$/.exec(ahead)?.[0] ?? ''}${after}`;
  const [, head = ''] =
    /^\s*((?:(?:export|default|public|private|protected|static|override|async|function)\b\s*|\*\s*)*)/.exec(words) ??
    [];
  return {
    path: found.path,
    isAsync: /\basync\b/.test(head),
    isGenerator: head.includes('*'),
    body: text.position(body),
  };
}

/** The offset behind `(order, { retry = 2 })`, or behind `order =>`; undefined where there are no such parameters. */
function endOfParameters(text: string, from: number): number | undefined {
  const arrow = /^(?:async\s+)?[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>/u.exec(text.slice(from, from + AROUND));
  if (arrow) return from + arrow[0].length;
  const open = text.indexOf('(', from);
  if (open < 0 || open > from + 4 * AROUND) return undefined;
  let depth = 0;
  for (let at = open; at < text.length && at < open + LONGEST_PARAMETERS; at++) {
    const sign = text[at] ?? '';
    if (sign === "'" || sign === '"' || sign === '`') at = endOfText(text, at, sign);
    else if (sign === '(' || sign === '{' || sign === '[') depth++;
    else if (sign === ')' || sign === '}' || sign === ']') depth--;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

function endOfText(text: string, from: number, quote: string): number {
  let at = from + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at;
}

/**
 * What a compiler makes of an async function for engines that have none: `return __awaiter(this, void 0, void 0, function* () { … })`.
 * @returns the generator, whose result is that of the source's function; undefined where the function is of another kind.
 */
export function generatorGivenBy(node: FunctionNode): FunctionNode | undefined {
  const returned = onlyReturned(node);
  let call: AnyNode | null | undefined = returned;
  while (call?.type === 'CallExpression') {
    const generators = call.arguments.filter((one) => isFunction(one) && one.generator);
    const [generator] = generators;
    if (generators.length === 1 && generator !== undefined && isFunction(generator)) return generator;
    // `asyncToGenerator(function* () { … }).call(this)`
    call = call.callee.type === 'MemberExpression' ? call.callee.object : call.callee;
  }
  return undefined;
}

/** What is returned by a function that does nothing else: `var _this = this` may stand before. */
function onlyReturned({ body }: FunctionNode): AnyNode | null | undefined {
  if (body.type !== 'BlockStatement') return body;
  const last = body.body.at(-1);
  const isPlain = body.body.slice(0, -1).every((one) => one.type === 'VariableDeclaration' || 'directive' in one);
  return isPlain && last?.type === 'ReturnStatement' ? last.argument : undefined;
}
