import { CharacterSet, complement, DIGIT, type Range, SPACE, WORD } from './character-set.ts';
import type { PatternReader } from './pattern-reader.ts';

/** One character, by its code point, or those of an escape such as `\d`. */
type Escaped = number | readonly Range[];

const KINDS: ReadonlyMap<string, readonly Range[]> = new Map([
  ['d', DIGIT],
  ['w', WORD],
  ['s', SPACE],
  ['D', complement(DIGIT)],
  ['W', complement(WORD)],
  ['S', complement(SPACE)],
]);

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 0x0a],
  ['t', 0x09],
  ['r', 0x0d],
  ['f', 0x0c],
  ['v', 0x0b],
]);

/** What other regular expressions know, by what stands behind the backslash, and what to do about it here. */
const REFUSED: readonly (readonly [letters: string, reason: string])[] = [
  ['123456789k', 'a back reference would need backtracking; write what it repeats once more'],
  ['pP', 'properties of Unicode are not known here; write the characters as a class, such as [A-Za-zÀ-ÿ]'],
  ['0', 'write \\x00 for the character with code 0'],
  ['c', 'write a control character by its code, such as \\x01'],
  ['bB', 'a word boundary cannot be in a class; write \\x08 for a backspace'],
  ['A', 'write ^ for the start of the text'],
  ['zZ', 'write $ for the end of the text'],
  ['x', 'write two hexadecimal digits behind \\x, such as \\x2d'],
  ['u', 'write four hexadecimal digits behind \\u, such as \\u002d, or some in braces, such as \\u{1f511}'],
];

const HEXADECIMAL = /x([\da-f]{2})/iy;
/** The two halves of a surrogate pair are one character. */
const PAIR = /u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})/iy;
const UNICODE = /u(?:\{([\da-f]{1,8})\}|([\da-f]{4}))/iy;

/** Reads what is behind a backslash. */
export function readEscape(reader: PatternReader): Escaped {
  const from = reader.at - 1;
  const code = readCode(reader);
  if (code !== undefined) {
    if (code > 0x10ffff) reader.fail(from, 'no character has this code; the last one is \\u{10ffff}');
    return code;
  }
  const escaped = reader.next();
  if (escaped === '') reader.fail(from, 'nothing is behind the backslash; write \\\\ for a backslash');
  const known = KINDS.get(escaped) ?? CONTROLS.get(escaped);
  if (known !== undefined) return known;
  const refused = REFUSED.find(([letters]) => letters.includes(escaped));
  if (refused !== undefined) reader.fail(from, refused[1]);
  if (/^[\w\x7f-\u{10ffff}]$/u.test(escaped)) {
    reader.fail(from, `\\${escaped} has no meaning; write ${escaped} without the backslash, or \\\\ for a backslash`);
  }
  return codeOf(escaped);
}

function readCode(reader: PatternReader): number | undefined {
  const short = reader.takesShape(HEXADECIMAL);
  if (short !== undefined) return Number.parseInt(short[1] ?? '', 16);
  const [, high, low] = reader.takesShape(PAIR) ?? [];
  if (high !== undefined && low !== undefined) {
    return codeOf(String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)));
  }
  const long = reader.takesShape(UNICODE);
  return long && Number.parseInt(long[1] ?? long[2] ?? '', 16);
}

/** Reads a class whose opening bracket was read, up to and including the closing one. */
export function readClass(reader: PatternReader, ignoresCase: boolean): CharacterSet {
  const from = reader.at - 1;
  const isNegated = reader.takes('^');
  if (reader.sees(']')) {
    const instead = isNegated ? 'write [\\s\\S] for any character' : 'leave it out';
    reader.fail(from, `the class is empty; ${instead}, or \\] for a bracket`);
  }
  const ranges: Range[] = [];
  while (!reader.takes(']')) ranges.push(...readRange(reader, from));
  const set = new CharacterSet(ranges, isNegated, ignoresCase);
  if (set.isEmpty) reader.fail(from, 'no character is in this class, so it can never match; leave it out');
  return set;
}

function readRange(reader: PatternReader, opening: number): readonly Range[] {
  const from = reader.at;
  const first = readMember(reader, opening);
  const isRange = reader.sees('-') && !reader.sees('-]');
  if (!isRange) return typeof first === 'number' ? [[first, first]] : first;
  reader.takes('-');
  const last = readMember(reader, opening);
  if (typeof first !== 'number' || typeof last !== 'number') {
    reader.fail(from, 'a range goes from one character to another one; write \\- for a hyphen');
  }
  if (first > last) reader.fail(from, 'the range ends before it begins; write the character with the lower code first');
  return [[first, last]];
}

function readMember(reader: PatternReader, opening: number): Escaped {
  if (reader.takesShape(/\[:\w+:\]/y) !== undefined) {
    reader.fail(opening, 'classes with names are not known here; write the characters, such as [A-Za-z]');
  }
  const next = reader.next();
  if (next === '') reader.fail(opening, 'the class is not closed; write ] at its end, or \\[ for a bracket');
  return next === '\\' ? readEscape(reader) : codeOf(next);
}

export function codeOf(text: string): number {
  return text.codePointAt(0) ?? 0;
}
