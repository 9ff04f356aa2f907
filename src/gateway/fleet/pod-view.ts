import type { Enforcement } from '../../protocol/needed-enforcement.ts';
import type { ProbeState, ProcessInfo } from '../../protocol/state.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import type { PodIdentity } from '../agents/identity.ts';
import type { PodDesiredState } from './pod-desired-state.ts';

/** One process of a pod. From `forProbe` with the state of that probe, once the process has reported one. */
export interface ProcessView {
  readonly process: ProcessInfo;
  /** The process has applied the present desired set (from `forProbe`: what that set says about the probe). */
  readonly acknowledged: boolean;
  readonly state?: ProbeState;
}

/** One pod whose agent has connected at least once since the operator started. */
export interface PodView {
  readonly identity: PodIdentity;
  /** The agent is connected and answers. */
  readonly connected: boolean;
  /** The agent has said on the newest connection what its processes have; what is known else is from before. */
  readonly hasReported: boolean;
  /** Milliseconds since 1970 when the newest connection began. */
  readonly connectedAt: number;
  /** When the connection ended or the agent fell silent, milliseconds since 1970; undefined while it is connected. */
  readonly disconnectedAt: number | undefined;
  /** The agent holds the set that is desired now, and every process has applied it. */
  readonly acknowledged: boolean;
  /** What the agent enforces (needed-enforcement.ts), as it said last; everything while it has never said, since it gets nothing before. */
  readonly enforces: readonly Enforcement[];
  /** When the agent is not connected, the last known ones. */
  readonly processes: readonly ProcessView[];
}

export interface PodRecordView extends PodView {
  /** The pod's processes, each with its state of one probe, which may be about an older generation. */
  forProbe(probeUID: string): ProcessView[];
}

/** Made for each reading, so nothing is computed that is not read. It shows what is known when a member is read, not when it was made. */
export class AgentView implements PodRecordView {
  readonly #agent: AgentRecord;
  readonly #desired: PodDesiredState;
  readonly #isOpen: boolean;

  /** @param isOpen whether a connection of the agent is open, even if the agent does not answer. */
  constructor(agent: AgentRecord, desired: PodDesiredState, isOpen: boolean) {
    this.#agent = agent;
    this.#desired = desired;
    this.#isOpen = isOpen;
  }

  get identity(): PodIdentity {
    return this.#agent.identity;
  }

  get connected(): boolean {
    return this.#isOpen && !this.#agent.isSilent;
  }

  get hasReported(): boolean {
    return this.#agent.revision !== undefined;
  }

  get connectedAt(): number {
    return this.#agent.connectedAt;
  }

  get disconnectedAt(): number | undefined {
    return this.#agent.isSilent ? this.#agent.heardAt : this.#agent.disconnectedAt;
  }

  get acknowledged(): boolean {
    const { revision } = this.#desired;
    const { processes } = this.#agent;
    return (
      this.#hasApplied(this.#agent.revision, revision) &&
      processes.every((one) => this.#hasApplied(one.revision, revision))
    );
  }

  get enforces(): readonly Enforcement[] {
    return this.#agent.enforces;
  }

  get processes(): readonly ProcessView[] {
    const { revision } = this.#desired;
    return this.#agent.processes.map(({ process, revision: applied }) => ({
      process,
      acknowledged: this.#hasApplied(applied, revision),
    }));
  }

  forProbe(probeUID: string): ProcessView[] {
    const wanted = this.#desired.revisionOf(probeUID);
    return this.#agent.processes.map(({ process, revision: applied, probes }) => ({
      process,
      acknowledged: this.#hasApplied(applied, wanted),
      state: this.#agent.stateIn(probes, probeUID),
    }));
  }

  #hasApplied(applied: number | undefined, wanted: number): boolean {
    return this.#isOpen && this.#agent.hasApplied(applied, wanted);
  }
}
