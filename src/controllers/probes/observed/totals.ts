import type { Reason } from '../../../api/reasons.ts';
import type { ProcessCounters } from './process-counters.ts';

/**
 * Sums over the counters of all processes of one probe. Counters are taken out before they change and put in again afterwards, so that
 * the sums cost what changed, and not as much as there are processes.
 */
export class Totals {
  /** Of processes that the status of an operator before this one names. */
  restoredHits = 0;
  otherHits = 0;
  liveHits = 0;
  /** Processes that are gone. */
  gone = 0;
  /** Processes in which the probe is sampled. */
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
