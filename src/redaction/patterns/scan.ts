/** A part of a text that is a secret: from `start` up to, not including, `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A set of ASCII characters, by code. */
export type Alphabet = Uint8Array;

/** @param ranges such as `A-Z`, or single characters. */
export function alphabet(...ranges: string[]): Alphabet {
  const members = new Uint8Array(128);
  for (const range of ranges) {
    if (range.length === 3 && range[1] === '-') members.fill(1, range.charCodeAt(0), range.charCodeAt(2) + 1);
    else for (const character of range) members[character.charCodeAt(0)] = 1;
  }
  return members;
}

export const DIGITS = alphabet('0-9');
export const ALPHANUMERIC = alphabet('0-9', 'A-Z', 'a-z');
export const HEXADECIMAL = alphabet('0-9', 'A-F', 'a-f');

/** How many characters V8's `indexOf` looks at in the time of one step here. */
const CHARACTERS_PER_STEP = 16;

/**
 * A text in which secrets are searched for. Every pattern is scanned by hand and looks at each character a bounded number
 * of times; `steps` counts them, so that a test can tell that the work grows as the text does.
 */
export class Scan {
  readonly text: string;
  /** Whether the text was cut, so that a secret at its end may be there only in part. */
  readonly isCut: boolean;
  steps = 0;
  readonly spans: Span[] = [];

  constructor(text: string, isCut: boolean) {
    this.text = text;
    this.isCut = isCut;
  }

  get length(): number {
    return this.text.length;
  }

  found(start: number, end: number): void {
    if (end > start) this.spans.push({ start, end });
  }

  /** Code of the character, NaN outside of the text. */
  code(index: number): number {
    return this.text.charCodeAt(index);
  }

  is(index: number, members: Alphabet): boolean {
    return members[this.text.charCodeAt(index)] === 1;
  }

  next(wanted: string, from: number): number {
    const index = this.text.indexOf(wanted, from);
    this.steps += 1 + (index < 0 ? this.length - from : index - from) / CHARACTERS_PER_STEP;
    return index;
  }

  /** The end of the longest run of members from `from` on, of at most `limit` characters. */
  run(from: number, members: Alphabet, limit = Number.POSITIVE_INFINITY): number {
    let end = from;
    while (end < this.length && end - from < limit && members[this.text.charCodeAt(end)] === 1) end++;
    this.steps += end - from + 1;
    return end;
  }

  /** The start of the longest run of members that ends before `to`. */
  runBack(to: number, members: Alphabet, limit: number): number {
    let start = to;
    while (start > 0 && to - start < limit && members[this.text.charCodeAt(start - 1)] === 1) start--;
    this.steps += to - start + 1;
    return start;
  }

  /** Whether the text ends at `end` only because it was cut there. */
  endsCut(end: number): boolean {
    return this.isCut && end >= this.length;
  }
}

export type Pattern = (scan: Scan) => void;
