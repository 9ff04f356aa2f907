/** Numbers of one mapping in the table, in this order; -1 where the mapping does not say it. */
const COLUMN = 0;
const SOURCE = 1;
const LINE = 2;
const ORIGINAL_COLUMN = 3;
const NAME = 4;
const STRIDE = 5;

/** Bundles have millions of mappings. A map with more mappings or lines than this is not read. */
const MAX_SEGMENTS = 16_000_000;
const COMMA = 44;
const SEMICOLON = 59;

const DIGITS = new Int8Array(128).fill(-1);
for (const [value, digit] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
}

/** Where a part of a map starts in generated code, and in the lists of sources and names. */
export interface Offsets {
  readonly line: number;
  readonly column: number;
  readonly source: number;
  readonly name: number;
}

/** The encoded mappings of a map, or of one of its sections. */
export interface MappingsPart {
  readonly text: string;
  readonly offsets: Offsets;
}

/**
 * Counts the lines and mappings of a map without decoding it.
 * @throws RangeError above 16 million of either.
 */
export function checkSize(parts: readonly MappingsPart[]): void {
  let length = 0;
  let lastLine = 0;
  for (const { text, offsets } of parts) {
    length += text.length;
    lastLine = Math.max(lastLine, offsets.line);
  }
  // Each line and each mapping takes a character at least, so that most maps need not be looked through.
  if (lastLine + length <= MAX_SEGMENTS) return;
  let segments = 0;
  for (const { text, offsets } of parts) {
    let { line } = offsets;
    let hasNumber = false;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code === SEMICOLON || code === COMMA) {
        if (code === SEMICOLON) line++;
        hasNumber = false;
        continue;
      }
      if (hasNumber) continue;
      const digit = DIGITS[code] ?? -1;
      hasNumber = digit >= 0 && (digit & 32) === 0;
      if (hasNumber) segments++;
    }
    if (line > MAX_SEGMENTS) throw new RangeError('too many lines');
  }
  if (segments > MAX_SEGMENTS) throw new RangeError('too many mappings');
}

/**
 * The mappings of a source map as one flat table in the order of generated code: 20 bytes each, so that the map of a large
 * bundle fits into the worker. Lines and columns are counted from 0. A segment is the index of one mapping.
 */
export class Mappings {
  #table = new Int32Array(1024 * STRIDE);
  #count = 0;
  /** The first segment of each generated line, and the end of the last. */
  readonly #starts: number[] = [0];

  /** Number of segments. */
  get count(): number {
    return this.#count;
  }

  /** Number of generated lines that the map knows of. */
  get lines(): number {
    return this.#starts.length;
  }

