import type { LabelSelector } from '../../api/kubernetes.ts';
import { selectorMatches } from '../../api/label-selector.ts';
import { isAbout, type Place } from '../../policy/governs.ts';
import { describePolicy, type PolicyView } from '../../policy/policy-view.ts';
import { type Labels, NAME_LABEL } from './namespaces.ts';
import type { OfflinePolicies, OfflineQuestion } from './offline-policies.ts';

/** What only a cluster knows, so that the policy may count there other than it does here. */
export interface OpenQuestion {
  readonly policy: PolicyView;
  readonly about: 'requester' | 'podLabels' | 'namespaceLabels';
}

/** The policies of which manifests alone do not tell whether they govern the probe. */
export function openQuestions(known: OfflinePolicies, question: OfflineQuestion): OpenQuestion[] {
  const place = known.placeOf(question);
  const isNamespaceKnown = known.namespaces.isKnown(place.namespace) || question.namespaceLabels !== undefined;
  return known.policies.flatMap((policy): OpenQuestion[] => {
    const { namespaceSelector, podSelector, requesters } = policy.spec;
    if (isAbout(policy, place)) {
      const isOpen = requesters !== 'Everybody' && question.requester === undefined;
      return isOpen ? [{ policy, about: 'requester' }] : [];
    }
    if (policy.namespace !== undefined && policy.namespace !== place.namespace) return [];
    if (!matchesNamespace(policy, place)) {
      const names = { [NAME_LABEL]: place.namespace };
      const isOpen = !isNamespaceKnown && mayMatch(namespaceSelector ?? {}, names);
      return isOpen ? [{ policy, about: 'namespaceLabels' }] : [];
    }
    const isOpen = question.podLabels === undefined && mayMatch(podSelector ?? {}, place.podLabels ?? {});
    return isOpen ? [{ policy, about: 'podLabels' }] : [];
  });
}

function matchesNamespace({ spec: { namespaceSelector } }: PolicyView, { namespaceLabels }: Place): boolean {
  return namespaceSelector === undefined || selectorMatches(namespaceSelector, namespaceLabels);
}

/** Whether something that has these labels, and perhaps others, can match. */
function mayMatch({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  const known = {
    matchLabels: Object.fromEntries(Object.entries(matchLabels).filter(([key]) => Object.hasOwn(labels, key))),
    matchExpressions: matchExpressions.filter(({ key }) => Object.hasOwn(labels, key)),
  };
  return selectorMatches(known, labels);
}

const SENTENCES = {
  requester: (names: string) =>
    `it is not known who asks, so these count as if the requester held the verb use on each: ${names}`,
  podLabels: (names: string) =>
    `these count only for pods with labels that the probes do not name, and are left out here: ${names}`,
  namespaceLabels: (names: string) =>
    `these count only in namespaces with labels, and are left out here, since there is no manifest of the Namespace: ${names}`,
} as const satisfies Readonly<Record<OpenQuestion['about'], (names: string) => string>>;

/** One sentence for each thing that is not known, with what is decided instead. */
export function describeOpenQuestions(questions: readonly OpenQuestion[]): string[] {
  return Object.entries(SENTENCES).flatMap(([about, sentence]) => {
    const open = questions.filter((question) => question.about === about).map(({ policy }) => describePolicy(policy));
    return open.length === 0 ? [] : [sentence([...new Set(open)].join(', '))];
  });
}
