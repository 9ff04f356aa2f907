import { exp, max, min } from '../guard/intrinsics.ts';
import { TokenBucket } from './token-bucket.ts';

/** What is not used is kept for so long, so that a burst of hits after a quiet time is paid from what the quiet time left. */
const CREDIT_SECONDS = 10;
/** Within about a second no more than this multiple is spent, or the credit would be one long stop. */
const PEAK = 4;
/** Whoever was over it comes back when this share of the credit is there again; less would be a short sample. */
const SHARE_TO_RETURN = 0.5;
const RECENT_MILLISECONDS = 10_000;

/** CPU time that may be spent: so much per second in the long run, more for a while, but never all at once. */
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

  /** Charges what does not go on, as leaving the code: it says nothing of how much is spent at the moment. */
  chargeOnce(milliseconds: number, now: number): void {
    this.#credit.charge(milliseconds, now);
    this.#recent = this.recent(now) + milliseconds;
    this.#time = now;
  }

  isSpent(now: number): boolean {
    return this.#credit.level(now) <= 0 || this.#peak.level(now) <= 0;
  }

  /** @returns what was charged lately: of older charges less and less is left. */
  recent(now: number): number {
    return this.#recent * exp(min(0, this.#time - now) / RECENT_MILLISECONDS);
  }

  /** @returns milliseconds until there is enough to come back. */
  untilReturn(now: number): number {
    return max(this.#credit.until(SHARE_TO_RETURN, now), this.#peak.until(SHARE_TO_RETURN, now));
  }
}
