import type { Reason } from '../../../api/reasons.ts';
import type { ProcessCounters } from './process-counters.ts';

/**
 * Sums over the counters of all processes of one probe. A counter is removed before it changes and added again afterwards, so
 * that the cost does not depend on the number of processes.
 */
export class Totals {
  /** Hits of processes that the status of an earlier operator names. */
  restoredHits = 0;
  otherHits = 0;
  liveHits = 0;
  /** Number of processes that are gone. */
  gone = 0;
  /** Number of processes in which the probe was ever sampled. */
  sampled = 0;
  readonly dropped = new Map<Reason, number>();

  add(counters: ProcessCounters): void {
    this.#count(counters, 1);
  }

  remove(counters: ProcessCounters): void {
    this.#count(counters, -1);
  }

  #count(counters: ProcessCounters, sign: 1 | -1): void {
    const hits = sign * counters.hits;
    if (counters.isRestored) this.restoredHits += hits;
    else this.otherHits += hits;
    if (counters.isLive) this.liveHits += hits;
    else this.gone += sign;
    if (counters.isSampled) this.sampled += sign;
    for (const [reason, count] of counters.dropped) {
      this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + sign * count);
    }
  }
}
