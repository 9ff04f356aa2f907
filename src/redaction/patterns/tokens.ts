import { ALPHANUMERIC, type Alphabet, alphabet, DIGITS, type Pattern, type Scan } from './scan.ts';

/** A token that its issuer begins in a way of its own, so that it is recognized wherever it is. */
interface Token {
  readonly prefix: string;
  readonly members: Alphabet;
  /** Characters after the prefix. */
  readonly least: number;
  /** Whether words may begin so too, so that the characters after the prefix must look random. */
  readonly mixed?: true;
}

const UNDERSCORE = alphabet('0-9', 'A-Z', 'a-z', '_');
const DASHES = alphabet('0-9', 'A-Z', 'a-z', '_-');
const DOTS = alphabet('0-9', 'A-Z', 'a-z', '._-');
const BASE64 = alphabet('0-9', 'A-Z', 'a-z', '_-.+/=%~');
const CAPITALS = alphabet('0-9', 'A-Z');
const UPPER = alphabet('A-Z');

const all = (members: Alphabet, least: number, ...prefixes: string[]): Token[] =>
  prefixes.map((prefix) => ({ prefix, members, least }));

const TOKENS: readonly Token[] = [
  // GitHub, GitLab, Bitbucket
  ...all(UNDERSCORE, 16, 'ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'),
  ...all(DOTS, 16, 'glpat-', 'gldt-', 'glrt-', 'glcbt-', 'glptt-', 'glft-', 'glsoat-', 'glagent-', 'gloas-'),
  ...all(BASE64, 20, 'ATATT3', 'ATBB'),
  // Slack
  ...all(BASE64, 10, 'xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxc-', 'xoxd-', 'xoxe-', 'xoxe.', 'xapp-', 'xwfp-'),
  ...all(BASE64, 8, 'hooks.slack.com/services/'),
  // Payment
  ...all(UNDERSCORE, 10, 'sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'),
  ...all(DASHES, 16, 'sq0atp-', 'sq0csp-', 'shpat_', 'shpss_', 'shpca_', 'shppa_'),
  // Google, Azure, AWS, Alibaba, DigitalOcean
  ...all(DASHES, 30, 'AIza'),
  ...all(DOTS, 16, 'ya29.', 'GOCSPX-'),
  ...all(DASHES, 24, '1//0'),
  ...all(CAPITALS, 12, 'AKIA', 'ASIA', 'AROA', 'AIDA', 'AGPA', 'ANPA', 'ANVA', 'AIPA', 'ABIA', 'ACCA'),
  { prefix: 'LTAI', members: ALPHANUMERIC, least: 12, mixed: true },
  ...all(ALPHANUMERIC, 20, 'dop_v1_', 'doo_v1_', 'dor_v1_'),
  // Models
  ...all(DASHES, 16, 'sk-ant-', 'sk-proj-', 'sk-svcacct-', 'sk-admin-', 'xai-', 'pplx-'),
  { prefix: 'sk-', members: DASHES, least: 20, mixed: true },
  ...all(ALPHANUMERIC, 20, 'gsk_', 'hf_', 'r8_'),
  // Packages and images
  ...all(ALPHANUMERIC, 20, 'npm_', 'rubygems_'),
  ...all(DASHES, 16, 'pypi-Ag', 'dckr_pat_', 'dckr_oat_'),
  // Infrastructure
  ...all(BASE64, 16, 'hvs.', 'hvb.', 'hvr.', 'dp.pt.', 'dp.st.', 'glsa_', 'glc_', 'sntrys_', 'sntryu_', 'lin_api_'),
  ...all(DASHES, 16, 'SG.', 'NRAK-', 'PMAK-', 'figd_', 'sbp_', 'pscale_tkn_', 'pscale_pw_', 'ntn_'),
  ...all(CAPITALS, 20, 'AGE-SECRET-KEY-1'),
];

/** Random text of 20 letters changes its case about ten times; a name of several words changes it twice for each word. */
const LEAST_CHANGES_OF_CASE = 5;

