import type { AuditDetails } from '../../../audit/record.ts';

export interface EmitOptions {
  /** Whether it happens once in a generation of the probe, however often it is let in and taken out. */
  readonly isOfGeneration?: boolean;
  /** Whether this operator has recorded the same before, and it has really happened once more. */
  readonly isAgain?: boolean;
}

/** Writes a record of one generation of a probe. @param about what tells it from others of its step. */
export type Emit = (
  details: AuditDetails,
  about?: readonly (string | number | undefined)[],
  options?: EmitOptions,
) => void;
