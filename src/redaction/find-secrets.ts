import { emails, urlCredentials } from './patterns/addresses.ts';
import { assignments, type IsRedacted } from './patterns/assignments.ts';
import { authorizations, jsonSnippets, passwordHashes, privateKeys } from './patterns/credentials.ts';
import { namedDigits } from './patterns/named-digits.ts';
import { bankAccounts, cards, socialSecurityNumbers } from './patterns/numbers.ts';
import { type Pattern, Scan, type Span } from './patterns/scan.ts';
import { secretKeys, tokens, webTokens } from './patterns/tokens.ts';

const PATTERNS: readonly Pattern[] = [
  privateKeys,
  passwordHashes,
  webTokens,
  tokens,
  secretKeys,
  authorizations,
  urlCredentials,
  emails,
  cards,
  socialSecurityNumbers,
  bankAccounts,
  jsonSnippets,
];

/** Most names and many values need no search: they are too short for a secret with a shape, and have no sign that assigns. */
const PLAIN = /^[\w$ .]{0,12}$/;

export interface Found {
  /** Ascending; none overlap or touch. */
  readonly spans: readonly Span[];
  /** Characters that were looked at, over all patterns. */
  readonly steps: number;
}

const NOTHING: Found = { spans: [], steps: 0 };

/**
 * Where a text holds secrets that are known by their shape, or stand behind a redacted name. Takes time in proportion to the
 * text. @param isCut whether the text was cut, so that a secret at its end may be incomplete.
 */
export function findSecrets(text: string, isCut: boolean, isRedacted?: IsRedacted): Found {
  if (!isCut && PLAIN.test(text)) return NOTHING;
  const scan = new Scan(text, isCut);
  for (const pattern of PATTERNS) pattern(scan);
  assignments(scan, isRedacted);
  namedDigits(scan, isRedacted);
  return { spans: merged(scan.spans), steps: scan.steps };
}

/** Spans in their order; those that overlap or touch are one. */
export function merged(spans: readonly Span[]): Span[] {
  const inOrder = spans.toSorted((left, right) => left.start - right.start);
  const all: Span[] = [];
  for (const span of inOrder) {
    const last = all.at(-1);
    if (last !== undefined && span.start <= last.end) {
      all[all.length - 1] = { start: last.start, end: Math.max(last.end, span.end) };
    } else all.push(span);
  }
  return all;
}
