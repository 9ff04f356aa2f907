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
  /** Grants that are newer than the last reported usage: the agent may have got them or may yet get them. */
  pending: { readonly revision: number; readonly results: number }[];
  heard: Pick<Usage, 'granted' | 'used' | 'held'> | undefined;
  earlier: number;
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
    entry.pending.push({ revision, results });
    return true;
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
   * @param isDesired whether the pod has the probe: of a withdrawn one the agent may report nothing more, and its last usage stays.
   */
  heard(revision: number, usage: readonly Usage[], isDesired: (probeUID: string) => boolean): void {
    for (const { uid, generation } of usage) this.#entryOf(uid, generation);
    const said = new Map(usage.map((one) => [one.uid, one]));
    for (const [uid, entry] of this.#entries) {
      const own = said.get(uid);
      if (own === undefined && !isDesired(uid)) continue;
      const { granted, used, held } = own?.generation === entry.generation ? own : NOTHING;
      entry.heard = { granted, used, held };
      entry.pending = entry.pending.filter((one) => one.revision > revision);
    }
  }

  /** The pod has a new agent, which has no grants and has reported nothing. */
  agentChanged(): void {
    for (const entry of this.#entries.values()) {
      entry.earlier += boundOf(entry);
      entry.results = undefined;
      entry.pending = [];
      entry.heard = undefined;
    }
  }

  share(probeUID: string, generation: number): PodShare | undefined {
    const entry = this.#entries.get(probeUID);
    if (entry === undefined || entry.generation !== generation) return undefined;
    const { used, held } = entry.heard ?? NOTHING;
    return { isHeard: entry.heard !== undefined, bound: boundOf(entry), used, held, earlier: entry.earlier };
  }

  #entryOf(probeUID: string, generation: number): Entry {
    const known = this.#entries.get(probeUID);
    if (known !== undefined && known.generation >= generation) return known;
    const entry: Entry = { generation, results: undefined, pending: [], heard: known && { ...NOTHING }, earlier: 0 };
    this.#entries.delete(probeUID);
    this.#entries.set(probeUID, entry);
    for (const uid of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(uid);
    }
    return entry;
  }
}

function boundOf({ heard, pending }: Entry): number {
  return Math.max(heard?.granted ?? 0, heard?.used ?? 0, ...pending.map(({ results }) => results));
}
