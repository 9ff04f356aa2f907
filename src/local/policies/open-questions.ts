import type { LabelSelector } from '../../api/kubernetes.ts';
import { selectorMatches } from '../../api/label-selector.ts';
import { isAbout, type Place } from '../../policy/governs.ts';
import { describePolicy, type PolicyView } from '../../policy/policy-view.ts';
import { type Labels, NAME_LABEL } from './namespaces.ts';
import type { OfflinePolicies, OfflineQuestion } from './offline-policies.ts';

/** What only a cluster knows, so that the policy may count there other than it does here. */
export interface OpenQuestion {
  readonly policy: PolicyView;
  readonly about: About;
}

type About = 'requester' | 'namespace' | 'podLabels' | 'namespaceLabels' | 'noNamespaceLabels' | 'quota';

/** The policies of which manifests alone do not tell whether they govern the probe, or whether it has room in their quotas. */
export function openQuestions(known: OfflinePolicies, question: OfflineQuestion): OpenQuestion[] {
  const place = known.placeOf(question);
  return known.policies.flatMap((policy) => {
    const isCounted = isAbout(policy, place);
    const ofNamespace = dependsOnNamespace(policy, known, question)
      ? byNamespace(policy, known, question)
      : (isCounted ? byAbsence : ofLeftOut)(policy, known, question);
    const abouts = [...ofNamespace, ...(isCounted ? ofCounted(policy, known, question) : [])];
    return abouts.map((about) => ({ policy, about }));
  });
}

/** Unless it is about other pods, wherever it is. */
function byNamespace(
  { spec: { podSelector = {} } }: PolicyView,
  known: OfflinePolicies,
  question: OfflineQuestion,
): About[] {
  const { podLabels = {} } = known.placeOf(question);
  const matches = question.podLabels === undefined ? mayMatch : selectorMatches;
  return matches(podSelector, podLabels) ? ['namespace'] : [];
}

/** Whether it may govern the probe or not by where both will be, of which nobody has said all. */
function dependsOnNamespace(
  policy: PolicyView,
  known: OfflinePolicies,
  { isPlaced, requester }: OfflineQuestion,
): boolean {
  if (!known.isPlaced(policy)) return true;
  if (isPlaced !== false) return false;
  const { namespaceSelector = {}, requesters } = policy.spec;
  const isByUse = requesters !== 'Everybody' && requester !== undefined && known.isUseByNamespace(requester, policy);
  return policy.namespace !== undefined || !matchesAll(namespaceSelector) || isByUse;
}

const matchesAll = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;

/** What is open of a policy that counts here. */
function ofCounted(policy: PolicyView, known: OfflinePolicies, { probe, requester }: OfflineQuestion): About[] {
  const { requesters, quota } = policy.spec;
  const isOpen = requesters !== 'Everybody' && requester === undefined;
  const { namespace } = probe.metadata;
  const isTheirs =
    requesters === 'Everybody' || requester === undefined || known.holds('use', requester, policy, namespace);
  return [...(isOpen ? ['requester' as const] : []), ...(quota !== undefined && isTheirs ? ['quota' as const] : [])];
}

/** Whether it counts here because labels are not there, which a namespace that is in no manifest may have. */
function byAbsence({ spec }: PolicyView, known: OfflinePolicies, question: OfflineQuestion): About[] {
  const { namespaceLabels } = known.placeOf(question);
  const isOpen = (spec.namespaceSelector?.matchExpressions ?? []).some(
    ({ key, operator }) => ABSENT.includes(operator) && !Object.hasOwn(namespaceLabels, key),
  );
  return isOpen && !isNamespaceKnown(known, question) ? ['noNamespaceLabels'] : [];
}

const ABSENT: readonly string[] = ['NotIn', 'DoesNotExist'];

/** What is open of a policy that does not count here. */
function ofLeftOut(policy: PolicyView, known: OfflinePolicies, question: OfflineQuestion): About[] {
  const { namespaceSelector, podSelector } = policy.spec;
  const place = known.placeOf(question);
  if (policy.namespace !== undefined && policy.namespace !== place.namespace) return [];
  if (!matchesNamespace(policy, place)) {
    const names = { [NAME_LABEL]: place.namespace };
    const isOpen = !isNamespaceKnown(known, question) && mayMatch(namespaceSelector ?? {}, names);
    return isOpen ? ['namespaceLabels'] : [];
  }
  const isOpen = question.podLabels === undefined && mayMatch(podSelector ?? {}, place.podLabels ?? {});
  return isOpen ? ['podLabels'] : [];
}

function isNamespaceKnown(known: OfflinePolicies, { probe, namespaceLabels }: OfflineQuestion): boolean {
  return known.namespaces.isKnown(probe.metadata.namespace) || namespaceLabels !== undefined;
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
  namespace: (names: string) =>
    `what names no namespace is taken to be in default, unless davylamp lint --namespace says where; these may count otherwise elsewhere: ${names}`,
  podLabels: (names: string) =>
    `these count only for pods with labels that the probes do not name, and are left out here: ${names}`,
  namespaceLabels: (names: string) =>
    `these count only in namespaces with labels, and are left out here, since there is no manifest of the Namespace: ${names}`,
  noNamespaceLabels: (names: string) =>
    `these count only in namespaces without some labels, and count here, since there is no manifest of the Namespace: ${names}`,
  quota: (names: string) => `how many probes there are is not known, so quotas are not judged: ${names}`,
} as const satisfies Readonly<Record<About, (names: string) => string>>;

/** One sentence for each thing that is not known, with what is decided instead. */
export function describeOpenQuestions(questions: readonly OpenQuestion[]): string[] {
  return Object.entries(SENTENCES).flatMap(([about, sentence]) => {
    const open = questions.filter((question) => question.about === about).map(({ policy }) => describePolicy(policy));
    return open.length === 0 ? [] : [sentence([...new Set(open)].join(', '))];
  });
}
