import { ALPHANUMERIC, alphabet, DIGITS, HEXADECIMAL, type Pattern, type Scan } from './scan.ts';

/** Digits that numbers of payment cards begin with, and how long those are. Source: ISO/IEC 7812 ranges of the networks. */
const NETWORKS: readonly (readonly [from: number, to: number, lengths: string])[] = [
  [4000, 4999, '13 16 18 19'],
  [5100, 5599, '16'],
  [2221, 2720, '16'],
  [3400, 3499, '15'],
  [3700, 3799, '15'],
  [6011, 6011, '16 17 18 19'],
  [6440, 6599, '16 17 18 19'],
  [6200, 6299, '16 17 18 19'],
  [3528, 3589, '16 17 18 19'],
  [3000, 3059, '14 15 16 17 18 19'],
  [3600, 3699, '14 15 16 17 18 19'],
  [3800, 3999, '14 15 16 17 18 19'],
  [2200, 2204, '16 17 18 19'],
  [5018, 5038, '13 14 15 16 17 18 19'],
  [5893, 5893, '13 14 15 16 17 18 19'],
  [6304, 6304, '13 14 15 16 17 18 19'],
  [6759, 6763, '13 14 15 16 17 18 19'],
];

const CAPITALS = alphabet('A-Z');
const SHORTEST = 13;
const LONGEST = 19;
/** Nothing but digits and a to f, and at least this long, is a hash or an identifier. */
const SHORTEST_HASH = 24;
const DOT = 46;

/** Space, dash, no-break space, figure dash, en dash. */
const SEPARATORS = new Set([32, 45, 0xa0, 0x2012, 0x2013]);

function isCard(digits: string): boolean {
  const begin = Number(digits.slice(0, 4));
  const known = NETWORKS.some(
    ([from, to, lengths]) => begin >= from && begin <= to && lengths.split(' ').includes(`${digits.length}`),
  );
  return known && luhn(digits);
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index--, double = !double) {
    const digit = digits.charCodeAt(index) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** Groups of digits with single separators between them, up to one more digit than any card has. */
function groupsFrom(scan: Scan, start: number): { start: number; end: number }[] {
  const groups: { start: number; end: number }[] = [];
  let digits = 0;
  for (let at = start; digits <= LONGEST; ) {
    const end = scan.run(at, DIGITS, LONGEST + 1);
    if (end === at) break;
    groups.push({ start: at, end });
    digits += end - at;
    if (!SEPARATORS.has(scan.code(end))) break;
    at = end + 1;
  }
  return groups;
}

/** Whether the digits belong to a fraction such as 0.4111111111111111, or to a hash. */
function isPartOfMore(scan: Scan, start: number, end: number): boolean {
  if (scan.code(start - 1) === DOT && scan.is(start - 2, DIGITS)) return true;
  if (scan.code(end) === DOT && scan.is(end + 1, DIGITS)) return true;
  const from = scan.runBack(start, ALPHANUMERIC, 64);
  const to = scan.run(end, ALPHANUMERIC, 64);
  if (to - from < SHORTEST_HASH || to - from === end - start) return false;
  return scan.run(from, HEXADECIMAL, 160) >= to;
}

function cardAt(scan: Scan, start: number): number {
  let digits = '';
  let found = start;
  for (const group of groupsFrom(scan, start)) {
    digits += scan.text.slice(group.start, group.end);
    if (digits.length > LONGEST) break;
    if (digits.length >= SHORTEST && isCard(digits) && !isPartOfMore(scan, start, group.end)) found = group.end;
  }
  scan.steps += digits.length * 2;
  return found;
}

/** Numbers of payment cards of 13 to 19 digits, with single separators or none, whose network and check digit are right. */
export const cards: Pattern = (scan) => {
  for (let at = 0; at < scan.length; ) {
    scan.steps++;
    if (!scan.is(at, DIGITS)) {
      at++;
      continue;
    }
    const end = cardAt(scan, at);
    if (end > at) scan.found(at, end);
    at = end > at ? end : scan.run(at, DIGITS);
  }
};

const DASH = 45;
const LENGTH_OF_SSN = 11;

/** Social security numbers of the United States, as they are written: 078-05-1120. */
export const socialSecurityNumbers: Pattern = (scan) => {
  for (let at = scan.next('-', 3); at >= 0; at = scan.next('-', at + 1)) {
    const start = at - 3;
    const text = scan.text.slice(start, start + LENGTH_OF_SSN);
    scan.steps += LENGTH_OF_SSN;
    if (!/^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/.test(text)) continue;
    const end = start + LENGTH_OF_SSN;
    if (scan.is(start - 1, DIGITS) || scan.is(end, DIGITS)) continue;
    if (scan.code(start - 1) === DASH || (scan.code(end) === DASH && scan.is(end + 1, ALPHANUMERIC))) continue;
    scan.found(start, end);
  }
};

/** Characters of an IBAN by its country. Source: the IBAN registry of SWIFT. */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
);

function ibanAt(scan: Scan, start: number, length: number): number {
  let text = '';
  let at = start;
  for (; text.length < length; at++) {
    if (scan.is(at, ALPHANUMERIC)) text += scan.text[at];
    else if (!SEPARATORS.has(scan.code(at)) || SEPARATORS.has(scan.code(at + 1))) break;
  }
  scan.steps += at - start;
  // In lower case and with more characters behind it, it is rather a piece of a hexadecimal text.
  const isWritten = scan.is(start, CAPITALS) && scan.is(start + 1, CAPITALS);
  if (text.length < length || (scan.is(at, ALPHANUMERIC) && !isWritten)) return start;
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1 ? at : start;
}

/** International bank account numbers, with spaces or without, whose length and check digits are right. */
export const bankAccounts: Pattern = (scan) => {
  for (let at = 0; at + 4 <= scan.length; at++) {
    scan.steps++;
    if (!scan.is(at + 2, DIGITS) || !scan.is(at + 3, DIGITS) || scan.is(at, DIGITS)) continue;
    const length = IBAN_LENGTHS[scan.text.slice(at, at + 2).toUpperCase()];
    if (length === undefined) continue;
    const end = ibanAt(scan, at, length);
    if (end === at) continue;
    scan.found(at, end);
    at = end - 1;
  }
};
