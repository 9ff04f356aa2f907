/** Characters, by code point, from the first up to, including, the last. */
export type Range = readonly [first: number, last: number];

const LAST = 0x10ffff;
/** Characters of ASCII. */
export const ASCII = 128;
/** Ranges of more characters are not followed one by one. */
const SHORT = 64;

/** Each character, those that end a line too. */
export const EVERY: readonly Range[] = [[0, LAST]];
export const DIGIT: readonly Range[] = [[0x30, 0x39]];
export const WORD: readonly Range[] = [...DIGIT, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
export const LINE_END: readonly Range[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
/** What `\s` is in JavaScript. */
export const SPACE: readonly Range[] = [
  ...LINE_END,
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

/** All other characters. */
export function complement(ranges: readonly Range[]): Range[] {
  const others: Range[] = [];
  let from = 0;
  for (const [first, last] of inOrder(ranges)) {
    if (first > from) others.push([from, first - 1]);
    from = last + 1;
  }
  if (from <= LAST) others.push([from, LAST]);
  return others;
}

function inOrder(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const [first, last] of ranges.toSorted((left, right) => left[0] - right[0])) {
    const before = all.at(-1);
    if (before !== undefined && first <= before[1] + 1) all[all.length - 1] = [before[0], Math.max(before[1], last)];
    else all.push([first, last]);
  }
  return all;
}

/**
 * The character itself and what it is in the other case, as far as that is one character too. Both ways are taken after one another, so
 * that all four forms of theta are found from one another.
 */
export function formsOf(code: number): number[] {
  const character = String.fromCodePoint(code);
  const upper = character.toUpperCase();
  return [character, upper, character.toLowerCase(), upper.toLowerCase()].flatMap((form) => {
    const its = form.codePointAt(0) ?? code;
    return form === String.fromCodePoint(its) ? [its] : [];
  });
}

const FORMS_IN_ASCII = Array.from({ length: ASCII }, (_, code) => formsOf(code));

/** A set of characters. Those of ASCII are in a table, others are found by a binary search over ranges. */
export class CharacterSet {
  readonly #ranges: readonly Range[];
  readonly #isNegated: boolean;
  /** 1 for each character of ASCII that it has. */
  readonly ascii = new Uint8Array(ASCII);

  /** @param isNegated whether it has all other characters; where case is ignored, those that no form of one of these is. */
  constructor(ranges: readonly Range[], isNegated = false, ignoresCase = false) {
    this.#ranges = inOrder(ignoresCase ? ranges.flatMap(inBothCases) : ranges);
    this.#isNegated = isNegated;
    for (const [code, forms] of FORMS_IN_ASCII.entries()) {
      if (this.hasOneOf(ignoresCase ? forms : [code])) this.ascii[code] = 1;
    }
  }

  get isEmpty(): boolean {
    return (this.#isNegated ? complement(this.#ranges) : this.#ranges).length === 0;
  }

  /** @param forms of a character: itself alone, or where case is ignored those of `formsOf`. */
  hasOneOf(forms: readonly number[]): boolean {
    return forms.some((code) => this.#isInRanges(code)) !== this.#isNegated;
  }

  #isInRanges(code: number): boolean {
    let low = 0;
    let high = this.#ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.#ranges[middle] ?? [LAST, 0];
      if (code < first) high = middle - 1;
      else if (code > last) low = middle + 1;
      else return true;
    }
    return false;
  }
}

/** Forms of a text's character are looked for too: so a long range does without, of which few characters have a form outside. */
function inBothCases([first, last]: Range): Range[] {
  const all: Range[] = [[first, last]];
  if (last - first >= SHORT) return all;
  for (let code = first; code <= last; code++) {
    for (const form of formsOf(code)) all.push([form, form]);
  }
  return all;
}
