import { exp, max, min } from '../guard/intrinsics.ts';
import { TokenBucket } from './token-bucket.ts';

/** Unused CPU time is kept for this long, so that a burst of hits after a quiet time is paid from what the quiet time left. */
const CREDIT_SECONDS = 10;
/** Within about a second no more than this multiple of `perSecond` is spent; else the whole credit could go into one long stall. */
const PEAK = 4;
/** A probe that has left the code comes back when this share of the credit is there again; with less it would soon leave again. */
const SHARE_TO_RETURN = 0.5;
const RECENT_MILLISECONDS = 10_000;

/** CPU time that may be spent: `perSecond` in the long run, more for a while, but never the whole credit at once. In milliseconds. */
export class CpuCredit {
  readonly #credit: TokenBucket;
  readonly #peak: TokenBucket;
  #recent = 0;
  #time: number;

  /** @param perSecond milliseconds. @param now milliseconds of a clock. */
  constructor(perSecond: number, now: number) {
    this.#credit = new TokenBucket(perSecond, now, CREDIT_SECONDS);
    this.#peak = new TokenBucket(perSecond * PEAK, now);
    this.#time = now;
  }

  get perSecond(): number {
    return this.#credit.perSecond;
  }

  resize(perSecond: number, now: number): void {
    if (perSecond === this.perSecond) return;
    this.#credit.resize(perSecond, now);
    this.#peak.resize(perSecond * PEAK, now);
  }

  charge(milliseconds: number, now: number): void {
    this.#peak.charge(milliseconds, now);
    this.chargeOnce(milliseconds, now);
  }

  /** Charges a cost that does not recur, such as leaving the code. It does not count for the peak, which is about recurring costs. */
  chargeOnce(milliseconds: number, now: number): void {
    this.#credit.charge(milliseconds, now);
    this.#recent = this.recent(now) + milliseconds;
    this.#time = now;
  }

  isSpent(now: number): boolean {
    return this.#credit.level(now) <= 0 || this.#peak.level(now) <= 0;
  }

  /** @returns milliseconds that were charged lately: the weight of a charge decays exponentially with its age. */
  recent(now: number): number {
    return this.#recent * exp(min(0, this.#time - now) / RECENT_MILLISECONDS);
  }

  /** @returns milliseconds until there is enough credit for a probe to come back; 0 when there is. */
  untilReturn(now: number): number {
    return max(this.#credit.until(SHARE_TO_RETURN, now), this.#peak.until(SHARE_TO_RETURN, now));
  }
}
