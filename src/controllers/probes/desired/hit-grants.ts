import type { PodShare } from '../../../gateway/fleet/pod-grants.ts';

/** One pod that has the probe. */
export interface Holder {
  readonly podUID: string;
  readonly isConnected: boolean;
  /** False of an agent of an older version, which reports what it likes. */
  readonly knowsGrants: boolean;
  /** Undefined when the pod was granted nothing and its agent has said nothing of the probe. */
  readonly share: PodShare | undefined;
  /** Its agent may hold a grant of an operator before this one that nobody has told of. */
  readonly isUnknown: boolean;
  /** Hits over all processes of the pod, once each of them has told its present agent; without end if one can tell no more. */
  readonly hits: number | undefined;
}

interface PodUsage {
  bound: number;
  used: number;
  /** Of earlier agents of the pod: what is counted of `seen`. */
  spentEarlier: number;
  seen: number;
}

/** Of what is left, one part of this many is handed out in advance over all pods. */
const RESERVE = 4;

/**
 * Divides a probe's limit over its pods so that all grants together never exceed it: a part is handed out in advance, so that pods go on
 * while the operator is away, the rest as it is asked for, and what pods do not need is taken back when others wait. What an agent
 * that ended without a word may have reported counts as reported.
 */
export class HitGrants {
  readonly #limit: number;
  readonly #usages = new Map<string, PodUsage>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Pods that ever had a part. */
  podUIDs(): Iterable<string> {
    return this.#usages.keys();
  }

  /** A pod has the probe no longer, or has it as ever: what it was granted counts. */
  observe(podUID: string, share: PodShare | undefined, hits?: number): void {
    if (share === undefined) return;
    const usage = this.#usages.get(podUID) ?? { bound: 0, used: 0, spentEarlier: 0, seen: 0 };
    this.#usages.set(podUID, usage);
    usage.bound = Math.min(this.#limit, share.bound);
    usage.used = Math.min(usage.bound, share.used);
    const unseen = Math.min(this.#limit, share.earlier) - usage.seen;
    if (unseen <= 0 || !share.isHeard || hits === undefined) return;
    // What an agent wrote that was killed are hits that its processes have counted.
    usage.spentEarlier += Math.min(unseen, Math.max(0, hits - usage.used - usage.spentEarlier));
    usage.seen += unseen;
  }

  /** What all pods may have reported, `present` ones as they said, others up to what they were granted. */
  spent(present: ReadonlySet<string>): number {
    let spent = 0;
    for (const [podUID, usage] of this.#usages) {
      spent += usage.spentEarlier + (present.has(podUID) ? usage.used : usage.bound);
    }
    return Math.min(spent, this.#limit);
  }

  /**
   * @param counted hits that were counted otherwise, by an operator before this one for example.
   * @returns what pods are to be granted that are to be granted something else than they have.
   */
  divide(holders: readonly Holder[], counted: number): Map<string, number> {
    const grants = new Map<string, number>();
    for (const { podUID, share, hits } of holders) this.observe(podUID, share, hits);
    const present = new Set(holders.map(({ podUID }) => podUID));
    const connected = holders.filter(({ isConnected }) => isConnected);
    const unknown = holders.filter(({ isUnknown }) => isUnknown).length;
    const reserve = (left: number) => Math.floor(left / (RESERVE * Math.max(1, holders.length)));
    const waiting = holders.reduce((sum, holder) => sum + this.#unusedOf(holder) + this.#unsettledOf(holder), 0);
    const free = this.#limit - Math.max(this.spent(present), Math.min(counted, this.#limit)) - waiting;
    let left = Math.max(0, free - unknown * reserve(free));
    const ahead = reserve(left);
    const asking = connected.filter((holder) => !holder.isUnknown && this.#needOf(holder, ahead) > 0);
    // Who waits comes first, and gets as much as the others that wait.
    const byNeed = asking.toSorted(
      (a, b) => (b.share?.held ?? 0) - (a.share?.held ?? 0) || this.#usedOf(a) - this.#usedOf(b),
    );
    for (const [index, holder] of byNeed.entries()) {
      const need = this.#needOf(holder, ahead);
      const part = Math.min(need, Math.max(1, Math.ceil(left / (byNeed.length - index))), left);
      if (part > 0) grants.set(holder.podUID, this.#boundOf(holder) + part);
      left -= part;
    }
    if (left === 0 && connected.some((holder) => (holder.share?.held ?? 0) > 0)) {
      for (const holder of connected) {
        if (holder.isUnknown || (holder.share?.held ?? 0) > 0 || grants.has(holder.podUID)) continue;
        const unused = this.#unusedOf(holder);
        if (unused > 0) grants.set(holder.podUID, this.#usedOf(holder) + Math.floor(unused / 2));
      }
    }
    return grants;
  }

  /** How much more it should have: what waits, and something in advance once half of that is used. */
  #needOf(holder: Holder, ahead: number): number {
    const held = holder.share?.held ?? 0;
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

  #unusedOf(holder: Holder): number {
    return this.#boundOf(holder) - this.#usedOf(holder);
  }

  /** Of an agent before the present one, as long as nobody knows what it wrote. */
  #unsettledOf({ podUID, share }: Holder): number {
    return Math.max(0, Math.min(this.#limit, share?.earlier ?? 0) - (this.#usages.get(podUID)?.seen ?? 0));
  }
}