/** Whether the characters look random, as the rest of a longer word does not: capitals, with digits or many changes of case. */
function isMixed(scan: Scan, start: number, end: number): boolean {
  let digits = 0;
  let capitals = 0;
  let changes = 0;
  let isCapital = false;
  for (let index = start; index < end; index++) {
    if (scan.is(index, DIGITS)) digits++;
    const isUpper = scan.is(index, UPPER);
    if (isUpper) capitals++;
    if (index > start && isUpper !== isCapital) changes++;
    isCapital = isUpper;
  }
  scan.steps += end - start;
  return capitals > 0 && (digits > 0 || changes >= LEAST_CHANGES_OF_CASE);
}

export const tokens: Pattern = (scan) => {
  for (const { prefix, members, least, mixed } of TOKENS) {
    for (let at = scan.next(prefix, 0); at >= 0; ) {
      const start = at + prefix.length;
      const end = scan.run(start, members);
      const isLong = end - start >= least || scan.endsCut(end);
      // Whether the prefix is a later part of a longer word. Capitals behind a letter in lower case begin a word of their own.
      const goesOn = scan.is(at - 1, members === CAPITALS ? CAPITALS : ALPHANUMERIC);
      const needsMix = mixed === true || goesOn;
      if (isLong && (!needsMix || isMixed(scan, start, end))) scan.found(at, end);
      at = scan.next(prefix, isLong ? Math.max(end, at + 1) : at + 1);
    }
  }
};

const URL_SAFE = alphabet('0-9', 'A-Z', 'a-z', '_-');
const SEGMENTS = alphabet('0-9', 'A-Z', 'a-z', '._-');
const DOT = 46;

/** JSON Web Tokens, whole or their header alone: base64 of `{"`. */
export const webTokens: Pattern = (scan) => {
  for (let at = scan.next('eyJ', 0); at >= 0; ) {
    const header = scan.run(at, URL_SAFE);
    const isToken = header - at >= 16 || (header - at >= 8 && scan.code(header) === DOT) || scan.endsCut(header);
    const end = isToken ? scan.run(header, SEGMENTS) : header;
    if (isToken) scan.found(at, end);
    at = scan.next('eyJ', Math.max(end, at + 3));
  }
};

const SECRET_KEY_LENGTH = 40;
/** A key may have a character or two directly before or after it. A SHA-256 in base64 has 43. */
const LONGEST_KEY = 42;
/** Fewest changes from digits, capitals or small letters to another of these: about 25 in random base64, few in names and paths. */
const LEAST_CHANGES = 14;
/** One key in 900 has no digit. Such a text needs more changes, and pairs of capitals: about 9 in random base64, few in names. */
const LEAST_CHANGES_OF_LETTERS = 17;
const LEAST_PAIRS_OF_CAPITALS = 5;
const [DIGIT, CAPITAL, SMALL] = [1, 2, 4];
const KEY_MEMBERS = alphabet('0-9', 'A-Z', 'a-z', '/+');

function kindOf(code: number): number {
  if (code >= 48 && code <= 57) return DIGIT;
  if (code >= 65 && code <= 90) return CAPITAL;
  return code >= 97 && code <= 122 ? SMALL : 0;
}

function isSecretKey(scan: Scan, start: number, end: number): boolean {
  let kinds = 0;
  let changes = 0;
  let pairs = 0;
  let before = -1;
  for (let index = start; index < end; index++) {
    const kind = kindOf(scan.code(index));
    kinds |= kind;
    if (before >= 0 && kind !== before) changes++;
    if (kind === CAPITAL && before === CAPITAL) pairs++;
    before = kind;
  }
  scan.steps += end - start;
  if ((kinds & CAPITAL) === 0 || (kinds & SMALL) === 0) return false;
  if ((kinds & DIGIT) !== 0) return changes >= LEAST_CHANGES;
  return changes >= LEAST_CHANGES_OF_LETTERS && pairs >= LEAST_PAIRS_OF_CAPITALS;
}

/** Secret keys of AWS: 40 characters of base64 without any prefix. The hash of a git commit is as long, but has no capitals. */
export const secretKeys: Pattern = (scan) => {
  for (let at = 0; at < scan.length; at++) {
    if (!scan.is(at, KEY_MEMBERS)) {
      scan.steps++;
      continue;
    }
    const end = scan.run(at, KEY_MEMBERS);
    const isLong = end - at >= SECRET_KEY_LENGTH && end - at <= LONGEST_KEY;
    if (isLong && isSecretKey(scan, at, end)) scan.found(at, end);
    at = end;
  }
};
