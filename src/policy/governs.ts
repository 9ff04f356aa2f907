import { selectorMatches } from '../api/label-selector.ts';
import type { PolicyView } from './policy-view.ts';

type Labels = Readonly<Record<string, string>>;

/** Where a probe looks, as policies select it. */
export interface Place {
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  /** Labels of one pod; undefined while it is about no pod: then only policies for all pods count. */
  readonly podLabels?: Labels | undefined;
}

/** Whether the requester has the verb `use` on the policy; undefined while that is not known. */
export type HoldsUse = (policy: PolicyView) => boolean | undefined;

/** `Outsider`: the policy governs the probe, and denies it, since its requester is none of its users. */
export type Governance = 'Governs' | 'Outsider' | 'Elsewhere' | 'NotTheirs' | 'Unknown';

/** Whether the policy is about probes at this place, whoever asks for them. */
export function isAbout({ spec, namespace }: PolicyView, place: Place): boolean {
  const { namespaceSelector, podSelector } = spec;
  if (namespace !== undefined && namespace !== place.namespace) return false;
  if (namespaceSelector !== undefined && !selectorMatches(namespaceSelector, place.namespaceLabels)) return false;
  if (podSelector === undefined) return true;
  return place.podLabels !== undefined && selectorMatches(podSelector, place.podLabels);
}

/** Whether the policy governs a probe at this place, of a requester of whom `holdsUse` tells. */
export function governs(policy: PolicyView, place: Place, holdsUse: HoldsUse): Governance {
  if (!isAbout(policy, place)) return 'Elsewhere';
  if (policy.spec.requesters === 'Everybody') return 'Governs';
  const holds = holdsUse(policy);
  if (holds === undefined) return 'Unknown';
  if (holds) return 'Governs';
  return policy.spec.requesters === 'OnlyUsers' ? 'Outsider' : 'NotTheirs';
}
