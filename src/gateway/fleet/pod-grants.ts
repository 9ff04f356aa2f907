import type { Grant, Usage } from '../../protocol/gateway-messages.ts';

/** One pod's use of its part of a probe's limit, in results. */
export interface PodShare {
  /** Whether the agent has reported its usage on any connection. */
  readonly isHeard: boolean;
  /** The most results that its present agent can have reported, or can still report with its grants. */
  readonly bound: number;
  readonly used: number;
  /** Results that wait for a larger grant. */
  readonly held: number;
  /** The most results that earlier agents of the pod can have reported. */
  readonly earlier: number;
}

interface Entry {
  readonly generation: number;
  /** The newest grant; undefined when the agent keeps what it has. */
  results: number | undefined;
  /** Grants that are newer than the last reported usage, each smaller than the one before: the agent may have got them or may yet get them. */
  pending: Pending[] | undefined;
  /** The last usage that the agent reported, in results; `granted` is undefined when it has reported none. */
  granted: number | undefined;
  used: number;
  held: number;
  earlier: number;
}

interface Pending {
  readonly revision: number;
  readonly results: number;
}

const NOTHING = { granted: 0, used: 0, held: 0 } as const;
/** Probes that are remembered, desired or not. */
const MAX_ENTRIES = 1000;

/**
 * What one pod was granted of the limits of its probes. A grant that was made smaller counts in full until the agent has
 * acknowledged that: it may have reported more meanwhile.
 */
export class PodGrants {
  readonly #entries = new Map<string, Entry>();

  /** @param revision of the set with which the grant is sent. @returns whether the grant changed. */
  set(probeUID: string, generation: number, results: number, revision: number): boolean {
    const entry = this.#entryOf(probeUID, generation);
    if (entry.results === results) return false;
    entry.results = results;
    // A newer grant that is no smaller outlives the ones before, so those say nothing that it does not say.
    const pending = entry.pending?.filter((one) => one.results > results) ?? [];
    entry.pending = [...pending, { revision, results }];
    return true;
  }

  /** Whether somebody waits for the grant: the pod, which has results that wait, or other pods, if it is to become smaller. */
  isUrgent(probeUID: string, results: number): boolean {
    const entry = this.#entries.get(probeUID);
    return entry !== undefined && (entry.held > 0 || results < boundOf(entry));
  }

  /** The grants of these probes, as they are sent. */
  of(probes: readonly { readonly uid: string; readonly generation: number }[]): Grant[] {
    return probes.flatMap(({ uid, generation }) => {
      const entry = this.#entries.get(uid);
      if (entry?.results === undefined || entry.generation !== generation) return [];
      return [{ uid, generation, results: entry.results }];
    });
  }

  /**
   * Takes the usage that an agent with the set of `revision` reports.
   * @param desiredUID of a probe that the pod has, its UID; undefined of others: of a withdrawn one the agent may report nothing more, and
   * its last usage stays.
   * @returns the probes of which {@link share} says something else than before.
   */
  heard(revision: number, usage: readonly Usage[], desiredUID: (probeUID: string) => string | undefined): string[] {
    for (const { uid, generation } of usage) this.#entryOf(desiredUID(uid) ?? uid, generation);
    const said = new Map(usage.map((one) => [one.uid, one]));
    const changed: string[] = [];
    for (const [uid, entry] of this.#entries) {
      const own = said.get(uid);
      if (own === undefined && desiredUID(uid) === undefined) continue;
      if (take(entry, revision, own?.generation === entry.generation ? own : NOTHING)) changed.push(uid);
    }
    return changed;
  }

  /** The pod has a new agent, which has no grants and has reported nothing. */
  agentChanged(): void {
    for (const entry of this.#entries.values()) {
      entry.earlier += boundOf(entry);
      entry.results = undefined;
      entry.pending = undefined;
      entry.granted = undefined;
      entry.used = 0;
      entry.held = 0;
    }
  }

  share(probeUID: string, generation: number): PodShare | undefined {
    const entry = this.#entries.get(probeUID);
    if (entry === undefined || entry.generation !== generation) return undefined;
    const { granted, used, held, earlier } = entry;
    return { isHeard: granted !== undefined, bound: boundOf(entry), used, held, earlier };
  }

  #entryOf(probeUID: string, generation: number): Entry {
    const known = this.#entries.get(probeUID);
    if (known !== undefined && known.generation >= generation) return known;
    const entry: Entry = {
      generation,
      results: undefined,
      pending: undefined,
      granted: known && 0,
      used: 0,
      held: 0,
      earlier: 0,
    };
    this.#entries.delete(probeUID);
    this.#entries.set(probeUID, entry);
    for (const uid of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(uid);
    }
    return entry;
  }
}

/** @returns whether the pod's use of its part is another than before. */
function take(entry: Entry, revision: number, { granted, used, held }: typeof NOTHING | Usage): boolean {
  const isSame = entry.granted === granted && entry.used === used && entry.held === held;
  if (isSame && entry.pending === undefined) return false;
  const before = boundOf(entry);
  entry.granted = granted;
  entry.used = used;
  entry.held = held;
  const pending = entry.pending?.filter((one) => one.revision > revision);
  entry.pending = pending?.length === 0 ? undefined : pending;
  return !isSame || boundOf(entry) !== before;
}

function boundOf({ granted, used, pending }: Entry): number {
  return Math.max(granted ?? 0, used, pending?.[0]?.results ?? 0);
}
