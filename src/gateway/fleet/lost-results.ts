import type { Result } from '../../protocol/result.ts';

/** Processes of one pod whose last number is remembered. */
const MAX_PROCESSES = 256;

/**
 * Finds results that never arrived: every process numbers its results over all its probes, so a gap is a loss. A gap does not say which
 * probe it belongs to; it is counted for the probe whose result comes after it. Results that an agent reports as dropped leave a gap as well,
 * and are subtracted, pod by pod.
 */
export class LostResults {
  /** Last number by podUID and instanceID. By pod, so that no pod can affect processes of another. */
  readonly #lastSequence = new Map<string, Map<string, number>>();
  readonly #gaps = new Map<string, Map<string, number>>();
  /** Pods in which gaps are counted for the probe. */
  readonly #podsOfProbe = new Map<string, Set<string>>();

  /**
   * @param isAssigned whether the pod may report the probe; of other results only the number counts.
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
      // Whether results before the first one that this operator gets of a process were lost is not known.
      if (last !== undefined && sequence > last + 1) this.#book(podUID, uid, sequence - last - 1);
      return true;
    });
  }

  /**
   * Lost results that are counted for the probe.
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

  /** Forgets the last numbers of the pod's processes; lost results stay counted. */
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
