import { max } from '../guard/intrinsics.ts';
import { CpuCredit } from './cpu-credit.ts';

/**
 * CPU milliseconds per second that all probes of the process may cost together: 1 % of a core. A probe whose own limit is
 * higher raises it to that, since whoever wrote that limit decided so.
 */
export const PROCESS_MILLISECONDS_PER_SECOND = 10;

/** A probe stays out of the code for at least this long, since leaving and coming back cost as well. */
const SHORTEST_ABSENCE = 1000;
/** A probe that has to wait for its turn asks again no sooner than this. */
const SHORTEST_WAIT = 500;
/** Waits are longer by up to this share, by chance, so that samples do not keep step with what the program does. */
const JITTER = 0.5;
/** Tolerance of rounding, where a probe's share is compared with the sum that it is a part of. */
const ROUNDING = 1.001;
/** A probe that has not asked again this long after its turn has been removed, and no longer delays the others. */
const OVERDUE_MILLISECONDS = 2000;

/** The budget that the probes of a process share. Each probe has one of its own as well; the tighter one decides. */
export class ProcessBudget {
  readonly #budget: CpuCredit;
  readonly #random: () => number;
  #probes = 1;
  /** Probes that could not come back yet, in the order in which they first asked, each with the time at which it asks again. */
  readonly #queue = new Map<string, number>();

  constructor(now: number, random: () => number = Math.random) {
    this.#budget = new CpuCredit(PROCESS_MILLISECONDS_PER_SECOND, now);
    this.#random = random;
  }

  /** @param limits of all armed probes, in CPU milliseconds per second. */
  resize(limits: Iterable<number>, now: number): void {
    let perSecond = PROCESS_MILLISECONDS_PER_SECOND;
    this.#probes = 0;
    for (const limit of limits) {
      perSecond = max(perSecond, limit);
      this.#probes++;
    }
    this.#budget.resize(perSecond, now);
  }

  charge(milliseconds: number, now: number): void {
    this.#budget.charge(milliseconds, now);
  }

  chargeOnce(milliseconds: number, now: number): void {
    this.#budget.chargeOnce(milliseconds, now);
  }

  /**
   * Whether the budget is used up and this probe has to leave for it. A probe stays whose latest charges, `recent` milliseconds, are
   * less than an equal share of all, so that a probe on a hot line does not make the others leave.
   */
  mustLeave(recent: number, now: number): boolean {
    return this.#budget.isSpent(now) && recent * this.#probes * ROUNDING >= this.#budget.recent(now);
  }

  /** @returns milliseconds that a probe has to stay out of the code, where its own budget asks for `own`. */
  wait(own: number, now: number): number {
    return max(own, this.#budget.untilReturn(now), SHORTEST_ABSENCE) * this.#longer();
  }

  /**
   * @returns milliseconds that a probe which wants to come back has to wait longer; 0 when it may come back, which is when there
   * is budget and no other probe has waited longer.
   */
  postponement(uid: string, now: number): number {
    const missing = this.#budget.untilReturn(now);
    if (missing <= 0 && this.#isNext(uid, now)) {
      this.#queue.delete(uid);
      return 0;
    }
    // At least until the budget has recovered.
    const wait = max(missing, SHORTEST_WAIT) * this.#longer();
    this.#queue.set(uid, now + wait);
    return wait;
  }

  #isNext(uid: string, now: number): boolean {
    for (const [waiting, time] of this.#queue) {
      if (waiting === uid) return true;
      if (now - time < OVERDUE_MILLISECONDS) return false;
      this.#queue.delete(waiting);
    }
    return true;
  }

  #longer(): number {
    return 1 + JITTER * this.#random();
  }
}
