import type { Notice } from '../../channel/notices.ts';
import type { ProcessBudget } from '../budget/process-budget.ts';
import type { ThreadClock } from '../budget/thread-clock.ts';
import type { ProofSource } from '../guard/guard.ts';

/** What an armed probe needs of the engine. */
export interface ProbeContext {
  readonly control: Int32Array;
  readonly proofs: ProofSource;
  readonly clock: ThreadClock;
  readonly wallClock: () => number;
  readonly notify: (notice: Notice) => void;
  readonly processBudget: ProcessBudget;
  /** @returns how many hits of the probe are still allowed, over all its armings. */
  readonly remainingHits: () => number;
}
