import { Bucket } from './budget.ts';
import type { Governor } from './governor.ts';
import { min } from './guard/guard-intrinsics.ts';
import type { Counters } from './shared-memory.ts';

/**
 * What V8 spends on compiling a function anew, and runs it slower meanwhile, each time that a probe has left it: about
 * 100 ms of a hot loop's throughput, most of it on another thread (bench/hit.ts, `runaway`). Charged, so that samples of a
 * hot line come rarely.
 */
const REOPTIMIZATION_MILLISECONDS = 60;
/** A budget that is used up so soon belongs to a line that does little else; each time in a row doubles the pause. */
const HOT_MILLISECONDS = 20;
const LONGEST_DOUBLING = 8;
/**
 * So long after its first hit a probe answers to its own budget only. Else one that comes to a process whose budget others
 * have used up would leave at its first hit, before it has told anything.
 */
const NEW_MILLISECONDS = 1000;
/** Share of the budget that a first hit takes at most: it runs code of ours that V8 has not compiled yet, and says little of the line. */
const FIRST_HIT_SHARE = 0.5;

/** What one probe costs in this process: charges it and the process, and says when the probe has to leave the code. */
export class ProbeBudget {
  readonly #bucket: Bucket;
  readonly #governor: Governor;
  readonly #counters: Counters;
  readonly #now: () => number;
  /** The first hit since the probe came into the code, and the first of all; milliseconds of the clock. */
  #firstHit: number | undefined;
  #firstOfAll: number | undefined;
  #doubling = 1;

  /** @param perSecond CPU milliseconds. @param now milliseconds of a clock. */
  constructor(perSecond: number, governor: Governor, counters: Counters, now: () => number) {
    this.#bucket = new Bucket(perSecond, now());
    this.#governor = governor;
    this.#counters = counters;
    this.#now = now;
  }

  /** A hit begins. */
  begin(started: number): void {
    this.#firstHit ??= started;
  }

  /** Charges what is not a hit, as placing the probe again. @returns whether anything is left. */
  pay(milliseconds: number): boolean {
    const time = this.#now();
    this.#bucket.charge(milliseconds, time);
    this.#governor.charge(milliseconds, time);
    return this.#bucket.level(time) > 0;
  }

  /** @returns which budget wants the probe out of the code: its own, or that of the process. */
  chargeHit(milliseconds: number): 'probe' | 'process' | undefined {
    this.#counters.charge(milliseconds, true);
    const most = this.#firstOfAll === undefined ? this.#bucket.perSecond * FIRST_HIT_SHARE : Infinity;
    if (!this.pay(min(milliseconds, most))) return 'probe';
    const time = this.#now();
    this.#firstOfAll ??= time;
    if (time - this.#firstOfAll < NEW_MILLISECONDS) return undefined;
    const spent = this.#bucket.perSecond - this.#bucket.level(time);
    return this.#governor.mustLeave(spent, time) ? 'process' : undefined;
  }

  /** The probe has left the code for its cost. @param since when it began to leave. @returns milliseconds to stay out. */
  leave(since: number): number {
    const now = this.#now();
    const wasHot = since - (this.#firstHit ?? since) < HOT_MILLISECONDS;
    this.pay(now - since + REOPTIMIZATION_MILLISECONDS);
    this.#bucket.charge(REOPTIMIZATION_MILLISECONDS * (this.#doubling - 1), now);
    this.#doubling = wasHot ? min(LONGEST_DOUBLING, this.#doubling * 2) : 1;
    this.#firstHit = undefined;
    return this.#governor.wait(this.#bucket.untilFull(now), now);
  }
}
