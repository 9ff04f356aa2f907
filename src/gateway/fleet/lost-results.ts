import type { Result } from '../../protocol/result.ts';

/** Processes of one pod whose last number is remembered. */
const MAX_PROCESSES = 256;

/**
 * Finds results that never arrived: every process numbers its results over all its probes, so a gap is a loss. A gap does not say which
 * probe it belongs to; it is booked on the probe whose result shows it. What an agent itself reports as dropped leaves a gap as well, and
 * is taken off, pod by pod.
 */
export class LostResults {
  /** By pod: a process is known only by what its pod says of it, and no pod can speak of another's. */
  readonly #lastSequence = new Map<string, Map<string, number>>();
  readonly #gaps = new Map<string, Map<string, number>>();
  /** Pods in which a gap is booked on the probe. */
  readonly #podsOfProbe = new Map<string, Set<string>>();

  /**
   * @param isAssigned whether the pod may speak of the probe; what it may not speak of has its number and nothing else.
   * @returns the results that were not seen before, and are of probes of the pod, in their order.
   */
  observe(podUID: string, results: readonly Result[], isAssigned: (probeUID: string) => boolean): Result[] {
    const numbers = this.#lastSequence.get(podUID) ?? new Map<string, number>();
    this.#lastSequence.set(podUID, numbers);
    return results.filter(({ instanceID, sequence, uid }) => {
      const last = numbers.get(instanceID);
      if (last !== undefined && sequence <= last) return false;
      numbers.delete(instanceID);
      numbers.set(instanceID, sequence);
      forgetOldest(numbers);
      if (!isAssigned(uid)) return false;
      // The first result that this operator sees of a process proves nothing about those before it.
      if (last !== undefined && sequence > last + 1) this.#book(podUID, uid, sequence - last - 1);
      return true;
    });
  }

  /**
   * Lost results that are booked on the probe.
   * @param agentDropped what the agent of a pod dropped of a probe, counted since the operator started.
   */
  lostOf(probeUID: string, agentDropped: (podUID: string, probeUID: string) => number): number {
    let lost = 0;
    for (const podUID of this.#podsOfProbe.get(probeUID) ?? []) {
      const byProbe = this.#gaps.get(podUID);
      const own = byProbe?.get(probeUID);
      if (byProbe === undefined || own === undefined) continue;
      let unexplained = 0;
      for (const [uid, count] of byProbe) unexplained += count - agentDropped(podUID, uid);
      lost += Math.max(0, Math.min(own, unexplained));
    }
    return lost;
  }

  forgetProbe(probeUID: string): void {
    for (const podUID of this.#podsOfProbe.get(probeUID) ?? []) {
      const byProbe = this.#gaps.get(podUID);
      byProbe?.delete(probeUID);
      if (byProbe?.size === 0) this.#gaps.delete(podUID);
    }
    this.#podsOfProbe.delete(probeUID);
  }

  /** The agent of the pod is forgotten; what was lost stays. */
  forgetPod(podUID: string): void {
    this.#lastSequence.delete(podUID);
  }

  #book(podUID: string, probeUID: string, count: number): void {
    const byProbe = this.#gaps.get(podUID) ?? new Map<string, number>();
    byProbe.set(probeUID, (byProbe.get(probeUID) ?? 0) + count);
    this.#gaps.set(podUID, byProbe);
    const pods = this.#podsOfProbe.get(probeUID) ?? new Set();
    this.#podsOfProbe.set(probeUID, pods.add(podUID));
  }
}

function forgetOldest(numbers: Map<string, number>): void {
  for (const instanceID of numbers.keys()) {
    if (numbers.size <= MAX_PROCESSES) return;
    numbers.delete(instanceID);
  }
}
