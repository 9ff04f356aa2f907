import { isRedactedName } from '../identifiers.ts';
import { alphabet, type Scan } from './scan.ts';

const NAME = alphabet('0-9', 'A-Z', 'a-z', '_$.@-');
const LONGEST_NAME = 128;
const MOST_BLANKS = 8;
const MOST_BACKSLASHES = 15;
const QUOTES = new Set(['"', "'", '`']);
const ENDS_VALUE = new Set([...' \t\r\n,;&)}]"\'`']);
const ENDS_LINE = new Set([...'\r\n"\'`}']);
const ENDS_ENCODED = new Set([...' \t\r\n,;&)}]"\'`%']);
const OPENING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };
/** Headers whose value has blanks in it. */
const HEADERS = /(?:^|[-_.])(?:authorization|cookie)$/i;
/** Markers, and other words in angle brackets that stand in the place of a value. */
const NO_VALUE = /<(?:redacted|getter|proxy|unavailable|circular|not |function|empty)/y;
const NEXT_ASSIGNMENT = /[ \t"'{[]|[\w$.-]{1,64}["']?[=:]/y;

export type IsRedacted = (name: string) => boolean;

/**
 * Values behind redacted names inside of text: `password=hunter2`, `"password":"x"`, `token: abc`, `'secret' => 'x'`,
 * `Cookie: a=b; c=d`, `{\"pin\":1234}`, `user[password]=x`, `next=%3Fpin%3D1234`.
 */
export function assignments(scan: Scan, isRedacted: IsRedacted = isRedactedName): void {
  for (let at = 0; at < scan.length; at++) {
    scan.steps++;
    const separator = separatorAt(scan, at);
    if (separator === 0) continue;
    const name = nameBefore(scan, at);
    if (name === '' || !isSecretName(name, isRedacted)) continue;
    const value = valueAfter(scan, at + separator, name, separator > 1 && scan.text[at] === '%');
    if (value === undefined) continue;
    scan.found(value.start, value.end);
    at = Math.max(at, value.end - 1);
  }
}

/** The length of the separator at `at` between a name and its value; 0 when there is none. */
function separatorAt(scan: Scan, at: number): number {
  switch (scan.text[at]) {
    case ':':
      // In `https://` and `std::string`, the colon assigns nothing.
      return scan.text[at + 1] === '/' || scan.text[at + 1] === ':' ? 0 : 1;
    case '=': {
      const next = scan.text[at + 1];
      if (next === '=' || scan.text[at - 1] === '=') return 0;
      return next === '>' ? 2 : 1;
    }
    case '%': {
      const code = scan.text.slice(at + 1, at + 3).toUpperCase();
      return code === '3D' || code === '3A' ? 3 : 0;
    }
    default:
      return 0;
  }
}

function isSecretName(name: string, isRedacted: IsRedacted): boolean {
  if (isRedacted(name)) return true;
  const dot = name.lastIndexOf('.');
  return dot >= 0 && isRedacted(name.slice(dot + 1));
}

/** The name that ends before `to`, without blanks, quotes and the bracket of `user[password]`. */
function nameBefore(scan: Scan, to: number): string {
  let end = to;
  const skip = (skipped: string, most: number) => {
    for (let count = 0; count < most && end > 0 && skipped.includes(scan.text[end - 1] ?? ' x'); count++) end--;
  };
  skip(' \t', MOST_BLANKS);
  skip(']', 1);
  skip('"\'`', 1);
  skip('\\', MOST_BACKSLASHES);
  if (scan.text.slice(end - 3, end).toUpperCase() === '%5D' || scan.text.slice(end - 3, end) === '%22') end -= 3;
  const start = scan.runBack(end, NAME, LONGEST_NAME);
  scan.steps += to - end;
  // `%3Fpin` is read as the name `3Fpin` first, since names can have digits.
  const isEncoded = scan.text[start - 1] === '%' && end - start > 2;
  return scan.text.slice(isEncoded ? start + 2 : start, end);
}

function valueAfter(
  scan: Scan,
  from: number,
  name: string,
  isEncoded: boolean,
): { start: number; end: number } | undefined {
  let start = from;
  while (start - from < MOST_BLANKS && (scan.text[start] === ' ' || scan.text[start] === '\t')) start++;
  if (startsWith(scan, start, NO_VALUE)) return undefined;
  const backslashes = backslashesFrom(scan, start);
  const first = scan.text[start + backslashes] ?? '';
  if (QUOTES.has(first)) {
    const inner = start + backslashes + 1;
    if (startsWith(scan, inner, NO_VALUE)) return undefined;
    return { start: inner, end: closingQuote(scan, inner, first, backslashes) };
  }
  const closing = OPENING[first];
  if (closing !== undefined) return { start, end: closingBracket(scan, start, first, closing) };
  const end = until(scan, start, isEncoded ? ENDS_ENCODED : HEADERS.test(name) ? ENDS_LINE : ENDS_VALUE);
  return end > start ? { start, end } : undefined;
}

function backslashesFrom(scan: Scan, start: number): number {
  let count = 0;
  while (count < MOST_BACKSLASHES && scan.text[start + count] === '\\') count++;
  return count;
}

function until(scan: Scan, start: number, ends: ReadonlySet<string>): number {
  let end = start;
  for (; end < scan.length; end++) {
    const character = scan.text[end] ?? '';
    // A password may have a comma in it.
    if (
      ends.has(character) &&
      !(character === ',' && end + 1 < scan.length && !startsWith(scan, end + 1, NEXT_ASSIGNMENT))
    )
      break;
  }
  scan.steps += end - start + 1;
  return end;
}

/** @param pattern sticky, and of bounded length. */
function startsWith(scan: Scan, at: number, pattern: RegExp): boolean {
  scan.steps += 1;
  pattern.lastIndex = at;
  return pattern.test(scan.text);
}

/** A quote that has no more backslashes before it than the opening one; the end of the text when there is none. */
function closingQuote(scan: Scan, start: number, quote: string, level: number): number {
  let backslashes = 0;
  for (let at = start; at < scan.length; at++) {
    scan.steps++;
    const character = scan.text[at];
    if (character === '\\') backslashes++;
    else if (character === quote && backslashes <= level) return at - backslashes;
    else backslashes = 0;
  }
  return scan.length;
}

function closingBracket(scan: Scan, start: number, opening: string, closing: string): number {
  let depth = 0;
  for (let at = start; at < scan.length; at++) {
    scan.steps++;
    const character = scan.text[at];
    if (character === opening) depth++;
    else if (character === closing && --depth === 0) return at + 1;
  }
  return scan.length;
}
