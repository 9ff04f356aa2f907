import type { Probe } from '../api/kinds.ts';
import type { ObservedPod } from './observed-pod.ts';
import { workloadOf } from './workload-of.ts';

/** The workloads that a probe is about, `Deployment orders`: the one that it names, or those to which the pods belong that it matches. */
export function workloadsOfProbe({ spec }: Pick<Probe, 'spec'>, matched: Iterable<ObservedPod>): string[] {
  const { workloadRef } = spec.target;
  if (workloadRef !== undefined) return [`${workloadRef.kind} ${workloadRef.name}`];
  return [...new Set([...matched].flatMap((pod) => workloadOf(pod) ?? []))].sort();
}
