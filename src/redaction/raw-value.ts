import type { CapturedValue } from '../protocol/value.ts';

/**
 * A captured value before the redactor has seen it: it never leaves the process. A text may be longer than what is shown of
 * it, so that a secret at the place of the cut is known as one; a redacted one may still have its text, to be hashed.
 */
export interface RawValue extends CapturedValue {
  /** Characters of the text that may be shown. */
  readonly shown?: number;
}

/** Characters that are captured beyond a limit: more than what most secrets have. */
export const MARGIN = 256;

/** Characters of a hidden value that are looked at for its hash. */
export const HASHED_LENGTH = 1024;
