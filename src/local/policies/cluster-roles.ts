import { selectorMatches } from '../../api/label-selector.ts';
import type { ClusterRole, PolicyRule } from './rbac-manifests.ts';

type Described = Pick<ClusterRole, 'metadata' | 'rules' | 'aggregationRule'>;

const EVERYTHING: PolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  resourceNames: [],
  nonResourceURLs: [],
};
const aggregateTo = (role: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' });

const aggregated = (name: string, labels: Record<string, string>): Described => ({
  metadata: { name, labels },
  rules: [],
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregateTo(name) }] },
});

/** Roles that every cluster has, as far as they can be about policies: bindings name them, and roles are aggregated to them. */
const OF_EVERY_CLUSTER: readonly Described[] = [
  { metadata: { name: 'cluster-admin' }, rules: [EVERYTHING] },
  aggregated('admin', {}),
  aggregated('edit', aggregateTo('admin')),
  aggregated('view', aggregateTo('edit')),
];

/** The rules of each ClusterRole by its name; of an aggregated one those of the roles that it selects, never those that are written in it. */
export function clusterRoleRules(written: readonly Described[]): ReadonlyMap<string, readonly PolicyRule[]> {
  const all = [...OF_EVERY_CLUSTER, ...written];
  const rules = new Map<string, PolicyRule[]>();
  for (const { metadata } of all) rules.set(metadata.name, [...reachable(metadata.name, all)].flatMap(ownRules));
  return rules;
}

/** A role, and all that it selects, which may select others in turn, and each other. */
function reachable(name: string, all: readonly Described[]): ReadonlySet<Described> {
  const found = new Set(all.filter(({ metadata }) => metadata.name === name));
  // What is added while a set is walked through is walked through, too.
  for (const { aggregationRule } of found) {
    const selectors = aggregationRule?.clusterRoleSelectors ?? [];
    for (const role of all) {
      if (selectors.some((selector) => selectorMatches(selector, role.metadata.labels ?? {}))) found.add(role);
    }
  }
  return found;
}

/** The API server writes the rules of an aggregated role anew. */
function ownRules({ rules, aggregationRule }: Described): readonly PolicyRule[] {
  return aggregationRule == null ? rules : [];
}
