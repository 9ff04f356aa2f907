import type { Position } from '../../../channel/positions.ts';

/** Items of one map; one with more is left undecoded. */
const MAX_ITEMS = 1_000_000;
const LARGEST = 2 ** 32;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A scope of a source, as its map tells it. */
export interface OriginalScope {
  readonly name?: string;
  /** Whether it is a function of the source. */
  readonly isStackFrame: boolean;
  readonly parent?: OriginalScope;
  readonly variables: string[];
}

/** A part of generated code that comes from a scope. The end is not in it. */
export interface GeneratedRange {
  readonly start: Position;
  end: Position;
  readonly definition?: OriginalScope;
  /** Whether it is a function of generated code: one of the source, or one that a tool added. */
  readonly frame: 'none' | 'original' | 'hidden';
  /** What to read for each variable of the definition, from a position on; empty where the map does not say. */
  readonly bindings: Reading[][];
  readonly children: GeneratedRange[];
}

export interface Reading {
  readonly from: Position;
  /** Absent where the variable has no value in generated code. */
  readonly expression?: string;
}

/** The fields of a source map that tell scopes. */
export interface EncodedScopes {
  readonly names: readonly string[];
  /** For each source. */
  readonly scopes: readonly (string | null)[];
  readonly ranges: string;
  /** Where the map, or the section, starts in generated code. */
  readonly offset: Position;
}

/**
 * Decodes what a map says of scopes, after the draft of July 2026 of the "Scopes" proposal for ECMA-426
 * (https://tc39.es/ecma426/branch/proposal-scopes/). Earlier drafts had it in one string, and are not read.
 * @returns the outermost ranges in the order of generated code. @throws where the fields are not of that form.
 */
export function decodeScopes({ names, scopes, ranges, offset }: EncodedScopes): GeneratedRange[] {
  const budget = { items: MAX_ITEMS };
  const sources = scopes.map((text) => (text === null ? [] : originalScopes(new Items(text, budget), names)));
  return generatedRanges(new Items(ranges, budget), sources, names, offset);
}

/** @returns the scopes of one source, each before those inside of it. */
function originalScopes(items: Items, names: readonly string[]): OriginalScope[] {
  const found: OriginalScope[] = [];
  const open: OriginalScope[] = [];
  let name = 0;
  let variable = 0;
  for (let tag = items.tag(); tag !== undefined; tag = items.tag()) {
    if (tag === 'B') {
      const flags = items.unsigned();
      // Its position, and its kind behind the name, are of no use here.
      items.unsigned();
      items.unsigned();
      if (flags & 1) name += items.signed();
      const scope: OriginalScope = {
        name: flags & 1 ? at(names, name) : undefined,
        isStackFrame: (flags & 4) !== 0,
        parent: open.at(-1),
        variables: [],
      };
      found.push(scope);
      open.push(scope);
    } else if (tag === 'C') {
      if (open.pop() === undefined) throw new SyntaxError('an end without a scope');
    } else if (tag === 'D') {
      const scope = at(open, open.length - 1);
      while (items.hasMore) {
        variable += items.signed();
        scope.variables.push(at(names, variable));
      }
    }
  }
  if (open.length > 0) throw new SyntaxError('a scope without an end');
  return found;
}

function generatedRanges(
  items: Items,
  sources: readonly (readonly OriginalScope[])[],
  names: readonly string[],
  offset: Position,
): GeneratedRange[] {
  const outermost: GeneratedRange[] = [];
  const open: GeneratedRange[] = [];
  let position = offset;
  let source = 0;
  let scope = 0;
  const expression = () => {
    const index = items.unsigned();
    return index === 0 ? undefined : at(names, index - 1);
  };
  for (let tag = items.tag(); tag !== undefined; tag = items.tag()) {
    if (tag === 'E') {
      const flags = items.unsigned();
      position = moved(position, flags & 1 ? items.unsigned() : 0, items.unsigned());
      let definition: OriginalScope | undefined;
      if (flags & 2) {
        const step = items.signed();
        source += step;
        scope = step === 0 ? scope + items.signed() : items.unsigned();
        definition = at(at(sources, source), scope);
      }
      const frame = (flags & 4) === 0 ? 'none' : (flags & 8) === 0 ? 'original' : 'hidden';
      const range: GeneratedRange = { start: position, end: position, definition, frame, bindings: [], children: [] };
      (open.at(-1)?.children ?? outermost).push(range);
      open.push(range);
    } else if (tag === 'F') {
      const first = items.unsigned();
      position = items.hasMore ? moved(position, first, items.unsigned()) : moved(position, 0, first);
      at(open, open.length - 1).end = position;
      open.pop();
    } else if (tag === 'G') {
      const { bindings, start } = at(open, open.length - 1);
      while (items.hasMore) bindings.push([{ from: start, expression: expression() }]);
    } else if (tag === 'H') {
      const { bindings, start } = at(open, open.length - 1);
      const readings = at(bindings, items.unsigned());
      let from = start;
      while (items.hasMore) {
        from = moved(from, items.unsigned(), items.unsigned());
        readings.push({ from, expression: expression() });
      }
    }
  }
  if (open.length > 0) throw new SyntaxError('a range without an end');
  return outermost;
}

function moved({ line, column }: Position, lines: number, columns: number): Position {
  return { line: line + lines, column: lines === 0 ? column + columns : columns };
}

function at<T>(list: readonly T[], index: number): T {
  const one = list[index];
  if (one === undefined) throw new RangeError('an index out of bounds');
  return one;
}

/** Reads items between commas: a tag, and numbers. What is left of an item is skipped: later drafts may add to it. */
class Items {
  readonly #text: string;
  readonly #budget: { items: number };
  #next = 0;

  constructor(text: string, budget: { items: number }) {
    this.#text = `,${text}`;
    this.#budget = budget;
  }

  /** Whether the item goes on. */
  get hasMore(): boolean {
    return this.#next < this.#text.length && this.#text[this.#next] !== ',';
  }

  /** @returns the tag of the next item, or undefined after the last. */
  tag(): string | undefined {
    const comma = this.#text.indexOf(',', this.#next);
    const tag = comma < 0 ? undefined : this.#text[comma + 1];
    if (tag === undefined) return undefined;
    if (this.#budget.items-- === 0) throw new RangeError('too many items');
    this.#next = comma + (tag === ',' ? 1 : 2);
    return tag;
  }

  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 32) {
      const digit = DIGITS.indexOf(this.#text[this.#next++] ?? '?');
      if (digit < 0) throw new SyntaxError('no number');
      value += (digit & 31) * factor;
      if (value >= LARGEST) throw new RangeError('too large a number');
      if (digit < 32) return value;
    }
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? -(value - 1) / 2 : value / 2;
  }
}
