import type { ProcessStates } from '../../protocol/gateway-messages.ts';
import type { ProbeState } from '../../protocol/state.ts';
import type { AgentRecord } from '../agents/agent-record.ts';

/** States of an agent's processes and their applied revisions before a change, to compare them with those after it. */
export class StatesBefore {
  readonly #processes: readonly ProcessStates[];
  readonly #applied: readonly number[];

  constructor(agent: AgentRecord) {
    this.#processes = agent.processes;
    this.#applied = appliedOf(agent);
  }

  /** The differences. The cost is linear in the number of states. */
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
   * Whether a state of the probe, or whether a process has applied the probe's present form, differs.
   * @param wantedRevision the revision that brought the present form of the probe.
   */
  concerns(probeUID: string, wantedRevision: number): boolean;
}

/** The revision that each process has applied; negative infinity when that is none that was sent on this connection. */
function appliedOf({ processes, sentRevision }: AgentRecord): number[] {
  return processes.map(({ revision }) => {
    return sentRevision === undefined || revision > sentRevision ? Number.NEGATIVE_INFINITY : revision;
  });
}

/** Probes whose state differs in any process. */
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

/** The first state of each probe, which is the one that readers use. */
function byUID(states: readonly ProbeState[]): Map<string, ProbeState> {
  const found = new Map<string, ProbeState>();
  for (const state of states) if (!found.has(state.uid)) found.set(state.uid, state);
  return found;
}

/** Equality of values that came out of JSON. Called for every state of every frame; about five times as fast as isDeepStrictEqual. */
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
