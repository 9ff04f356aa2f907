import { REASONS, type Reason } from '../../api/reasons.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';
import { INJECT_LABEL } from '../../pods/well-known-names.ts';

/** The facts beyond the pod itself that decide whether it gets an agent. */
export interface InjectionFacts {
  /** The chart's `injection.enabled`. */
  readonly isEnabled: boolean;
  readonly excludedNamespaces: readonly string[];
  /** Davylamp's labels of a namespace; undefined while they are not known. */
  labelsOf(namespace: string): Readonly<Record<string, string>> | undefined;
  /** Whether an image for the agent is known to run. */
  hasImage(): boolean;
}

/** Why a pod has no agent, and what to do: the first reason that applies, in the order in which they must be mended. */
export function whyNotInjected(pod: ObservedPod, facts: InjectionFacts): { reason: Reason; message: string } {
  const { namespace, labels } = pod.metadata;
  if (!facts.isEnabled) return say('InjectionOff');
  if (facts.excludedNamespaces.includes(namespace)) return say('NamespaceExcluded', `Namespace ${namespace}: `);
  if (labels[INJECT_LABEL] === 'false') {
    return say('NotInjected', `The pod has the label ${INJECT_LABEL}=false. `);
  }
  if (!facts.hasImage()) return say('AgentImageNotRunning');
  const owner = labels[INJECT_LABEL] === 'true' ? 'pod' : 'namespace';
  const asks = owner === 'pod' || facts.labelsOf(namespace)?.[INJECT_LABEL] === 'true';
  if (!asks) return say('NotInjected');
  // The label may have been set after the pod was created, or the API server could not reach the webhook and ignored it.
  const missed = `its ${owner === 'pod' ? 'template' : 'namespace'} was not labeled yet or the API server could not reach the webhook`;
  return {
    reason: 'NotInjected',
    message: `The pod was started without the agent: the ${owner} has the label ${INJECT_LABEL}=true, so when the pod was created ${missed}. Restart the workload once.`,
  };
}

const say = (reason: Reason, first = ''): { reason: Reason; message: string } => ({
  reason,
  message: `${first}${REASONS[reason].means} ${REASONS[reason].do}`,
});
