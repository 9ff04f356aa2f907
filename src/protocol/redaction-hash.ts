import { createHash } from 'node:crypto';
import type { RedactionMode, Replacement } from '../api/redaction.ts';

/** What of the rules decides what is hidden, without the key of hashes, which decides what stands in its place. */
export interface RedactionRules {
  readonly mode: RedactionMode;
  /** More names whose values are hidden. */
  readonly names?: readonly string[] | undefined;
  /** AllowList: the only names whose values are shown. */
  readonly allow?: readonly string[] | undefined;
  /** Regular expressions (redaction/patterns/linear-pattern.ts) of more texts that are hidden. */
  readonly patterns?: readonly string[] | undefined;
  readonly replacement: Replacement;
}

const DIGITS = 16;

/**
 * A name for rules of redaction, 64 bits of a hash: with it a runtime says which ones it enforces, and a result by which ones it was made.
 * Undefined for rules that hide nothing beyond what is always hidden, so that nothing is said of them.
 */
export function redactionHash(rules: RedactionRules | undefined): string | undefined {
  if (rules === undefined) return undefined;
  const { mode, names = [], allow = [], patterns = [], replacement } = rules;
  const isBare = mode === 'Default' && replacement === 'Remove' && names.length + patterns.length === 0;
  if (isBare) return undefined;
  const text = JSON.stringify([mode, sorted(names), sorted(allow), sorted(patterns), replacement]);
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

const sorted = (list: readonly string[]): string[] => [...new Set(list)].sort();
