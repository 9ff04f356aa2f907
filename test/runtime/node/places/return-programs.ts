/** A function of a generated program: the value that it returns is that of `item`, and it has a line of its own for that. */
export interface ReturnProgram {
  readonly name: string;
  /** Names that a function probe can find it by. */
  readonly functionName: string;
  readonly kind: FunctionKind;
  readonly source: string;
  /** Of the `return`, counted from the beginning of the source. */
  readonly line: number;
  /** Statement that calls it and prints `NAME VALUE`. */
  readonly call: string;
  readonly value: string;
}

const PARAMETERS = {
  plain: ['p', "'in'"],
  default: ["p = 'in'", ''],
  destructured: ['{ p }', "{ p: 'in' }"],
  rest: ['...[p]', "'in'"],
} as const;

/** `VALUE` is the value, `OUT` an outer variable of the same name. `return item;` is the last of the inner lines. */
const BODIES = {
  body: ['const item = VALUE;', 'return item;'],
  assigned: ['let item = 1;', 'item = VALUE;', 'return item;'],
  var: ['if (p) {', 'var item = VALUE;', '}', 'return item;'],
  let: ['OUT', 'if (p) {', 'let item = VALUE;', 'return item;', '}'],
  const: ['OUT', '{', 'const item = VALUE;', 'return item;', '}'],
  class: ['OUT', '{', 'class item { static toJSON() { return VALUE; } }', 'return item;', '}'],
  function: ['OUT', '{', 'function item() {}', 'item.toJSON = () => VALUE;', 'return item;', '}'],
  catch: ['OUT', 'try {', 'throw VALUE;', '} catch (item) {', 'return item;', '}'],
  pattern: ['OUT', 'try {', 'throw [VALUE];', '} catch ([item]) {', 'return item;', '}'],
  of: ['OUT', 'for (const item of [VALUE]) {', 'return item;', '}'],
  in: ['OUT', 'for (const item in { [VALUE]: 1 }) {', 'return item;', '}'],
  for: ['OUT', 'for (let item = VALUE; p; ) {', 'return item;', '}'],
  while: ['OUT', 'while (p) {', 'const item = VALUE;', 'return item;', '}'],
  case: ['OUT', 'switch (p) {', "case 'in':", 'const item = VALUE;', 'return item;', '}'],
  finally: ['OUT', 'try {', 'const item = VALUE;', 'return item;', '} finally {', 'calls++;', '}'],
  nested: ['OUT', 'for (const one of [1]) {', 'if (one) {', 'const item = VALUE;', 'return item;', '}', '}'],
} as const;

export type FunctionKind = keyof typeof FUNCTIONS;

/** From `PARAMETERS` and `BODY` to a function, and from `ARGUMENTS` to the call of it that gives its value. */
const FUNCTIONS = {
  function: ['function NAME(PARAMETERS) {', '}', 'NAME(ARGUMENTS)'],
  arrow: ['const NAME = (PARAMETERS) => {', '};', 'NAME(ARGUMENTS)'],
  async: ['async function NAME(PARAMETERS) {', '}', 'await NAME(ARGUMENTS)'],
  generator: ['function* NAME(PARAMETERS) {', '}', 'NAME(ARGUMENTS).next().value'],
  asyncGenerator: ['async function* NAME(PARAMETERS) {', '}', '(await NAME(ARGUMENTS).next()).value'],
  method: ['class NAME { static run(PARAMETERS) {', '} }', 'NAME.run(ARGUMENTS)'],
  getter: ["class NAME { get run() { const p = 'in';", '} }', 'new NAME().run'],
  constructor: ['class NAME { constructor(PARAMETERS) {', '} }', 'new NAME(ARGUMENTS).made'],
} as const;

/** @param wanted chooses among all combinations. */
export function returnPrograms(
  wanted: (kind: FunctionKind, parameters: string, body: string) => boolean,
): ReturnProgram[] {
  const programs: ReturnProgram[] = [];
  for (const [kind, [head, tail, call]] of Object.entries(FUNCTIONS)) {
    for (const [style, [parameters, given]] of Object.entries(PARAMETERS)) {
      for (const [scope, lines] of Object.entries(BODIES)) {
        if (!wanted(kind as FunctionKind, style, scope)) continue;
        if (kind === 'getter' && style !== 'plain') continue;
        const name = `${kind}_${style}_${scope}`;
        const value = kind === 'constructor' ? `{ made: '${name}' }` : `'${name}'`;
        const isCode = scope === 'class' || scope === 'function' || scope === 'in';
        if (kind === 'constructor' && isCode) continue;
        const inner = lines.map((line) =>
          line.replaceAll('VALUE', value).replace('OUT', "const item = 'outer'; void item;"),
        );
        const fill = (text: string) =>
          text.replaceAll('NAME', name).replace('PARAMETERS', parameters).replace('ARGUMENTS', given);
        const source = [fill(head), ...inner, fill(tail)];
        programs.push({
          name,
          functionName: { method: `${name}.run`, getter: `${name}.run`, constructor: `new ${name}` }[kind] ?? name,
          kind: kind as FunctionKind,
          source: source.join('\n'),
          line: source.indexOf('return item;') + 1,
          call: `console.log('${name}', JSON.stringify(${fill(call)}));`,
          value: name,
        });
      }
    }
  }
  return programs;
}
