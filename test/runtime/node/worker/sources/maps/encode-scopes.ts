/** A scope of a source to be encoded into a map, for tests. */
export interface Scope {
  readonly name?: string;
  readonly isStackFrame?: boolean;
  readonly variables?: readonly string[];
  readonly children?: readonly Scope[];
}

/** A generated range; positions are lines and columns. */
export interface Range {
  readonly start: readonly [number, number];
  readonly end: readonly [number, number];
  /** Index of the source, and of the scope in the order in which they start. */
  readonly definition?: readonly [number, number];
  readonly frame?: 'original' | 'hidden';
  readonly bindings?: readonly (string | null)[];
  readonly later?: readonly { index: number; from: readonly [number, number]; expression: string | null }[];
  readonly children?: readonly Range[];
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function unsigned(value: number): string {
  const rest = Math.floor(value / 32);
  return rest === 0 ? (DIGITS[value] ?? '') : (DIGITS[(value % 32) + 32] ?? '') + unsigned(rest);
}

function signed(value: number): string {
  return unsigned(value < 0 ? -2 * value + 1 : 2 * value);
}

/** The fields of a source map that tell scopes, as the draft of the "Scopes" proposal has them. */
export function encodeScopes(sources: readonly (readonly Scope[] | null)[], ranges: readonly Range[]) {
  const names: string[] = [];
  const indexOf = (name: string): number => {
    const known = names.indexOf(name);
    return known < 0 ? names.push(name) - 1 : known;
  };
  const encodeSource = (roots: readonly Scope[]): string => {
    const items: string[] = [];
    let name = 0;
    let kind = 0;
    let variable = 0;
    const relative = (before: number, index: number): string => signed(index - before);
    const encode = (scope: Scope): void => {
      let item = `B${unsigned((scope.name === undefined ? 0 : 1) + 2 + (scope.isStackFrame ? 4 : 0))}BC`;
      if (scope.name !== undefined) {
        item += relative(name, indexOf(scope.name));
        name = indexOf(scope.name);
      }
      item += relative(kind, indexOf('kind'));
      kind = indexOf('kind');
      items.push(item);
      if (scope.variables !== undefined && scope.variables.length > 0) {
        const encoded = scope.variables.map((one) => {
          const step = relative(variable, indexOf(one));
          variable = indexOf(one);
          return step;
        });
        items.push(`D${encoded.join('')}`);
      }
      scope.children?.forEach(encode);
      items.push('CBA');
    };
    roots.forEach(encode);
    return items.join();
  };
  const scopes = sources.map((roots) => roots && encodeSource(roots));

  const items: string[] = [];
  let [line, column, source, scope] = [0, 0, 0, 0];
  const steps = ([l, c]: readonly [number, number], before: readonly [number, number]): [number, number] =>
    l === before[0] ? [0, c - before[1]] : [l - before[0], c];
  const move = (to: readonly [number, number]): [number, number] => {
    const step = steps(to, [line, column]);
    [line, column] = to;
    return step;
  };
  const binding = (expression: string | null): string => unsigned(expression === null ? 0 : indexOf(expression) + 1);
  const encode = ({ start, end, definition, frame, bindings = [], later = [], children = [] }: Range): void => {
    const [lines, columns] = move(start);
    const flags = (lines > 0 ? 1 : 0) + (definition ? 2 : 0) + (frame ? 4 : 0) + (frame === 'hidden' ? 8 : 0);
    let item = `E${unsigned(flags)}${lines > 0 ? unsigned(lines) : ''}${unsigned(columns)}`;
    if (definition !== undefined) {
      const [nextSource, nextScope] = definition;
      item += signed(nextSource - source) + (nextSource === source ? signed(nextScope - scope) : unsigned(nextScope));
      [source, scope] = definition;
    }
    items.push(item);
    if (bindings.length > 0) items.push(`G${bindings.map(binding).join('')}`);
    for (const index of new Set(later.map((one) => one.index))) {
      let before = start;
      const parts = later
        .filter((one) => one.index === index)
        .map(({ from, expression }) => {
          const step = steps(from, before);
          before = from;
          return step.map(unsigned).join('') + binding(expression);
        });
      items.push(`H${unsigned(index)}${parts.join('')}`);
    }
    children.forEach(encode);
    const [endLines, endColumns] = move(end);
    items.push(`F${endLines > 0 ? unsigned(endLines) : ''}${unsigned(endColumns)}`);
  };
  ranges.forEach(encode);
  return { names, scopes, ranges: items.join() };
}
