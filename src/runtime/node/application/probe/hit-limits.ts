import { OUTSTANDING, OUTSTANDING_BYTES } from '../../channel/control-block.ts';
import type { DropReason } from '../../channel/counters.ts';
import { TokenBucket } from '../budget/token-bucket.ts';

/** Results that may wait for the worker, over all probes. */
const MAX_OUTSTANDING = 1000;
/** And roughly what they may take together, before the last of them. */
const MAX_OUTSTANDING_BYTES = 8 * 1024 * 1024;

/** What bounds the results of one probe, once its condition is true. */
export class HitLimits {
  readonly #control: Int32Array;
  readonly #now: () => number;
  readonly #remainingHits: () => number;
  readonly #rate: TokenBucket;

  /** @param remainingHits of the probe, over all its armings. */
  constructor(hitsPerSecond: number, control: Int32Array, now: () => number, remainingHits: () => number) {
    this.#control = control;
    this.#now = now;
    this.#remainingHits = remainingHits;
    this.#rate = new TokenBucket(hitsPerSecond, now());
  }

  /** Whether a hit that is not counted yet would be refused by the rate limit. */
  get isRateUsedUp(): boolean {
    return this.#rate.level(this.#now()) < 1;
  }

  get areHitsUsedUp(): boolean {
    return this.#remainingHits() <= 0;
  }

  /** Counts a hit for the rate limit. @returns why it may not become a result. */
  refusal(): DropReason | undefined {
    if (this.#remainingHits() <= 0) return 'HitLimitReached';
    if (!this.#rate.take(1, this.#now())) return 'RateLimited';
    const control = this.#control;
    const isFull =
      (control[OUTSTANDING] ?? 0) >= MAX_OUTSTANDING || (control[OUTSTANDING_BYTES] ?? 0) >= MAX_OUTSTANDING_BYTES;
    return isFull ? 'BufferFull' : undefined;
  }
}
