import { emails, urlCredentials } from './patterns/addresses.ts';
import { assignments, type IsRedacted } from './patterns/assignments.ts';
import { authorizations, jsonSnippets, passwordHashes, privateKeys } from './patterns/credentials.ts';
import type { LinearPattern } from './patterns/linear-pattern.ts';
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
 * @param more patterns of the probe and its policies.
 */
export function findSecrets(
  text: string,
  isCut: boolean,
  isRedacted?: IsRedacted,
  more: readonly LinearPattern[] = [],
): Found {
  if (!isCut && more.length === 0 && PLAIN.test(text)) return NOTHING;
  const scan = new Scan(text, isCut);
  for (const pattern of PATTERNS) pattern(scan);
  assignments(scan, isRedacted);
  namedDigits(scan, isRedacted);
  let { steps } = scan;
  const spans = [...scan.spans];
  for (const pattern of more) {
    const found = pattern.spans(text, isCut);
    steps += found.steps;
    for (const span of found.spans) spans.push(span);
  }
  return { spans: merged(spans), steps };
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
