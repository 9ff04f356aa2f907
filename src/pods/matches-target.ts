import type { LabelSelector } from '../api/kubernetes.ts';
import { selectorMatches } from '../api/label-selector.ts';
import type { Target } from '../api/probe.ts';
import type { ObservedPod } from './observed-pod.ts';

/** Whether `spec.target` matches this pod, whatever state the pod is in. The caller sees to it that both are in the same namespace. */
export function matchesTarget(target: Target, pod: ObservedPod): boolean {
  const { selector } = target;
  // In Kubernetes an empty selector matches everything. The schema refuses one, and here it matches nothing.
  if (selector !== undefined) return !isEmpty(selector) && selectorMatches(selector, pod.metadata.labels);
  return target.workloadRef !== undefined && belongsTo(target.workloadRef, pod);
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
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
