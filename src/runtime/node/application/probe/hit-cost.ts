import type { ProbeBudget, RecompilationCost } from '../budget/probe-budget.ts';
import type { Moment, ThreadClock } from '../budget/thread-clock.ts';

/** Takes the probe out of the code; `untilReturn` then charges for that and gives the milliseconds to stay out. */
export type OnOverBudget = (
  budget: 'probe' | 'process',
  untilReturn: (since: Moment, recompilationCost: RecompilationCost) => number,
) => void;

/** Charges the budgets for hits, the placement's overhead included. */
export class HitCost {
  readonly #budget: ProbeBudget;
  readonly #clock: ThreadClock;
  readonly #onOver: OnOverBudget;

  constructor(budget: ProbeBudget, clock: ThreadClock, onOver: OnOverBudget) {
    this.#budget = budget;
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** A hit begins. @param overhead milliseconds that the placement takes for the hit. */
  begin(started: Moment, overhead: number): void {
    this.#budget.begin(started, overhead);
  }

  charge(started: Moment, overhead: number): void {
    const worked = this.#clock.workedSince(started) + overhead;
    const passed = this.#clock.now() - started.wall + overhead;
    const over = this.#budget.chargeHit(worked, passed);
    if (over !== undefined)
      this.#onOver(over, (since, recompilationCost) => this.#budget.leave(since, recompilationCost));
  }
}
