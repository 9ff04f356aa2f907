import type { Counters } from '../../channel/counters.ts';
import { max, min } from '../guard/intrinsics.ts';
import { CpuCredit } from './cpu-credit.ts';
import type { ProcessBudget } from './process-budget.ts';
import type { Moment, ThreadClock } from './thread-clock.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * A line that takes more than this share of the thread, after a second's budget at once, does little else: its probe leaves
 * long before its credit is used up, which would be one long stop.
 */
const DENSE_SHARE = 0.1;
/** How much the time until the last hit says of how often the line is reached. */
const WEIGHT_OF_LAST_GAP = 0.25;
/** A line for which a peak is used up within so much of its thread's time does little else; each time in a row doubles the absence. */
const HOT_SHARE = 0.5;
const LONGEST_DOUBLING = 8;
/**
 * So long after its first hit a probe answers to its own budget only. Else one that comes to a process whose budget others
 * have used up would leave at its first hit, before it has told anything.
 */
const NEW_MILLISECONDS = 1000;
/** Share of a second's budget that a first hit takes at most: it runs code of ours that V8 has not compiled yet, and says little of the line. */
const FIRST_HIT_SHARE = 0.5;

/** Milliseconds that the program works when hooks leave code that is reached again after so many milliseconds. */
export type LeavingCost = (gap: number | undefined) => number;

/** What one probe costs in this process: charges it and the process, and says when the probe has to leave the code. */
export class ProbeBudget {
  readonly #credit: CpuCredit;
  readonly #dense: TokenBucket;
  readonly #processBudget: ProcessBudget;
  readonly #counters: Counters;
  readonly #clock: ThreadClock;
  /** The first hit since the probe came into the code, and the first of all; milliseconds of the clock. */
  #firstHit: Moment | undefined;
  #firstOfAll: number | undefined;
  /** End of the last hit, and milliseconds between one hit's end and the next one's beginning, on average. */
  #lastEnd: number | undefined;
  #gap: number | undefined;
  /** Charged for hits since the probe came into the code. */
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

  /** A hit begins. @param overhead what V8 took for it before. */
  begin(started: Moment, overhead: number): void {
    this.#firstHit ??= started;
    if (this.#lastEnd === undefined) return;
    const gap = max(0, started.wall - this.#lastEnd - overhead);
    this.#gap = this.#gap === undefined ? gap : this.#gap + (gap - this.#gap) * WEIGHT_OF_LAST_GAP;
  }

  /** Charges what is not a hit, as exceptions that are watched. @returns whether anything is left. */
  pay(milliseconds: number): boolean {
    const now = this.#clock.now();
    this.#credit.charge(milliseconds, now);
    this.#processBudget.charge(milliseconds, now);
    return !this.#credit.isSpent(now);
  }

  /** Charges what does not go on, as placing the probe again. */
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
   * @param since when it began to leave.
   * @param recompilationCost what the program pays for that, by the milliseconds between hits.
   * @returns milliseconds to stay out.
   */
  leave(since: Moment, recompilationCost: LeavingCost): number {
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
