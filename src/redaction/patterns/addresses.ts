import { ALPHANUMERIC, alphabet, DIGITS, type Pattern, type Scan } from './scan.ts';

const LOCAL = alphabet('0-9', 'A-Z', 'a-z', "._%+'-");
const DOMAIN = alphabet('0-9', 'A-Z', 'a-z', '.-');
const LETTERS = alphabet('A-Z', 'a-z');
const DOT = 46;
/** Characters, by RFC 5321. */
const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 255;
/** What follows the last dot of `logo@2x.png` is no domain. */
const FILES = new Set(['png', 'jpg', 'jpeg', 'gif', 'svg', 'webp', 'avif', 'js', 'mjs', 'cjs', 'ts', 'json', 'css']);

/** Where the part before the `@` begins. Letters beyond ASCII can be in it, too. */
function localStart(scan: Scan, at: number): number {
  let start = at;
  while (start > 0 && at - start < LONGEST_LOCAL && (scan.is(start - 1, LOCAL) || scan.code(start - 1) > 0xbf)) start--;
  scan.steps += at - start + 1;
  return start;
}

function domainEnd(scan: Scan, at: number): number {
  let end = at;
  while (end < scan.length && end - at < LONGEST_DOMAIN && (scan.is(end, DOMAIN) || scan.code(end) > 0xbf)) end++;
  scan.steps += end - at + 1;
  while (end > at && !scan.is(end - 1, ALPHANUMERIC) && scan.code(end - 1) <= 0xbf) end--;
  return end;
}

function isDomain(scan: Scan, start: number, end: number): boolean {
  const dot = scan.text.lastIndexOf('.', end - 1);
  if (dot <= start) return scan.endsCut(end) && end > start;
  const top = scan.text.slice(dot + 1, end).toLowerCase();
  if (FILES.has(top) && !scan.endsCut(end)) return false;
  // A version such as 1.0.0-beta.rc
  const first = scan.run(start, DIGITS);
  if (first > start && scan.code(first) === DOT) return false;
  for (let index = dot + 1; index < end; index++) {
    if (!scan.is(index, LETTERS) && scan.code(index) <= 0xbf) return top.startsWith('xn--');
  }
  return top.length >= 2 || scan.endsCut(end);
}

const AT = ['@', '%40'];

/** E-mail addresses, also as they are in a query string. `git@host` is shown: it is the address of a repository. */
export const emails: Pattern = (scan) => {
  for (const sign of AT) {
    for (let at = scan.next(sign, 1); at >= 0; at = scan.next(sign, at + sign.length)) {
      const start = localStart(scan, at);
      const end = domainEnd(scan, at + sign.length);
      if (start === at || !isDomain(scan, at + sign.length, end)) continue;
      if (scan.text.slice(start, at) !== 'git') scan.found(start, end);
    }
  }
};

const PORT_END = 512;
const ENDS_AUTHORITY = new Set([...'/?#\\']);
const ENDS_TEXT = new Set([...' \t\r\n"\'<>`|']);
/** Characters from which on a user name without a password is taken for a token. */
const SHORTEST_TOKEN = 16;

interface Authority {
  /** After the last @ that is before the end; 0 when there is none. */
  readonly afterAt: number;
  readonly colon: number;
  readonly end: number;
}

function authorityAt(scan: Scan, start: number, ends: ReadonlySet<string>): Authority {
  let afterAt = 0;
  let colon = 0;
  let end = start;
  for (; end < scan.length && end - start < PORT_END; end++) {
    const character = scan.text[end] ?? '';
    if (ENDS_TEXT.has(character) || ends.has(character)) break;
    if (character === '@') afterAt = end + 1;
    else if (character === ':' && colon === 0) colon = end;
  }
  scan.steps += end - start + 1;
  return { afterAt, colon, end };
}

const NOTHING: ReadonlySet<string> = new Set();

/** Name and password in a URL: `postgres://shop:hunter2@db`, of which the scheme and the host stay. */
export const urlCredentials: Pattern = (scan) => {
  for (let at = scan.next('://', 0); at >= 0; at = scan.next('://', at + 3)) {
    const start = at + 3;
    const { afterAt, colon, end } = authorityAt(scan, start, ENDS_AUTHORITY);
    if (afterAt > 0) {
      if (colon > 0 && colon < afterAt ? true : afterAt - 1 - start >= SHORTEST_TOKEN) scan.found(start, afterAt - 1);
      continue;
    }
    if (colon === 0 || (scan.run(colon + 1, DIGITS, 6) === end && !scan.endsCut(end))) continue;
    // A password may hold what ends a host, where somebody forgot to encode it.
    const whole = authorityAt(scan, start, NOTHING);
    const isCut = scan.endsCut(whole.end) || whole.end - start >= PORT_END;
    if (whole.afterAt > 0) scan.found(start, whole.afterAt - 1);
    else if (isCut) scan.found(start, whole.end);
  }
};
