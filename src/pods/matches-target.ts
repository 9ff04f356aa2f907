import type { LabelSelector } from '../api/kubernetes.ts';
import type { Target } from '../api/probe.ts';
import type { ObservedPod } from './observed-pod.ts';

/** Whether `spec.target` matches this pod, whatever state the pod is in. The caller sees to it that both are in the same namespace. */
export function matchesTarget(target: Target, pod: ObservedPod): boolean {
  if (target.selector !== undefined) return matchesSelector(target.selector, pod.metadata.labels);
  return target.workloadRef !== undefined && belongsTo(target.workloadRef, pod);
}

function matchesSelector(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {});
  const expressions = selector.matchExpressions ?? [];
  // In Kubernetes an empty selector matches everything. The schema refuses one, and here it matches nothing.
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

/** A Deployment owns its pods through a ReplicaSet, a CronJob through a Job. Their names tell which, so that neither has to be cached. */
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
