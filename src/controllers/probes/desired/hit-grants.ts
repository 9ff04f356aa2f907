import type { PodShare } from '../../../gateway/fleet/pod-grants.ts';

/** One pod among which a probe's limit is divided. */
export interface Holder {
  readonly podUID: string;
  readonly isConnected: boolean;
  /** Whether the agent keeps to grants; false for one of an older version. */
  readonly knowsGrants: boolean;
  /** Undefined when the pod was granted nothing and its agent has reported no usage. */
  readonly share: PodShare | undefined;
  /** Whether its agent may hold a grant of an earlier operator that it has not reported yet. */
  readonly isUnknown: boolean;
  /** Whether the members above and below have been observed already, so that it need not be done again. */
  readonly isObserved?: boolean;
  /** Hits over all processes of the pod, once each has reported to the present agent; infinity if one of them is gone. */
  readonly hits: number | undefined;
}

interface PodUsage {
  bound: number;
  used: number;
  held: number;
  earlier: number;
  /** Results of earlier agents of the pod: how many of the `seen` ones were reported. */
  spentEarlier: number;
  seen: number;
}

/** One part in this many of what is left is granted in advance, over all pods together. */
const RESERVE = 4;

/**
 * Divides a probe's limit over its pods so that all grants together never exceed it: a part is granted in advance, so that pods go on
 * while the operator is away, the rest as it is needed, and what a pod does not use is taken back when others wait. After an agent was
 * killed, all that it can have reported counts as reported until its processes have reported their hits.
 */
export class HitGrants {
  #limit: number;
  /** The largest that it ever was: what pods were granted can be more than the present one. */
  #largest: number;
  readonly #usages = new Map<string, PodUsage>();

  constructor(limit: number) {
    this.#limit = limit;
    this.#largest = limit;
  }

  /** A policy may change it while parts of it are granted; what was granted beyond a lower one is taken back by the next division. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#largest = Math.max(limit, this.#largest);
  }

  /** UIDs of pods that ever had a grant. */
  podUIDs(): Iterable<string> {
    return this.#usages.keys();
  }

  has(podUID: string): boolean {
    return this.#usages.has(podUID);
  }

  /** Takes the use of a pod's grant, whether the pod still has the probe or not. @param hits as in {@link Holder}. */
  observe(podUID: string, share: PodShare | undefined, hits?: number): void {
    const known = this.#usages.get(podUID);
    if (share === undefined) {
      if (known !== undefined) Object.assign(known, { held: 0, earlier: 0 });
      return;
    }
    const usage = known ?? { bound: 0, used: 0, held: 0, earlier: 0, spentEarlier: 0, seen: 0 };
    if (known === undefined) this.#usages.set(podUID, usage);
    usage.bound = Math.min(this.#largest, share.bound);
    usage.used = Math.min(usage.bound, share.used);
    usage.held = share.held;
    usage.earlier = Math.min(this.#largest, share.earlier);
    const unseen = usage.earlier - usage.seen;
    if (unseen <= 0 || !share.isHeard || hits === undefined) return;
    // The processes counted what a killed agent reported: those of their hits that the present agent has not reported.
    usage.spentEarlier += Math.min(unseen, Math.max(0, hits - usage.used - usage.spentEarlier));
    usage.seen += unseen;
  }

  /** The most results that can have been reported: `present` pods count with their usage, others with all that they were granted. */
  spent(present: { has(podUID: string): boolean }): number {
    let spent = 0;
    for (const [podUID, usage] of this.#usages) {
      spent += usage.spentEarlier + (present.has(podUID) ? usage.used : usage.bound);
    }
    return Math.min(spent, this.#limit);
  }

  /**
   * Divides what is left of the limit.
   * @param counted hits that were counted otherwise, for example by an earlier operator.
   * @returns the new grants by podUID, only of pods whose grant changes.
   */
  divide(holders: readonly Holder[], counted: number): Map<string, number> {
    const grants = new Map<string, number>();
    for (const holder of holders) {
      if (holder.isObserved !== true) this.observe(holder.podUID, holder.share, holder.hits);
    }
    const present = new Set(holders.map(({ podUID }) => podUID));
    const connected = holders.filter(({ isConnected }) => isConnected);
    const unknown = holders.filter(({ isUnknown }) => isUnknown).length;
    const reserve = (left: number) => Math.floor(left / (RESERVE * Math.max(1, holders.length)));
    const waiting = holders.reduce((sum, holder) => sum + this.#unusedOf(holder) + this.#unsettledOf(holder), 0);
    const free = this.#limit - Math.max(this.spent(present), Math.min(counted, this.#limit)) - waiting;
    if (free < 0 && this.#limit < this.#largest) return this.#takenBack(connected, -free);
    let left = Math.max(0, free - unknown * reserve(free));
    const ahead = reserve(left);
    const asking = connected.filter((holder) => !holder.isUnknown && this.#needOf(holder, ahead) > 0);
    // Pods with results that wait come first; what is left is divided equally among all that need more.
    const byNeed = asking.toSorted((a, b) => this.#heldOf(b) - this.#heldOf(a) || this.#usedOf(a) - this.#usedOf(b));
    for (const [index, holder] of byNeed.entries()) {
      const need = this.#needOf(holder, ahead);
      const part = Math.min(need, Math.max(1, Math.ceil(left / (byNeed.length - index))), left);
      if (part > 0) grants.set(holder.podUID, this.#boundOf(holder) + part);
      left -= part;
    }
    if (left === 0 && connected.some((holder) => this.#heldOf(holder) > 0)) {
      for (const holder of connected) {
        if (holder.isUnknown || this.#heldOf(holder) > 0 || grants.has(holder.podUID)) continue;
        const unused = this.#unusedOf(holder);
        if (unused > 0) grants.set(holder.podUID, this.#usedOf(holder) + Math.floor(unused / 2));
      }
    }
    return grants;
  }

  /** Takes back so much of what pods have not used, from each the same share. More than that was granted when the limit was higher. */
  #takenBack(connected: readonly Holder[], results: number): Map<string, number> {
    const holders = connected.filter((holder) => !holder.isUnknown && this.#unusedOf(holder) > 0);
    const unused = holders.reduce((sum, holder) => sum + this.#unusedOf(holder), 0);
    const kept = Math.max(0, 1 - results / unused);
    return new Map(
      holders.map((holder) => [holder.podUID, this.#usedOf(holder) + Math.floor(this.#unusedOf(holder) * kept)]),
    );
  }

  /** Results that the pod needs beyond its grant: those that wait, and `ahead` more once half of its advance is used. */
  #needOf(holder: Holder, ahead: number): number {
    const held = this.#heldOf(holder);
    const unused = this.#unusedOf(holder);
    const wanted = held + ahead;
    return unused >= Math.max(held, ahead / 2) ? 0 : wanted - unused;
  }

  #boundOf({ podUID }: Holder): number {
    return this.#usages.get(podUID)?.bound ?? 0;
  }

  #usedOf({ podUID }: Holder): number {
    return this.#usages.get(podUID)?.used ?? 0;
  }

  #heldOf({ podUID }: Holder): number {
    return this.#usages.get(podUID)?.held ?? 0;
  }

  #unusedOf(holder: Holder): number {
    return this.#boundOf(holder) - this.#usedOf(holder);
  }

  /** Results that earlier agents of the pod can have reported, as long as it is not known how many they did. */
  #unsettledOf({ podUID }: Holder): number {
    const usage = this.#usages.get(podUID);
    return usage === undefined ? 0 : Math.max(0, usage.earlier - usage.seen);
  }
}
