import type { Target } from '../../api/probe.ts';
import { REASONS, type Reason } from '../../api/reasons.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';
import type { ProbeFacts, Refusal } from '../../policy/rule.ts';
import { refusalOf } from '../../policy/rules.ts';
import { describeEnforcement, type Enforcement } from '../../protocol/needed-enforcement.ts';
import type { AttachView } from '../attach/view.ts';

/** Whether the probe should be in any process at all. */
export type Lifecycle = { readonly active: true } | ({ readonly active: false } & Refusal);

export function decideLifecycle(facts: ProbeFacts): Lifecycle {
  const refusal = refusalOf(facts);
  return refusal === undefined ? { active: true } : { active: false, ...refusal };
}

/** The facts about a pod's agent on which the decision depends. */
export interface AgentFacts {
  readonly connected: boolean;
  /** Container of each process that has connected to the agent; undefined for one that does not know its own. */
  readonly processContainers: readonly (string | undefined)[];
  /** What the probe needs and the agent does not enforce, being of an older version. */
  readonly lacks?: readonly Enforcement[];
}

/** The facts about a pod that do not come from its agent. */
export interface PodFacts {
  /** Whether the pod's agent trusts no authority of the gateway's certificate. */
  readonly isDistrusting?: boolean;
  readonly whyNotInjected?: WhyNotInjected;
  /** Whether and how an agent comes into the pod while it runs; undefined where nothing adds one. */
  readonly attach?: AttachView;
}

/** `assigned`: the probe is in the desired set of the pod. `state` is shown for the pod until its processes report theirs. */
export interface PodDecision {
  readonly assigned: boolean;
  readonly state: 'Pending' | 'Waiting' | 'Failed';
  readonly reason: Reason;
  readonly message?: string;
}

const failed = (reason: Reason, message: string): PodDecision => ({
  assigned: false,
  state: 'Failed',
  reason,
  message,
});

/** Why a pod has no agent. */
export type WhyNotInjected = (pod: ObservedPod) => { readonly reason: Reason; readonly message: string };

const NEVER_ASKED: WhyNotInjected = () => ({
  reason: 'NotInjected',
  message: `${REASONS.NotInjected.means} ${REASONS.NotInjected.do}`,
});

/** What becomes of an active probe in one running pod that its target matches. */
export function decidePod(
  target: Target,
  pod: ObservedPod,
  agent: AgentFacts | undefined,
  facts: PodFacts = {},
): PodDecision {
  const wanted = target.containerName;
  if (wanted !== undefined && !pod.containers.includes(wanted)) {
    return failed('ContainerNotFound', `The pod has no container ${wanted}; it has ${list(pod.containers)}.`);
  }
  if (agent?.connected === true && agent.lacks !== undefined && agent.lacks.length > 0) {
    const what = `The agent of the pod is of an older version and does not enforce ${describeEnforcement(agent.lacks)}.`;
    return failed('AgentTooOld', `${what} ${REASONS.AgentTooOld.do}`);
  }
  if (!pod.isInjected && facts.attach?.isPermitted === true) {
    const decided = decideAttached(pod, agent, facts.attach);
    if (decided !== undefined) return decided;
  }
  const announced = [...new Set((agent?.processContainers ?? []).filter((name) => name !== undefined))].sort();
  const candidates = wanted === undefined ? pod.containers : [wanted];
  const skipped = pod.injection?.skipped.filter(({ container }) => candidates.includes(container)) ?? [];
  if (skipped.length === candidates.length && skipped[0] !== undefined && announced.length === 0) {
    const { container, reason } = skipped[0];
    return failed(reason, `Container ${container} was left alone when the pod was created. ${REASONS[reason].do}`);
  }
  const isForbidden = !pod.isInjected && facts.attach?.isPermitted === false;
  if ((!pod.hasAgent && agent === undefined) || isForbidden) {
    const { reason, message } = (facts.whyNotInjected ?? NEVER_ASKED)(pod);
    return failed(reason, facts.attach?.isPermitted === false ? `${message} ${facts.attach.why}` : message);
  }
  if (agent === undefined || !agent.connected) {
    // Assigned, since its processes may still have the probe, and the agent can connect again once the authority is restored from a backup.
    if (facts.isDistrusting === true) {
      const { means, do: next } = REASONS.AgentDistrustsGateway;
      return { assigned: true, state: 'Failed', reason: 'AgentDistrustsGateway', message: `${means} ${next}` };
    }
    // Assigned, since the agent keeps its probes while it is not connected, and they must still be desired when it is back.
    return { assigned: true, state: 'Waiting', reason: 'AgentDisconnected' };
  }
  if (wanted === undefined && announced.length > 1) {
    return failed('AmbiguousContainer', `Containers ${list(announced)} run a known runtime; name one of them.`);
  }
  const reached = agent.processContainers.some((name) => wanted === undefined || name === undefined || name === wanted);
  if (!reached) return { assigned: true, state: 'Waiting', reason: 'NoSupportedRuntime' };
  return { assigned: true, state: 'Pending', reason: 'Progressing' };
}

/** What becomes of a probe in a pod that may get its agent while it runs; undefined when that agent is connected, as any other may be. */
function decideAttached(
  pod: ObservedPod,
  agent: AgentFacts | undefined,
  { container, entered, state }: Extract<AttachView, { isPermitted: true }>,
): PodDecision | undefined {
  if (entered === undefined && agent?.connected === true) return undefined;
  if (container === undefined) {
    const message = `An agent that is added while the pod runs enters one of ${list([...pod.containers].sort())}; name it in spec.target.containerName.`;
    return failed('AmbiguousContainer', message);
  }
  if (entered !== undefined && entered !== container) {
    const message = `The pod's agent is in container ${entered}. ${REASONS.AttachedElsewhere.do}`;
    return { assigned: false, state: 'Waiting', reason: 'AttachedElsewhere', message };
  }
  if (agent?.connected === true) {
    if (agent.processContainers.length > 0) return undefined;
    // It says of each process whether it could be entered, so while it says nothing it is at it.
    return { assigned: true, state: 'Pending', reason: 'Attaching', message: 'The agent is entering the processes.' };
  }
  // Assigned, as this is what the agent is added for.
  return { assigned: true, ...state };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
