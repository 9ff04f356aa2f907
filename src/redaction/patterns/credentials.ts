import { ALPHANUMERIC, alphabet, type Pattern, type Scan } from './scan.ts';

const CREDENTIAL = alphabet('0-9', 'A-Z', 'a-z', '-._~+/=:,"');
const LOWER = alphabet('a-z');
const SHORTEST = 8;
/** From this length on, letters in lower case alone are no word but a credential. */
const LONGEST_WORD = 20;

function isBasic(text: string): boolean {
  if (text.endsWith('=')) return true;
  return /^[\x20-\x7e]*:/.test(Buffer.from(text, 'base64').toString('latin1'));
}

/** What follows `Bearer` and `Basic` in an Authorization header, wherever it is quoted. A plain word is no credential. */
export const authorizations: Pattern = (scan) => {
  const lower = scan.text.toLowerCase();
  for (const scheme of ['bearer', 'basic']) {
    for (let at = lower.indexOf(scheme); at >= 0; at = lower.indexOf(scheme, at + 1)) {
      scan.steps++;
      const gap = at + scheme.length;
      const start = startOfCredential(scan, gap);
      if (start === gap) continue;
      const end = scan.run(start, CREDENTIAL);
      const isCut = scan.endsCut(end);
      if (end - start < SHORTEST && !isCut) continue;
      if (scheme === 'basic' && !isCut && !isBasic(scan.text.slice(start, end))) continue;
      if (end - start >= LONGEST_WORD || scan.run(start, LOWER) < end || isCut) scan.found(start, end);
      at = Math.max(at, end - 1);
    }
  }
  scan.steps += scan.length / 8;
};

/** Where the credential begins: after blanks, or after `+` or `%20` in a URL; `gap` when there is none of these. */
function startOfCredential(scan: Scan, gap: number): number {
  let start = gap;
  while (start - gap < 8 && (scan.text[start] === ' ' || scan.text[start] === '\t')) start++;
  if (start > gap) return start;
  if (scan.text[gap] === '+') return gap + 1;
  return scan.text.startsWith('%20', gap) ? gap + 3 : gap;
}

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const LONGEST_LABEL = 64;

/** Private keys in PEM, to the end of the text where the end of the key is not there. Certificates are public. */
export const privateKeys: Pattern = (scan) => {
  for (let at = scan.next(BEGIN, 0); at >= 0; ) {
    const start = at + BEGIN.length;
    const label = scan.text.slice(start, start + LONGEST_LABEL);
    scan.steps += LONGEST_LABEL;
    const closing = label.indexOf('-----');
    const isKey = closing < 0 ? scan.endsCut(start + label.length) : label.slice(0, closing).includes('PRIVATE KEY');
    if (!isKey) {
      at = scan.next(BEGIN, start);
      continue;
    }
    const last = scan.next(END, start);
    const dashes = last < 0 ? -1 : scan.next('-----', last + END.length);
    const end = dashes < 0 ? scan.length : dashes + 5;
    scan.found(at, end);
    at = scan.next(BEGIN, end);
  }
};

/** Beginnings of hashes of passwords, and the fewest characters behind them: bcrypt, Argon2, scrypt, yescrypt, PBKDF2, crypt(3), phpass. */
const PASSWORD_HASHES: readonly (readonly [prefix: string, least: number])[] = [
  ...['$2a$', '$2b$', '$2x$', '$2y$', '$2$'].map((prefix) => [prefix, 20] as const),
  ...['$argon2i$', '$argon2d$', '$argon2id$', '$scrypt$', '$bcrypt-sha256$'].map((prefix) => [prefix, 16] as const),
  ...['$pbkdf2$', '$pbkdf2-sha1$', '$pbkdf2-sha256$', '$pbkdf2-sha512$', '$y$', '$gy$'].map(
    (prefix) => [prefix, 16] as const,
  ),
  ...['$7$', '$5$', '$6$', '$1$', '$P$', '$H$'].map((prefix) => [prefix, 20] as const),
  // What Python and Node.js frameworks write.
  ...['scrypt:', 'scrypt$', 'pbkdf2:sha', 'pbkdf2_sha', 'argon2$argon2', 'bcrypt_sha256$', 'pbkdf2$'].map(
    (prefix) => [prefix, 24] as const,
  ),
];
const OF_HASH = alphabet('0-9', 'A-Z', 'a-z', './$+=,:_-');

/** A hash of a password, with which the password can be tried out. */
export const passwordHashes: Pattern = (scan) => {
  if (scan.next('$', 0) < 0 && scan.next('scrypt:', 0) < 0 && scan.next('pbkdf2:', 0) < 0) return;
  for (const [prefix, least] of PASSWORD_HASHES) {
    for (let at = scan.next(prefix, 0); at >= 0; ) {
      const start = at + prefix.length;
      const end = scan.run(start, OF_HASH);
      const isWord = prefix[0] !== '$' && scan.is(at - 1, ALPHANUMERIC);
      const isLong = end - start >= least || scan.endsCut(end);
      if (isLong && !isWord) scan.found(at, end);
      at = scan.next(prefix, isLong ? Math.max(end, at + 1) : at + 1);
    }
  }
};

const SNIPPET = ' is not valid JSON';
const LONGEST_SNIPPET = 64;

/** Errors of `JSON.parse`, in which V8 quotes a few characters of the text: they are hidden, since they are too few to tell a secret by its shape. */
export const jsonSnippets: Pattern = (scan) => {
  for (let at = scan.next(SNIPPET, 0); at >= 0; at = scan.next(SNIPPET, at + SNIPPET.length)) {
    const from = Math.max(0, at - LONGEST_SNIPPET);
    const before = scan.text.slice(from, at);
    scan.steps += LONGEST_SNIPPET;
    const token = before.lastIndexOf("', ");
    const start = token >= 0 ? token + 3 : before.indexOf('"');
    if (start >= 0 && start < before.length) scan.found(from + start, at);
  }
};
