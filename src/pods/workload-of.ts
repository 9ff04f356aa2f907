import type { ObservedPod } from './observed-pod.ts';

/**
 * The workload that a pod belongs to, as people name it: `Deployment orders`. A Deployment owns its pods through a ReplicaSet, a CronJob
 * through a Job; their names tell which.
 * @returns undefined for a pod of its own.
 */
export function workloadOf({ owner, metadata }: ObservedPod): string | undefined {
  if (owner === undefined) return undefined;
  const hash = `-${metadata.labels['pod-template-hash']}`;
  if (owner.kind === 'ReplicaSet' && owner.name.endsWith(hash))
    return `Deployment ${owner.name.slice(0, -hash.length)}`;
  const scheduled = owner.kind === 'Job' ? /^(.+)-\d{6,12}$/.exec(owner.name)?.[1] : undefined;
  return scheduled === undefined ? `${owner.kind} ${owner.name}` : `CronJob ${scheduled}`;
}
