import type { Conflict } from '../../policy/conflicts.ts';
import type { PolicyObject } from './policy-object.ts';
import type { LedStatus, StopFacts } from './status.ts';

/** What the controller remembers of one policy from one count to the next. */
export class PolicyRecord {
  /** The version of Policies since which it is as it is. */
  changedVersion: number;
  /** Whether status says, when this operator begins, that it is stopped as now and every process is without its probes. */
  isKnownClean: boolean;
  /** Whether status has counts of processes by their rules of redaction from an earlier operator, for what it says now. */
  isCountedBefore: boolean;
  #isSettled = false;
  #stop: StopFacts | undefined;
  #written: { readonly status: LedStatus; readonly overResourceVersion: string } | undefined;
  #conflicts: { readonly version: number; readonly found: readonly Conflict[] } | undefined;

  constructor({ metadata, view, status }: PolicyObject, version: number, now: number) {
    const isOfThis = status?.observedGeneration === metadata.generation;
    this.isKnownClean = isOfThis && status.stop?.lastCleanTime !== undefined;
    this.isCountedBefore = isOfThis && status.redactions !== undefined;
    this.changedVersion = version;
    this.#stop = view.spec.stopped && { since: now, isAgain: false };
  }

  /** What it says has changed. */
  changed({ view }: PolicyObject, version: number, now: number): void {
    this.changedVersion = version;
    this.isKnownClean = false;
    this.isCountedBefore = false;
    this.#isSettled = false;
    this.#stop = view.spec.stopped && (this.#stop ?? { since: now, isAgain: true });
  }

  /** Every probe is decided by what it says now. That one is created later, and waits to be decided, is no news of the policy. */
  settled(): void {
    this.#isSettled = true;
  }

  get unsettledSince(): number | undefined {
    return this.#isSettled ? undefined : this.changedVersion;
  }

  /** Undefined while it is not stopped. */
  get stop(): StopFacts | undefined {
    return this.#stop;
  }

  /** @param version of Policies, for which `find` is asked once. */
  conflictsAt(version: number, find: () => readonly Conflict[]): readonly Conflict[] {
    if (this.#conflicts?.version !== version) this.#conflicts = { version, found: find() };
    return this.#conflicts.found;
  }

  /** The leader's part of the status that the object has: what was written last, while the cache has the object from before that. */
  baseStatus({ metadata, status }: PolicyObject): LedStatus | undefined {
    if (this.#written?.overResourceVersion === metadata.resourceVersion) return this.#written.status;
    if (status === undefined) return undefined;
    const { deniedRequests: _, ...led } = status;
    return led;
  }

  written({ metadata }: PolicyObject, status: LedStatus): void {
    this.#written = { status, overResourceVersion: metadata.resourceVersion };
    if (this.#stop !== undefined) this.#stop = { ...this.#stop, isAgain: false };
  }
}
