import type { ProcessStates } from '../../protocol/gateway-messages.ts';
import type { ProbeState } from '../../protocol/state.ts';

/** What is compared of an agent: equal processes and equal states are the same objects (see shared-states.ts). */
export interface Stated {
  readonly processes: readonly ProcessStates[];
  readonly sentRevision: number | undefined;
}

interface Move {
  readonly from: number;
  readonly to: number;
}

const NOTHING: ReadonlySet<string> = new Set();

/** What became different of an agent's states and of the revisions that its processes have applied. */
export interface StateChanges {
  /** Probes whose state differs in any process. */
  readonly states: ReadonlySet<string>;
  /** Nothing but {@link states} differs. */
  readonly isOnlyOfStates: boolean;
  /**
   * Whether a state of the probe, or whether a process has applied the probe's present form, differs.
   * @param wantedRevision the revision that brought the present form of the probe.
   */
  concerns(probeUID: string, wantedRevision: number): boolean;
}

/** @returns undefined when nothing differs. The cost is linear in the number of states of processes that differ. */
export function changesBetween(before: Stated, after: Stated): StateChanges | undefined {
  const isSameList = hasSameProcesses(before.processes, after.processes);
  const states = isSameList ? changedStatesOf(before.processes, after.processes) : NOTHING;
  const moves = movesOf(before, after);
  if (isSameList && states.size === 0 && moves === undefined) return undefined;
  return {
    states,
    isOnlyOfStates: isSameList && moves === undefined,
    concerns: (probeUID, wanted) =>
      !isSameList || states.has(probeUID) || moves?.some(({ from, to }) => from >= wanted !== to >= wanted) === true,
  };
}

function hasSameProcesses(before: readonly ProcessStates[], after: readonly ProcessStates[]): boolean {
  if (before === after) return true;
  return before.length === after.length && before.every(({ process }, index) => process === after[index]?.process);
}

/** Processes that have applied another revision. @returns undefined when there are none. */
function movesOf(before: Stated, after: Stated): Move[] | undefined {
  if (before.processes === after.processes && before.sentRevision === after.sentRevision) return undefined;
  let moves: Move[] | undefined;
  for (let index = 0; index < after.processes.length; index += 1) {
    const from = appliedOf(before, index);
    const to = appliedOf(after, index);
    if (from === undefined || to === undefined || from === to) continue;
    moves ??= [];
    moves.push({ from, to });
  }
  return moves;
}

/** The revision that the process has applied; negative infinity when that is none that was sent on this connection. */
function appliedOf({ processes, sentRevision }: Stated, index: number): number | undefined {
  const revision = processes[index]?.revision;
  if (revision === undefined) return undefined;
  return sentRevision === undefined || revision > sentRevision ? Number.NEGATIVE_INFINITY : revision;
}

function changedStatesOf(before: readonly ProcessStates[], after: readonly ProcessStates[]): ReadonlySet<string> {
  let changed: Set<string> | undefined;
  for (const [index, { probes: own }] of after.entries()) {
    const known = before[index]?.probes ?? [];
    if (known === own) continue;
    changed ??= new Set();
    if (known.length === own.length && known.every((state, at) => state.uid === own[at]?.uid)) {
      for (const [at, state] of own.entries()) if (state !== known[at]) changed.add(state.uid);
      continue;
    }
    const left = new Map<string, ProbeState>(known.map((state) => [state.uid, state]));
    for (const state of own) {
      if (state !== left.get(state.uid)) changed.add(state.uid);
      left.delete(state.uid);
    }
    for (const uid of left.keys()) changed.add(uid);
  }
  return changed ?? NOTHING;
}
