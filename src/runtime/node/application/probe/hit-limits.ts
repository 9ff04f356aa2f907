import { OUTSTANDING, OUTSTANDING_BYTES } from '../../channel/control-block.ts';
import type { DropReason } from '../../channel/counters.ts';
import { TokenBucket } from '../budget/token-bucket.ts';

/** Results that may be on their way to the agent's socket, over all probes. */
const MAX_OUTSTANDING = 1000;
/** Rough bytes of all results that wait for the worker; reaching it refuses further hits. */
const MAX_OUTSTANDING_BYTES = 8 * 1024 * 1024;

/** Third step of a hit: hit limit, rate limit and buffer, which bound the results of one probe. */
export class HitLimits {
  readonly #control: Int32Array;
  readonly #now: () => number;
  readonly #remainingHits: () => number;
  readonly #rate: TokenBucket;

  /** @param remainingHits gives how many hits of the probe are still allowed, over all its armings. */
  constructor(hitsPerSecond: number, control: Int32Array, now: () => number, remainingHits: () => number) {
    this.#control = control;
    this.#now = now;
    this.#remainingHits = remainingHits;
    this.#rate = new TokenBucket(hitsPerSecond, now());
  }

  /** Whether the rate limit would refuse another hit now. */
  get isRateUsedUp(): boolean {
    return this.#rate.level(this.#now()) < 1;
  }

  get areHitsUsedUp(): boolean {
    return this.#remainingHits() <= 0;
  }

  /** Counts a hit for the rate limit. @returns why the hit may not become a result; undefined where it may. */
  refusal(): DropReason | undefined {
    if (this.#remainingHits() <= 0) return 'HitLimitReached';
    if (!this.#rate.take(1, this.#now())) return 'RateLimited';
    const control = this.#control;
    const isFull =
      (control[OUTSTANDING] ?? 0) >= MAX_OUTSTANDING || (control[OUTSTANDING_BYTES] ?? 0) >= MAX_OUTSTANDING_BYTES;
    return isFull ? 'BufferFull' : undefined;
  }
}
