import type { LabelSelector } from '../api/kubernetes.ts';
import type { Target } from '../api/probe.ts';
import type { ObservedPod } from './observed-pod.ts';

/** Whether `spec.target` means this pod, whatever state the pod is in. Both are of the same namespace. */
export function matchesTarget(target: Target, pod: ObservedPod): boolean {
  if (target.selector !== undefined) return matchesSelector(target.selector, pod.metadata.labels);
  return target.workloadRef !== undefined && belongsTo(target.workloadRef, pod);
}

function matchesSelector(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {});
  const expressions = selector.matchExpressions ?? [];
  // Kubernetes reads an empty selector as "everything"; the schema refuses it, and so does this.
  if (wanted.length + expressions.length === 0) return false;
  return (
    wanted.every(([key, value]) => labels[key] === value) &&
    expressions.every((expression) => holds(expression, labels))
  );
}

function holds(
  { key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number],
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** A Deployment owns its pods through a ReplicaSet, a CronJob through a Job; both follow from names, with no further cache. */
function belongsTo({ kind, name }: NonNullable<Target['workloadRef']>, { owner, metadata }: ObservedPod): boolean {
  if (owner === undefined) return false;
  switch (kind) {
    case 'Deployment':
      return owner.kind === 'ReplicaSet' && owner.name === `${name}-${metadata.labels['pod-template-hash']}`;
    case 'CronJob':
      return (
        owner.kind === 'Job' &&
        owner.name.startsWith(`${name}-`) &&
        /^\d{6,12}$/.test(owner.name.slice(name.length + 1))
      );
    default:
      return owner.kind === kind && owner.name === name;
  }
}