  /** Adds the mappings of a map, or of a section, which follow those before. How many there may be, `checkSize` decides. */
  add({ text, offsets }: MappingsPart): void {
    const values = [0, offsets.source, 0, 0, offsets.name];
    let line = offsets.line;
    this.#reach(line);
    let lineStart = this.#count;
    let field = 0;
    let value = 0;
    let shift = 0;
    let isSorted = true;
    const end = () => {
      if (field > 0) {
        const column = (values[COLUMN] ?? 0) + (line === offsets.line ? offsets.column : 0);
        const hasSource = field >= 4;
        if (this.#count > lineStart && column < this.columnOf(this.#count - 1)) isSorted = false;
        this.#push(
          column,
          hasSource ? values[SOURCE] : -1,
          hasSource ? values[LINE] : -1,
          hasSource ? values[ORIGINAL_COLUMN] : -1,
          field >= 5 ? values[NAME] : -1,
        );
      }
      field = 0;
    };
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code === SEMICOLON || code === COMMA) {
        end();
        if (code === SEMICOLON) {
          if (!isSorted) this.#sort(lineStart);
          isSorted = true;
          values[COLUMN] = 0;
          this.#reach(++line);
          lineStart = this.#count;
        }
        continue;
      }
      const digit = DIGITS[code] ?? -1;
      if (digit < 0) continue;
      value |= (digit & 31) << shift;
      shift += 5;
      if ((digit & 32) !== 0) continue;
      const distance = (value & 1) === 1 ? -(value >>> 1) : value >>> 1;
      if (field < STRIDE) values[field] = (values[field] ?? 0) + distance;
      field++;
      value = 0;
      shift = 0;
    }
    end();
    if (!isSorted) this.#sort(lineStart);
  }

  columnOf(segment: number): number {
    return this.#table[segment * STRIDE + COLUMN] ?? 0;
  }

  /** Index of its source, or -1 for code that comes from none. */
  sourceOf(segment: number): number {
    return this.#table[segment * STRIDE + SOURCE] ?? -1;
  }

  originalLineOf(segment: number): number {
    return this.#table[segment * STRIDE + LINE] ?? -1;
  }

  originalColumnOf(segment: number): number {
    return this.#table[segment * STRIDE + ORIGINAL_COLUMN] ?? -1;
  }

  /** Index of its name, or -1. */
  nameOf(segment: number): number {
    return this.#table[segment * STRIDE + NAME] ?? -1;
  }

  /** The generated line of a segment. */
  lineOf(segment: number): number {
    return lastAtMost(this.#starts.length, (line) => this.#starts[line] ?? 0, segment);
  }

  /** @returns the segments of a generated line: from the first, to one after the last. */
  segmentsOf(line: number): { readonly from: number; readonly to: number } {
    if (line < 0 || line >= this.#starts.length) return { from: 0, to: 0 };
    return { from: this.#starts[line] ?? 0, to: this.#starts[line + 1] ?? this.#count };
  }

  /** @returns the first of the segments nearest before a place on the same line, or -1. */
  at(line: number, column: number): number {
    const { from, to } = this.segmentsOf(line);
    let found = from + lastAtMost(to - from, (index) => this.columnOf(from + index), column);
    if (to === from || this.columnOf(found) > column) return -1;
    while (found > from && this.columnOf(found - 1) === this.columnOf(found)) found--;
    return found;
  }

  /** A list of segments in the order of the source: by line, then column, then generated code. */
  ofSource(source: number): Int32Array {
    const found: number[] = [];
    for (let segment = 0; segment < this.#count; segment++) if (this.sourceOf(segment) === source) found.push(segment);
    return Int32Array.from(found).sort(
      (a, b) =>
        this.originalLineOf(a) - this.originalLineOf(b) || this.originalColumnOf(a) - this.originalColumnOf(b) || a - b,
    );
  }

  #reach(line: number): void {
    while (this.#starts.length <= line) this.#starts.push(this.#count);
  }

  #push(column: number, source = -1, line = -1, originalColumn = -1, name = -1): void {
    const at = this.#count * STRIDE;
    if (at + STRIDE > this.#table.length) {
      const larger = new Int32Array(this.#table.length * 2);
      larger.set(this.#table);
      this.#table = larger;
    }
    this.#table[at + COLUMN] = column;
    this.#table[at + SOURCE] = source;
    this.#table[at + LINE] = line;
    this.#table[at + ORIGINAL_COLUMN] = originalColumn;
    this.#table[at + NAME] = name;
    this.#count++;
  }

  #sort(from: number): void {
    const rows = Array.from({ length: this.#count - from }, (_, index) =>
      this.#table.slice((from + index) * STRIDE, (from + index + 1) * STRIDE),
    ).sort((a, b) => (a[COLUMN] ?? 0) - (b[COLUMN] ?? 0));
    for (const [index, row] of rows.entries()) this.#table.set(row, (from + index) * STRIDE);
  }
}

/** @returns the index of the last of `count` ascending values that is not above the wanted one; 0 when all are above. */
export function lastAtMost(count: number, valueAt: (index: number) => number, wanted: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (valueAt(middle) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
