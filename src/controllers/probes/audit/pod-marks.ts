import type { MatchedPod } from '../status/verdict.ts';

/** Pods that have had the probe and match no more: their last results may still come, and they may match again. */
const MOST_GONE = 500;
export const NONE: readonly never[] = [];

/** A process that has had the probe in its code, and under which rules of redaction. */
export interface SeenProcess {
  readonly instanceID: string;
  readonly redactionHash: string | undefined;
  /** Whether it has it still, as far as is known. */
  readonly isArmed: boolean;
}

/** What is recorded of one pod. There is one for each pod of each probe. */
export interface PodMark {
  /** The Fleet's version of the pod when it was read last. */
  version: number;
  processes: readonly SeenProcess[];
  /** How many processes have had the probe at the same time. */
  most: number;
  isHit: boolean;
  /** Rules of redaction under which results were released. */
  released: readonly (string | undefined)[];
}

/** What is recorded of all pods of one generation of a probe, by the UID of the pod. */
export class PodMarks {
  readonly #matching = new Map<string, PodMark>();
  /** The same of pods that do not match any more, in the order in which they went. */
  readonly #gone = new Map<string, PodMark>();

  /** The Fleet's version with which the pod was read last; 0 where it was not since it matches. */
  versionOf(podUID: string): number {
    return this.#matching.get(podUID)?.version ?? 0;
  }

  /** Of a pod that matches now. */
  ofMatching(podUID: string): PodMark {
    const mark = this.of(podUID);
    this.#gone.delete(podUID);
    this.#matching.set(podUID, mark);
    return mark;
  }

  of(podUID: string): PodMark {
    const known = this.#matching.get(podUID) ?? this.#gone.get(podUID);
    if (known !== undefined) return known;
    const mark: PodMark = { version: 0, processes: NONE, most: 0, isHit: false, released: NONE };
    this.#matching.set(podUID, mark);
    return mark;
  }

  /** @param pods all that match. */
  keepOnly(pods: readonly MatchedPod[]): void {
    if (this.#matching.size <= pods.length) return;
    const present = new Set(pods.map(({ pod }) => pod.metadata.uid));
    for (const [uid, mark] of this.#matching) if (!present.has(uid)) this.#leave(uid, mark);
    for (const uid of this.#gone.keys()) {
      if (this.#gone.size <= MOST_GONE) return;
      this.#gone.delete(uid);
    }
  }

  /** The probe is out of every process. */
  forgetProcesses(): void {
    for (const mark of this.#matching.values()) mark.processes = NONE;
  }

  #leave(podUID: string, mark: PodMark): void {
    this.#matching.delete(podUID);
    if (mark.most === 0 && !mark.isHit) return;
    // It is taken out of a pod that does not match.
    mark.processes = mark.processes.map(letGo);
    this.#gone.set(podUID, mark);
  }
}

export const letGo = (seen: SeenProcess): SeenProcess => ({ ...seen, isArmed: false });
