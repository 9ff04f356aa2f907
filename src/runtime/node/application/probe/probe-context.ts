import type { Notice } from '../../channel/messages.ts';
import type { Governor } from '../budget/process-budget.ts';
import type { ThreadClock } from '../budget/thread-clock.ts';
import type { Pauser } from '../debugger/pause-scheduler.ts';
import type { ProofSource } from '../guard/guard.ts';
import type { Calibration } from '../placement/breakpoint/breakpoint-overhead.ts';
import type { Watching } from '../placement/breakpoint/exceptions.ts';

/** What an armed probe needs of the engine. */
export interface Surroundings {
  readonly control: Int32Array;
  readonly pauser: Pauser;
  readonly proofs: ProofSource;
  readonly clock: ThreadClock;
  readonly wallClock: () => number;
  readonly notify: (notice: Notice) => void;
  readonly calibration: Calibration;
  readonly watch: Watching;
  readonly governor: Governor;
  /** How many of the probe's hits, over all its armings, are still allowed. */
  readonly remainingHits: () => number;
}
