import type { WireProbe } from '../../../protocol/wire-probe.ts';
import { Counters, countersKey, keepLatest } from '../channel/counters.ts';
import type { ProbePlan } from '../channel/probe-plan.ts';
import { mapGet } from './guard/intrinsics.ts';

interface HitQuota {
  readonly generation: number;
  readonly remainingHits: number;
  readonly hitsBefore: number;
}

/** How many hits each probe may still have, and what was counted for it: both outlive its armings, the worker and the connection. */
export class HitQuotas {
  /** Counters of the latest probes that were armed here, by {@link countersKey}. */
  readonly counters = new Map<string, SharedArrayBuffer>();
  readonly #quotas = new Map<string, HitQuota>();

  /** A probe is about to be armed. @param armed the probes that are armed, whose counts are kept in any case. */
  begin({ probe, counters: memory }: ProbePlan, armed: readonly WireProbe[]): void {
    const keys = new Set(armed.map(countersKey));
    const uids = new Set(armed.map((one) => one.uid));
    this.counters.set(countersKey(probe), memory);
    keepLatest(this.counters, (key) => keys.has(key));
    keepLatest(this.#quotas, (uid) => uids.has(uid));
    const { uid, generation } = probe;
    const { remainingHits } = probe.limits;
    const known = mapGet(this.#quotas, uid);
    // A new number of remaining hits from the operator counts from now on.
    if (known?.generation === generation && known.remainingHits === remainingHits) return;
    this.#quotas.set(uid, { generation, remainingHits, hitsBefore: new Counters(memory).counted });
  }

  /** @returns how many hits of the probe are still allowed; 0 where it is not known. */
  remaining(uid: string, counters: Counters): number {
    const quota = mapGet(this.#quotas, uid);
    return quota === undefined ? 0 : quota.remainingHits - (counters.counted - quota.hitsBefore);
  }
}
