import { isRedactedName } from '../identifiers.ts';
import type { IsRedacted } from './assignments.ts';
import { ALPHANUMERIC, alphabet, HEXADECIMAL, type Scan } from './scan.ts';

const WORD = alphabet('0-9', 'A-Z', 'a-z', '_$.-');
const SHORTEST = 32;
const MOST_BLANKS = 8;
const LONGEST_WORD = 64;
/** Words of a name, and one between it and the digits: `the signing key is 0a1b…`. */
const MOST_WORDS = 3;

/** Keys and digests in hexadecimal digits behind the words of a redacted name, without `=` or `:` in between: `hmac 0a1b…`. */
export function namedDigits(scan: Scan, isRedacted: IsRedacted = isRedactedName): void {
  for (let at = 0; at < scan.length; ) {
    const end = scan.run(at, HEXADECIMAL);
    if (end - at >= SHORTEST && !scan.is(at - 1, ALPHANUMERIC) && isBehindName(scan, at, isRedacted))
      scan.found(at, end);
    at = end > at ? end : at + 1;
  }
}

function isBehindName(scan: Scan, to: number, isRedacted: IsRedacted): boolean {
  let name = '';
  let end = to;
  for (let count = 0; count < MOST_WORDS; count++) {
    let gap = end;
    while (end - gap < MOST_BLANKS && (scan.text[gap - 1] === ' ' || scan.text[gap - 1] === '\t')) gap--;
    const start = scan.runBack(gap, WORD, LONGEST_WORD);
    if (gap === end || start === gap) return false;
    const word = scan.text.slice(start, gap);
    name = name === '' || name === 'is' ? word : `${word}-${name}`;
    if (isRedacted(word) || isRedacted(name)) return true;
    end = start;
  }
  return false;
}
