import type { Reason } from '../../../api/reasons.ts';

/** Why the application's thread does not do what the worker asked for. */
export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
}
