import type { ProcessStates } from '../../protocol/gateway-messages.ts';
import type { ProbeState } from '../../protocol/state.ts';
import type { AgentRecord } from '../agents/agent-record.ts';

/** What an agent has said, and what of it counts as applied; kept from before a change, to compare with what is after it. */
export class StatesBefore {
  readonly #processes: readonly ProcessStates[];
  readonly #applied: readonly number[];

  constructor(agent: AgentRecord) {
    this.#processes = agent.processes;
    this.#applied = appliedOf(agent);
  }

  /** What reads otherwise now. It costs as much as the two states are long, and no more when they are the same. */
  compare(agent: AgentRecord): StateChanges {
    const before = this.#processes;
    const after = agent.processes;
    const appliedBefore = this.#applied;
    const appliedAfter = appliedOf(agent);
    const isSameList =
      before === after ||
      (before.length === after.length &&
        before.every(({ process }, index) => isSameJson(process, after[index]?.process)));
    const changedStates = isSameList ? changedStatesOf(before, after) : new Set<string>();
    const movedProcesses = appliedAfter.flatMap((to, index) => {
      const from = appliedBefore[index];
      return from === undefined || from === to ? [] : [{ from, to }];
    });
    return {
      isAny: !isSameList || changedStates.size > 0 || movedProcesses.length > 0,
      concerns: (probeUID, wantedRevision) =>
        !isSameList ||
        changedStates.has(probeUID) ||
        movedProcesses.some(({ from, to }) => from >= wantedRevision !== to >= wantedRevision),
    };
  }
}

export interface StateChanges {
  readonly isAny: boolean;
  /**
   * Whether the pod's processes stand otherwise with a probe.
   * @param wantedRevision the revision that brought the present form of the probe.
   */
  concerns(probeUID: string, wantedRevision: number): boolean;
}

/** The newest revision that counts as applied, by process; none when that is no revision that was sent. */
function appliedOf({ processes, sentRevision }: AgentRecord): number[] {
  return processes.map(({ revision }) => {
    return sentRevision === undefined || revision > sentRevision ? Number.NEGATIVE_INFINITY : revision;
  });
}

/** Probes of which any process says something else than before. */
function changedStatesOf(before: readonly ProcessStates[], after: readonly ProcessStates[]): Set<string> {
  const changed = new Set<string>();
  for (const [index, { probes: own = [] }] of after.entries()) {
    const known = before[index]?.probes ?? [];
    if (known === own) continue;
    if (known.length === own.length && known.every((state, at) => state.uid === own[at]?.uid)) {
      for (const [at, state] of own.entries()) if (!isSameJson(state, known[at])) changed.add(state.uid);
      continue;
    }
    const left = byUID(known);
    for (const [uid, state] of byUID(own)) {
      if (!isSameJson(state, left.get(uid))) changed.add(uid);
      left.delete(uid);
    }
    for (const uid of left.keys()) changed.add(uid);
  }
  return changed;
}

/** The first state of each probe, as readers find it. */
function byUID(states: readonly ProbeState[]): Map<string, ProbeState> {
  const found = new Map<string, ProbeState>();
  for (const state of states) if (!found.has(state.uid)) found.set(state.uid, state);
  return found;
}

/** For values that came out of JSON: some five times as fast as isDeepStrictEqual, which is called for every state of every frame. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, index) => isSameJson(value, b[index]));
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSameJson(Reflect.get(a, key), Reflect.get(b, key)));
}
