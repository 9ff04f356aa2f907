import { createHmac } from 'node:crypto';
import type { RedactionRules } from '../protocol/redaction-hash.ts';

/** What a probe hides beyond what is always hidden, and what it shows in the place of it. */
export interface RedactionOptions extends RedactionRules {
  /** Key of the hashes, the same in all processes of the probe. */
  readonly key?: string | undefined;
}

const DIGITS_OF_HASH = 12;

/**
 * What is said of a hidden text beside that it is hidden: nothing, its length, or 48 bits of a keyed hash, by which equal
 * values are known to be equal within one generation of one probe, and nowhere else.
 */
export function describeHidden(text: string, { replacement, key }: RedactionOptions): string | undefined {
  if (replacement === 'Mask') return `${text.length} ${text.length === 1 ? 'character' : 'characters'}`;
  if (replacement !== 'Hash' || key === undefined) return undefined;
  return `#${createHmac('sha256', key).update(text).digest('hex').slice(0, DIGITS_OF_HASH)}`;
}
