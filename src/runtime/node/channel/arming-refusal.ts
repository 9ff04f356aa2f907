import type { Reason } from '../../../api/reasons.ts';

/** Why a probe is not armed in this process, or not yet: it cannot be located, compiled or placed. */
export interface ArmingRefusal {
  readonly reason: Reason;
  readonly message: string;
}
