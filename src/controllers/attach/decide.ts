import { REASONS, type Reason } from '../../api/reasons.ts';
import { type AttachedAgent, liveAgent } from '../../pods/attached-agent.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';
import { KILLED_REASON } from '../../protocol/termination-message.ts';
import { parseTermination } from './termination.ts';

/** Something that kept the operator from adding an agent, or from handing it its credential. */
export interface AttachProblem {
  readonly reason: Extract<Reason, 'AttachForbidden' | 'AttachFailed' | 'Attaching'>;
  readonly message: string;
  /** The agent that it was about; undefined while there was none. */
  readonly agent?: string;
  /** When it is tried again, milliseconds since 1970. */
  readonly retryTime: number;
}

/** What is known of the pod's agent. */
export interface AgentFacts {
  readonly pod: ObservedPod;
  readonly problem?: AttachProblem;
  /** When the present agent was seen first, milliseconds since 1970; undefined when there is none. */
  readonly seenTime?: number;
  /** When the present agent got its credential, milliseconds since 1970; undefined when it has not. */
  readonly enrolledTime?: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface AttachFacts extends AgentFacts {
  /** The container whose processes probes want to be in; undefined when none is wanted. */
  readonly wanted: string | undefined;
  /** Whether the pod's agent is connected to the gateway. */
  readonly isConnected: boolean;
  readonly isPermitted: boolean;
}

/** What is to be done about the pod now. `Wait`: look again then, if nothing happens before; milliseconds since 1970. */
export type AttachStep =
  | { readonly do: 'Nothing' }
  | { readonly do: 'Wait'; readonly until: number }
  | { readonly do: 'Add'; readonly target: string }
  | { readonly do: 'Enroll'; readonly agent: AttachedAgent };

/** What a probe shows of the pod while its agent is not connected. */
export interface AttachState {
  readonly state: 'Waiting' | 'Failed';
  readonly reason: Reason;
  readonly message: string;
}

/** Agents that a pod may have had: each stays in its spec for ever. */
export const MAX_ATTACHED = 20;
/** An agent that has its credential connects within so long, or gets another one. */
export const CONNECT_MS = 20_000;
/** After so long a container that the kubelet has not started is told of. */
export const START_MS = 20_000;
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;

/** How long to wait after so many failures in a row before: twice as long each time, five minutes at most. */
export function retryMs(firstMs: number, before: number): number {
  return Math.min(LONGEST_RETRY_MS, firstMs * 2 ** before);
}

/** Decides for a pod that was not injected what is done, by the first of these that applies. Pure. */
export function decideAttach(facts: AttachFacts): AttachStep {
  const { pod, wanted, isConnected, isPermitted, problem, seenTime = facts.now, enrolledTime, now } = facts;
  if (isConnected) return { do: 'Nothing' };
  const live = liveAgent(pod.attachedAgents);
  if (live !== undefined) {
    if (problem !== undefined && problem.retryTime > now) return { do: 'Wait', until: problem.retryTime };
    if (enrolledTime === undefined && wasConnected(pod) && now < seenTime + CONNECT_MS) {
      // An earlier operator has enrolled it, and it comes back by itself.
      return { do: 'Wait', until: seenTime + CONNECT_MS };
    }
    if (enrolledTime === undefined) return { do: 'Enroll', agent: live };
    // It is on its way. An agent that has used a credential ignores another one.
    const until = enrolledTime + CONNECT_MS;
    return until > now ? { do: 'Wait', until } : { do: 'Enroll', agent: live };
  }
  const target = wanted ?? leftOpen(pod);
  if (target === undefined || !isPermitted || isUsedUp(pod)) return { do: 'Nothing' };
  const retry = Math.max(problem?.retryTime ?? 0, retryTimeOf(pod.attachedAgents ?? []));
  return retry > now ? { do: 'Wait', until: retry } : { do: 'Add', target };
}

/** What is to be said of the pod, whose agent is not connected and which may have one. */
export function attachState({ pod, problem, seenTime, now }: AgentFacts): AttachState {
  const live = liveAgent(pod.attachedAgents);
  if (live?.problem !== undefined) return failed(`The container ${live.name} does not start: ${live.problem}`);
  if (live === undefined && isUsedUp(pod)) {
    return failed(
      `${MAX_ATTACHED} agents were added to this pod already, and each stays in its spec; restart it once.`,
    );
  }
  if (problem !== undefined && problem.reason !== 'Attaching') {
    return { state: 'Failed', reason: problem.reason, message: problem.message };
  }
  if (live?.state === 'Waiting' && seenTime !== undefined && now - seenTime > START_MS) {
    return failed(`The kubelet has not started the container ${live.name} for ${START_MS / 1000} s.`);
  }
  if (live !== undefined && wasConnected(pod)) {
    return { state: 'Waiting', reason: 'AgentDisconnected', message: REASONS.AgentDisconnected.means };
  }
  // A failure stays to be seen while the next agent is tried, so that status does not change all the time.
  const last = pod.attachedAgents?.at(live === undefined ? -1 : -2);
  if (last !== undefined && isFailure(last))
    return failed(`${whyEnded(last)}${live ? ` ${live.name} is tried now.` : ''}`);
  const message = last?.isEndedWithTarget ? `${withTarget(last)} Another one is added.` : REASONS.Attaching.means;
  return { state: 'Waiting', reason: 'Attaching', message: problem?.message ?? message };
}

const failed = (message: string): AttachState => ({ state: 'Failed', reason: 'AttachFailed', message });

/**
 * The container in which an inspector may be open, because the last agent was killed while it entered: another one closes it, also while no
 * probe is wanted. Undefined where none is, or its processes have ended.
 */
function leftOpen({ attachedAgents }: ObservedPod): string | undefined {
  const last = attachedAgents?.at(-1);
  if (last === undefined || !isFailure(last)) return undefined;
  const told = parseTermination(last.termination);
  return told?.reason === KILLED_REASON && told.signalled !== undefined ? last.target : undefined;
}

/** Whether the pod's agent has been connected before, by the condition that the operator wrote. */
const wasConnected = ({ attachedCondition }: ObservedPod): boolean => attachedCondition?.status === 'True';

const isUsedUp = ({ attachedAgents }: ObservedPod): boolean => (attachedAgents?.length ?? 0) >= MAX_ATTACHED;

const isFailure = ({ exitCode, isEndedWithTarget }: AttachedAgent): boolean =>
  exitCode !== 0 && isEndedWithTarget !== true;

/** Whether it only found out which user the processes have, which the next one then is. */
const asksForUser = (agent: AttachedAgent | undefined): boolean =>
  parseTermination(agent?.termination)?.user !== undefined;

/** What is said of an agent that ended with its target's container. */
export function withTarget({ name, target }: Pick<AttachedAgent, 'name' | 'target'>): string {
  return `The agent in container ${name} ended with container ${target}, which has ended or started anew.`;
}

function whyEnded({ name, termination, exitCode }: AttachedAgent): string {
  const told = parseTermination(termination)?.message;
  const why = told ?? `exit code ${exitCode}, which says no more; see kubectl logs POD -c ${name}`;
  return `The agent ${name} ended: ${why.replace(/\.$/, '')}.`;
}

/** When the next agent may be added: at once after one that did its work, later and later after failures in a row. */
function retryTimeOf(agents: readonly AttachedAgent[]): number {
  // Who asks for another user twice in a row gets nowhere.
  const works = (agent: AttachedAgent, index: number): boolean =>
    agent.exitCode === 0 && !(asksForUser(agent) && asksForUser(agents[index - 1]));
  const failures = agents.length - 1 - agents.findLastIndex(works);
  const endedTime = agents.at(-1)?.endedTime;
  if (failures === 0 || endedTime === undefined) return 0;
  return endedTime + retryMs(FIRST_RETRY_MS, failures - 1);
}
