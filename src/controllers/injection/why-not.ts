import { INJECT_LABEL } from '../../admission/names.ts';
import { REASONS, type Reason } from '../../api/reasons.ts';
import type { ObservedPod } from '../observed-pod.ts';

/** What decides over all pods whether they get an agent. */
export interface InjectionFacts {
  /** The chart's `injection.enabled`. */
  readonly isEnabled: boolean;
  readonly excludedNamespaces: readonly string[];
  /** Whether an image for the agent is known to run. */
  hasImage(): boolean;
}

/** Why a pod that has no agent has none, and what helps: the first that applies, in the order in which it must be mended. */
export function whyNotInjected(pod: ObservedPod, facts: InjectionFacts): { reason: Reason; message: string } {
  const { namespace, labels } = pod.metadata;
  if (!facts.isEnabled) return say('InjectionOff');
  if (facts.excludedNamespaces.includes(namespace)) return say('NamespaceExcluded', `Namespace ${namespace}: `);
  if (labels[INJECT_LABEL] === 'false') {
    return say('NotInjected', `The pod has the label ${INJECT_LABEL}=false. `);
  }
  return say(facts.hasImage() ? 'NotInjected' : 'AgentImageNotRunning');
}

const say = (reason: Reason, first = ''): { reason: Reason; message: string } => ({
  reason,
  message: `${first}${REASONS[reason].means} ${REASONS[reason].do}`,
});
