import type { Target } from '../../api/probe.ts';
import { REASONS, type Reason } from '../../api/reasons.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';
import type { ProbeFacts, Refusal } from '../../policy/decider.ts';
import { refusalOf } from '../../policy/deciders.ts';

/** Whether the probe should be in any process at all. */
export type Lifecycle = { readonly active: true } | ({ readonly active: false } & Refusal);

export function decideLifecycle(facts: ProbeFacts): Lifecycle {
  const refusal = refusalOf(facts);
  return refusal === undefined ? { active: true } : { active: false, ...refusal };
}

/** What is known of the agent of a pod. */
export interface AgentFacts {
  readonly connected: boolean;
  /** Container of each process that announced itself. */
  readonly processContainers: readonly (string | undefined)[];
}

/** What the operator knows of a pod beside its agent's own words. */
export interface PodFacts {
  /** The agent of the pod was made to trust another authority than the one from which the gateway's certificate comes. */
  readonly isDistrusting?: boolean;
  readonly whyNotInjected?: WhyNotInjected;
}

/** `assigned`: the probe is in the desired set of the pod. `state` is that of the pod as long as no process says more. */
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

/** Why a pod that has no agent has none. */
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
  const announced = [...new Set((agent?.processContainers ?? []).filter((name) => name !== undefined))].sort();
  const candidates = wanted === undefined ? pod.containers : [wanted];
  const skipped = pod.injection?.skipped.filter(({ container }) => candidates.includes(container)) ?? [];
  if (skipped.length === candidates.length && skipped[0] !== undefined && announced.length === 0) {
    const { container, reason } = skipped[0];
    return failed(reason, `Container ${container} was left alone when the pod was created. ${REASONS[reason].do}`);
  }
  if (!pod.hasAgent && agent === undefined) {
    const { reason, message } = (facts.whyNotInjected ?? NEVER_ASKED)(pod);
    return failed(reason, message);
  }
  if (agent === undefined || !agent.connected) {
    // Its processes may still have the probe, and an authority from a backup lets it in again.
    if (facts.isDistrusting === true) {
      const { means, do: next } = REASONS.AgentDistrustsGateway;
      return { assigned: true, state: 'Failed', reason: 'AgentDistrustsGateway', message: `${means} ${next}` };
    }
    // Assigned all the same: the agent keeps what it has while it is away, and must find it again when it is back.
    return { assigned: true, state: 'Waiting', reason: 'AgentDisconnected' };
  }
  if (wanted === undefined && announced.length > 1) {
    return failed('AmbiguousContainer', `Containers ${list(announced)} run a known runtime; name one of them.`);
  }
  const reached = agent.processContainers.some((name) => wanted === undefined || name === undefined || name === wanted);
  if (!reached) return { assigned: true, state: 'Waiting', reason: 'NoSupportedRuntime' };
  return { assigned: true, state: 'Pending', reason: 'Progressing' };
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
