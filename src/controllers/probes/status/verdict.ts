import { isInCode } from '../../../api/instance-state.ts';
import { REASONS, type Reason } from '../../../api/reasons.ts';
import type { InstanceState, InstanceStatus } from '../../../api/status.ts';
import type { ProcessView } from '../../../gateway/fleet/fleet.ts';
import { timeOf } from '../../../kube/time.ts';
import type { ObservedPod } from '../../../pods/observed-pod.ts';
import type { PodDecision } from '../decide.ts';

/** One matched pod, with what was decided for it and what its agent reports. */
export interface MatchedPod {
  readonly pod: ObservedPod;
  readonly decision: PodDecision;
  readonly connected: boolean;
  /** The latest time at which its agent can have been connected; milliseconds since 1970. */
  readonly lastSeenTime: number;
  /** Whether its agent has not connected since the operator started; then lastSeenTime is that start. */
  readonly isUnseen?: boolean;
  /** Whether `processes` are from before the newest connection of its agent. */
  readonly isFromBefore?: boolean;
  /** Whether the agent, and each of its processes, has applied the desired set. */
  readonly acknowledged: boolean;
  /** Processes for which the probe is meant, with their states, which may be of another generation. */
  readonly processes: readonly ProcessView[];
  /** Name of the rules of redaction that are to be in force there; undefined for those that always are. */
  readonly redactionHash: string | undefined;
  /** The verdict from when the probe was planned. */
  readonly verdict?: PodVerdict;
}

/**
 * The state of the probe in one pod. Pods of which the same is said share one object (SharedValues), as there is one for each pod of each probe.
 */
export interface PodVerdict {
  readonly state: 'Armed' | 'Waiting' | 'Failed';
  readonly isSettled: boolean;
  /** Whether one thing is said of the pod itself, since it has no process or is not assigned the probe. */
  readonly isOfPod: boolean;
  /** What is said of each process, in the order of `MatchedPod.processes`, or of the pod itself. */
  readonly said: readonly Said[];
}

/** What is said of an instance beside which one it is. */
export type Said = Pick<
  InstanceStatus,
  'state' | 'reason' | 'message' | 'location' | 'placement' | 'sampledShare' | 'returnTime'
>;

const IN_DISTRESS: Reason = 'ProcessInDistress';
/** The beginning of the year 9999, in milliseconds since 1970: the latest time that is written into status. */
const LATEST = 253_370_764_800_000;

/** The verdict of the plan if there is one, else a new one. */
export function verdictOf(matched: MatchedPod, generation: number): PodVerdict {
  return matched.verdict ?? judgePod(matched, generation);
}

/** The state of the probe in one pod. A pod is armed as soon as one of its processes is: the others often only start processes. */
export function judgePod(matched: MatchedPod, generation: number): PodVerdict {
  const isOfPod = !matched.decision.assigned || matched.processes.length === 0;
  const said = saidOf(matched, isOfPod, generation);
  const has = (...states: InstanceState[]) => said.some(({ state }) => states.includes(state));
  // Over its budget, a probe comes back within seconds, so it counts as armed; in an overloaded process it stays out until the overload ends.
  const isSampled = said.some(({ state, reason }) => state === 'Suspended' && reason !== IN_DISTRESS);
  return {
    state: has('Armed') || isSampled ? 'Armed' : has('Failed') ? 'Failed' : 'Waiting',
    isSettled: !matched.decision.assigned || !matched.connected || (matched.acknowledged && !has('Pending')),
    isOfPod,
    said,
  };
}

function saidOf(matched: MatchedPod, isOfPod: boolean, generation: number): readonly Said[] {
  const { decision, connected, processes } = matched;
  const { state, reason, message = ageOf(matched) } = decision;
  const ofPod: Said = { state, reason, message };
  if (isOfPod) return [ofPod];
  return processes.map((view) => (connected ? ofProcess(view, generation, matched.redactionHash) : ofPod));
}

function ofProcess({ state, acknowledged }: ProcessView, generation: number, wanted: string | undefined): Said {
  if (state === undefined || state.generation !== generation || !acknowledged) {
    return { state: 'Pending', reason: 'Progressing' satisfies Reason };
  }
  const { reason, message, location, placement, returnTime, cost } = state;
  // Armed under other rules it is not: it may show what is to be hidden.
  if (isInCode(state.state) && state.redactionHash !== wanted) {
    return { state: 'Pending', reason: 'RedactionPending' satisfies Reason, message: REASONS.RedactionPending.means };
  }
  const isWhole = state.state === 'Armed' && reason === 'Armed';
  return {
    state: state.state,
    reason,
    message,
    location,
    placement,
    sampledShare: isWhole || cost?.sampledShare === undefined ? undefined : Number(cost.sampledShare.toPrecision(2)),
    returnTime: state.state === 'Suspended' && returnTime !== undefined ? toSeconds(returnTime) : undefined,
  };
}

/** ISO 8601, rounded up. Undefined for a time that a process made up and that cannot be written. */
function toSeconds(time: number): string | undefined {
  return time > LATEST ? undefined : timeOf(Math.ceil(time / 1000) * 1000);
}

/** For a pod whose agent is not connected: how old the information about it is. */
function ageOf({ pod, decision, lastSeenTime, isUnseen }: MatchedPod): string | undefined {
  if (decision.reason !== 'AgentDisconnected') return undefined;
  if (isUnseen !== true) return `Last heard of at ${toSeconds(lastSeenTime)}; what is shown is from then.`;
  const created = Date.parse(pod.metadata.creationTimestamp ?? '');
  if (created > lastSeenTime) return `Not heard of since the pod was made at ${toSeconds(created)}.`;
  return `Not heard of since the operator started at ${toSeconds(lastSeenTime)}; what is shown is from before.`;
}
