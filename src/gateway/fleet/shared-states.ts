import type { ProcessStates } from '../../protocol/gateway-messages.ts';
import type { ProbeState, ProcessInfo } from '../../protocol/state.ts';
import { isSameJson } from './same-json.ts';

/**
 * Gives equal states one object, and so makes the comparison of a frame with the one before cheap: what has not changed is the same object.
 * Most processes report the same of a probe, so that 200,000 states, of ten thousand pods with twenty probes each, are a few thousand.
 */
export class SharedStates {
  /** What one process reported of the probe, by its UID. One without hits, if there is any: those with hits are rarely equal. */
  readonly #byProbe = new Map<string, ProbeState>();
  #lastProcess: ProcessInfo | undefined;

  /**
   * @param now what an agent reports; its states are of probes that exist.
   * @param before what it reported the last time.
   * @returns `now` with the objects of `before` for all that is equal, `before` itself if nothing changed. Each probe has one state
   * in each process, which is the first one.
   */
  share(now: readonly ProcessStates[], before: readonly ProcessStates[]): readonly ProcessStates[] {
    let isSame = now.length === before.length;
    const shared = now.map((one, index) => {
      const known = before[index]?.process.instanceID === one.process.instanceID ? before[index] : find(before, one);
      const result = this.#shareProcess(one, known);
      if (result !== before[index]) isSame = false;
      return result;
    });
    return isSame ? before : shared;
  }

  /** To be called when no pod has the probe any more. */
  forget(probeUID: string): void {
    this.#byProbe.delete(probeUID);
  }

  #shareProcess(one: ProcessStates, known: ProcessStates | undefined): ProcessStates {
    const process = known !== undefined && isSameJson(one.process, known.process) ? known.process : one.process;
    if (process === one.process) this.#shareParts(process);
    const probes = this.#shareStates(one.probes, known?.probes ?? []);
    if (known?.process === process && known.probes === probes && known.revision === one.revision) return known;
    return { process, revision: one.revision, probes };
  }

  #shareStates(now: ProbeState[], before: ProbeState[]): ProbeState[] {
    const isSameOrder = now.length === before.length && now.every(({ uid }, at) => uid === before[at]?.uid);
    const list = isSameOrder ? now : firstOfEach(now);
    const known = isSameOrder ? undefined : new Map(before.map((state) => [state.uid, state]));
    let isSame = isSameOrder;
    const shared = list.map((state, at) => {
      const result = this.#shareState(state, known === undefined ? before[at] : known.get(state.uid));
      if (result !== before[at]) isSame = false;
      return result;
    });
    return isSame ? before : shared;
  }

  #shareState(state: ProbeState, before: ProbeState | undefined): ProbeState {
    if (before !== undefined && isSameJson(state, before)) return before;
    const other = this.#byProbe.get(state.uid);
    if (other !== undefined && isSameJson(state, other)) return other;
    if (other === undefined || state.hits === 0) this.#byProbe.set(state.uid, state);
    shareParts(state, before);
    shareParts(state, other);
    return state;
  }

  /** Processes differ, but hardly in what runs in them. */
  #shareParts(process: ProcessInfo): void {
    const last = this.#lastProcess;
    this.#lastProcess = process;
    if (last === undefined) return;
    if (process.containerName !== undefined && process.containerName === last.containerName)
      process.containerName = last.containerName;
    if (process.language === last.language) process.language = last.language;
    if (process.languageVersion === last.languageVersion) process.languageVersion = last.languageVersion;
    if (process.runtimeVersion === last.runtimeVersion) process.runtimeVersion = last.runtimeVersion;
    if (isSameJson(process.placements, last.placements)) process.placements = last.placements;
    if (process.enforces !== undefined && isSameJson(process.enforces, last.enforces)) process.enforces = last.enforces;
    if (process.command === last.command) process.command = last.command;
  }
}

function find(processes: readonly ProcessStates[], { process }: ProcessStates): ProcessStates | undefined {
  return processes.find((one) => one.process.instanceID === process.instanceID);
}

/** An agent may name a probe twice in one process. */
function firstOfEach(states: ProbeState[]): ProbeState[] {
  const first = new Map<string, ProbeState>();
  for (const state of states) if (!first.has(state.uid)) first.set(state.uid, state);
  return first.size === states.length ? states : [...first.values()];
}

/** Replaces texts, counts and costs of `state` by equal ones of `other`. */
function shareParts(state: ProbeState, other: ProbeState | undefined): void {
  if (other === undefined) return;
  state.uid = other.uid;
  if (state.message !== undefined && state.message === other.message) state.message = other.message;
  if (state.location !== undefined && state.location === other.location) state.location = other.location;
  if (isSameJson(state.dropped, other.dropped)) state.dropped = other.dropped;
  if (state.cost !== undefined && isSameJson(state.cost, other.cost)) state.cost = other.cost;
}
