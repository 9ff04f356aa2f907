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
  /** Milliseconds since 1970 when the newest connection began. */
  readonly connectedAt: number;
  /** When the connection ended or the agent fell silent, milliseconds since 1970; undefined while it is connected. */
  readonly disconnectedAt: number | undefined;
  /** The agent holds the set that is desired now, and every process has applied it. */
  readonly acknowledged: boolean;
  /** When the agent is not connected, the last known ones. */
  readonly processes: readonly ProcessView[];
}

export interface PodRecordView extends PodView {
  /** The pod's processes, each with its state of one probe, which may be about an older generation. */
  forProbe(probeUID: string): ProcessView[];
}

/** @param isOpen whether a connection of the agent is open, even if the agent does not answer. */
export function viewOf(agent: AgentRecord, desired: PodDesiredState, isOpen: boolean): PodRecordView {
  const { revision } = desired;
  const hasApplied = (applied: number | undefined, wanted: number) => isOpen && agent.hasApplied(applied, wanted);
  return {
    identity: agent.identity,
    connected: isOpen && !agent.isSilent,
    connectedAt: agent.connectedAt,
    disconnectedAt: agent.isSilent ? agent.heardAt : agent.disconnectedAt,
    acknowledged: [agent, ...agent.processes].every((one) => hasApplied(one.revision, revision)),
    processes: agent.processes.map(({ process, revision: applied }) => ({
      process,
      acknowledged: hasApplied(applied, revision),
    })),
    forProbe: (probeUID) => {
      const wanted = desired.revisionOf(probeUID);
      return agent.processes.map(({ process, revision: applied, probes }) => ({
        process,
        acknowledged: hasApplied(applied, wanted),
        state: probes.find((state) => state.uid === probeUID),
      }));
    },
  };
}
