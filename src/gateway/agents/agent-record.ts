import type { AgentToGateway, ProcessStates } from '../../protocol/gateway-messages.ts';
import { ENFORCEMENTS, type Enforcement, knownEnforcement } from '../../protocol/needed-enforcement.ts';
import type { Result } from '../../protocol/result.ts';
import type { ProbeState, ProcessInfo } from '../../protocol/state.ts';
import { isSameJson } from '../fleet/same-json.ts';
import type { PodIdentity } from './identity.ts';

type Frame<Type extends AgentToGateway['type']> = Extract<AgentToGateway, { type: Type }>;

/** Processes whose description is kept, since results may come after they ended. */
const REMEMBERED_PROCESSES = 128;

/** Probes whose drops are kept; bounded, because an agent can name as many as it likes. */
const REMEMBERED_DROPS = 1000;

/**
 * What is known of one pod's agent. It outlives the connection, so that an agent that comes back is recognized:
 * results that it repeats are not counted twice, and the counts of a restarted agent, which begin at 0, are added to the old ones.
 */
export class AgentRecord {
  readonly identity: PodIdentity;
  /** The revision that the agent holds; undefined before its first states on this connection. */
  revision: number | undefined;
  /** The newest revision that was sent on this connection; acknowledgments of anything else mean nothing. */
  sentRevision: number | undefined;
  processes: readonly ProcessStates[] = [];
  /** What its newest hello declares. Before the first one it gets nothing, and counts as one of this version, so that one that is makes no news. */
  enforces: readonly Enforcement[] = ENFORCEMENTS;
  /** Milliseconds since 1970 when the connection began. */
  connectedAt = 0;
  /** Milliseconds since 1970 of its last sign of life. */
  heardAt = 0;
  /** Whether the open connection has carried nothing since {@link heardAt}: the agent hangs, or the network is cut. */
  isSilent = false;
  /** Milliseconds since 1970 when the connection ended. */
  disconnectedAt: number | undefined;
  #agentID: string | undefined;
  #lastNumber = 0;
  /** Where the next search for a state begins. */
  #nextState = 0;
  readonly #known = new Map<string, ProcessInfo>();
  readonly #dropped = new Map<string, number>();
  readonly #droppedByEarlierAgents = new Map<string, number>();

  constructor(identity: PodIdentity) {
    this.identity = identity;
  }

  /** A new connection begins: what was acknowledged on the one before does not count. */
  reconnected(now: number): void {
    this.connectedAt = now;
    this.heardAt = now;
    this.isSilent = false;
    this.revision = undefined;
    this.sentRevision = undefined;
    this.disconnectedAt = undefined;
  }

  /**
   * Whether a process with revision `applied` has what revision `wanted` brought. Revisions that were never sent on this connection come from
   * another operator and say nothing about the desired state.
   */
  hasApplied(applied: number | undefined, wanted: number): boolean {
    const { sentRevision } = this;
    return applied !== undefined && sentRevision !== undefined && applied >= wanted && applied <= sentRevision;
  }

  /** Takes the hello of an agent. @returns whether it is another agent than before, and whether {@link enforces} is another. */
  hello({ agentID, enforces }: Pick<Frame<'hello'>, 'agentID' | 'enforces'>): {
    isOther: boolean;
    isOtherEnforcement: boolean;
  } {
    const before = this.enforces;
    this.enforces = knownEnforcement(enforces);
    const isOtherEnforcement = !isSameJson(this.enforces, before);
    if (agentID === this.#agentID) return { isOther: false, isOtherEnforcement };
    const isOther = this.#agentID !== undefined;
    this.#agentID = agentID;
    this.#lastNumber = 0;
    for (const [uid, count] of this.#dropped) {
      this.#droppedByEarlierAgents.set(uid, (this.#droppedByEarlierAgents.get(uid) ?? 0) + count);
    }
    this.#dropped.clear();
    cut(this.#droppedByEarlierAgents, REMEMBERED_DROPS);
    return { isOther, isOtherEnforcement };
  }

  states(revision: number, processes: readonly ProcessStates[]): void {
    this.revision = revision;
    if (processes === this.processes) return;
    this.processes = processes;
    for (const { process } of processes) {
      this.#known.delete(process.instanceID);
      this.#known.set(process.instanceID, process);
    }
    cut(this.#known, REMEMBERED_PROCESSES);
  }

  /**
   * The probe's state among those of one process. Readers ask for one probe after the other, mostly in the order of the states, so the search
   * goes on where the last one ended.
   */
  stateIn(states: readonly ProbeState[], probeUID: string): ProbeState | undefined {
    for (let searched = 0; searched < states.length; searched += 1) {
      if (this.#nextState >= states.length) this.#nextState = 0;
      const state = states[this.#nextState];
      if (state?.uid === probeUID) return state;
      this.#nextState += 1;
    }
    return undefined;
  }

  /** @returns the results of the frame that have not been seen before. */
  results(frame: Frame<'results'>): Result[] {
    const fresh = frame.results.slice(Math.max(0, this.#lastNumber + 1 - frame.first));
    this.#lastNumber = Math.max(this.#lastNumber, frame.first + frame.results.length - 1);
    return fresh;
  }

  /** The number of the newest result that was received. */
  get receivedThrough(): number {
    return this.#lastNumber;
  }

  /** @returns the probes whose count changed. */
  drops(frame: Frame<'dropped'>): string[] {
    const changed: string[] = [];
    for (const { uid, count } of frame.probes) {
      if (count <= (this.#dropped.get(uid) ?? 0)) continue;
      this.#dropped.set(uid, count);
      changed.push(uid);
    }
    cut(this.#dropped, REMEMBERED_DROPS);
    return changed;
  }

  droppedOf(probeUID: string): number {
    return (this.#dropped.get(probeUID) ?? 0) + (this.#droppedByEarlierAgents.get(probeUID) ?? 0);
  }

  /** The probe is no longer desired: forgets its counts. */
  forgetProbe(probeUID: string): void {
    this.#droppedByEarlierAgents.delete(probeUID);
  }

  /** Processes by instanceID, also some that have ended since. */
  knownProcesses(): ReadonlyMap<string, ProcessInfo> {
    return this.#known;
  }
}

/** Drops the oldest entries until at most `size` are left. */
function cut(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}
