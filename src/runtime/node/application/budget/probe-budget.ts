import type { Counters } from '../../channel/counters.ts';
import { max, min } from '../guard/intrinsics.ts';
import { CpuCredit } from './cpu-credit.ts';
import type { ProcessBudget } from './process-budget.ts';
import type { Moment, ThreadClock } from './thread-clock.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * Share of the thread's time that the hits of one probe may take once a second's budget is used up. A probe above it leaves the
 * code at once: spending all of its credit in a row would be one long stall.
 */
const DENSE_SHARE = 0.1;
/** Weight of the latest gap between hits in the moving average of all gaps. */
const WEIGHT_OF_LAST_GAP = 0.25;
/** A probe whose hits took at least this share of the time that the thread worked is on a hot line; each time in a row doubles its absence. */
const HOT_SHARE = 0.5;
const LONGEST_DOUBLING = 8;
/**
 * For this long after its first hit a probe has to leave for its own budget only. Else a new probe in a process whose budget
 * other probes have used up would leave at its first hit, before it has reported anything.
 */
const NEW_MILLISECONDS = 1000;
/** Share of a second's budget that a first hit is charged at most: it runs runtime code that V8 has not compiled yet. */
const FIRST_HIT_SHARE = 0.5;

/** Milliseconds of work that leaving the code costs the program, by the average milliseconds between hits; see `recompilationCost`. */
export type RecompilationCost = (gap: number | undefined) => number;

/** What one probe costs in this process: charges it and the process, and says when the probe has to leave the code. */
export class ProbeBudget {
  readonly #credit: CpuCredit;
  readonly #dense: TokenBucket;
  readonly #processBudget: ProcessBudget;
  readonly #counters: Counters;
  readonly #clock: ThreadClock;
  /** The first hit since the probe came into the code, and the end of its very first hit in milliseconds of the clock. */
  #firstHit: Moment | undefined;
  #firstOfAll: number | undefined;
  /** End of the last hit, and milliseconds between the end of a hit and the beginning of the next, as a moving average. */
  #lastEnd: number | undefined;
  #gap: number | undefined;
  /** Milliseconds charged for hits since the probe came into the code. */
  #charged = 0;
  #doubling = 1;

  /** @param perSecond CPU milliseconds. */
  constructor(perSecond: number, processBudget: ProcessBudget, counters: Counters, clock: ThreadClock) {
    this.#credit = new CpuCredit(perSecond, clock.now());
    const dense = max(DENSE_SHARE * 1000, perSecond);
    this.#dense = new TokenBucket(dense, clock.now(), perSecond / dense);
    this.#processBudget = processBudget;
    this.#counters = counters;
    this.#clock = clock;
  }

  /** A hit begins. @param overhead milliseconds that the placement took for it before. */
  begin(started: Moment, overhead: number): void {
    this.#firstHit ??= started;
    if (this.#lastEnd === undefined) return;
    const gap = max(0, started.wall - this.#lastEnd - overhead);
    this.#gap = this.#gap === undefined ? gap : this.#gap + (gap - this.#gap) * WEIGHT_OF_LAST_GAP;
  }

  /** Charges what is not a hit, such as watching exceptions. @returns whether the probe's own budget is not used up yet. */
  pay(milliseconds: number): boolean {
    const now = this.#clock.now();
    this.#credit.charge(milliseconds, now);
    this.#processBudget.charge(milliseconds, now);
    return !this.#credit.isSpent(now);
  }

  /** Charges a cost that does not recur, such as placing the probe again. */
  payOnce(milliseconds: number): void {
    const now = this.#clock.now();
    this.#credit.chargeOnce(milliseconds, now);
    this.#processBudget.chargeOnce(milliseconds, now);
  }

  /**
   * @param milliseconds that the thread worked. @param passed milliseconds in which the line could not be reached again.
   * @returns which budget wants the probe out of the code: its own, or that of the process.
   */
  chargeHit(milliseconds: number, passed: number): 'probe' | 'process' | undefined {
    this.#counters.chargeHit(milliseconds, passed);
    const most = this.#firstOfAll === undefined ? this.#credit.perSecond * FIRST_HIT_SHARE : Infinity;
    const charged = min(milliseconds, most);
    this.#charged += charged;
    const canPay = this.pay(charged);
    const now = this.#clock.now();
    this.#dense.charge(charged, now);
    this.#lastEnd = now;
    this.#firstOfAll ??= now;
    if (!canPay || this.#dense.level(now) <= 0) return 'probe';
    if (now - this.#firstOfAll < NEW_MILLISECONDS) return undefined;
    return this.#processBudget.mustLeave(this.#credit.recent(now), now) ? 'process' : undefined;
  }

  /**
   * The probe has left the code for its cost.
   * @param since when it began to leave; the work since then is charged.
   * @param recompilationCost gives what leaving costs the program.
   * @returns milliseconds to stay out of the code.
   */
  leave(since: Moment, recompilationCost: RecompilationCost): number {
    const cost = recompilationCost(this.#gap);
    this.payOnce(this.#clock.workedSince(since) + cost);
    const now = this.#clock.now();
    this.#credit.chargeOnce(cost * (this.#doubling - 1), now);
    const worked = this.#firstHit === undefined ? 0 : this.#clock.workedSince(this.#firstHit);
    this.#doubling = this.#charged >= worked * HOT_SHARE ? min(LONGEST_DOUBLING, this.#doubling * 2) : 1;
    this.#firstHit = undefined;
    this.#lastEnd = undefined;
    this.#gap = undefined;
    this.#charged = 0;
    return this.#processBudget.wait(this.#credit.untilReturn(now), now);
  }
}
