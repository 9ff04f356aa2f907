import type { Notice } from '../../channel/notices.ts';
import type { ProcessBudget } from '../budget/process-budget.ts';
import type { ThreadClock } from '../budget/thread-clock.ts';
import type { PauseScheduler } from '../debugger/pause-scheduler.ts';
import type { ProofSource } from '../guard/guard.ts';
import type { BreakpointOverhead } from '../placement/breakpoint/breakpoint-overhead.ts';
import type { Watching } from '../placement/breakpoint/exceptions.ts';

/** What an armed probe needs of the engine. */
export interface ProbeContext {
  readonly control: Int32Array;
  readonly pauses: PauseScheduler;
  readonly proofs: ProofSource;
  readonly clock: ThreadClock;
  readonly wallClock: () => number;
  readonly notify: (notice: Notice) => void;
  readonly overhead: BreakpointOverhead;
  readonly watch: Watching;
  readonly processBudget: ProcessBudget;
  /** How many of the probe's hits, over all its armings, are still allowed. */
  readonly remainingHits: () => number;
}
