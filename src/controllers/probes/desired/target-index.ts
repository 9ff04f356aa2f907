import type { LabelSelector } from '../../../api/kubernetes.ts';
import type { Target } from '../../../api/probe.ts';
import type { ObservedPod } from '../../../pods/observed-pod.ts';

/**
 * Values under which an informer finds pods for a target, and probes for a pod: a label, or the workload that a pod belongs to. What is
 * found under one of them may match; matchesTarget decides whether it does.
 */
type IndexedValue = string;

/** All values of a pod. */
export function valuesOfPod({ metadata, owner }: ObservedPod): IndexedValue[] {
  const { namespace, labels } = metadata;
  const values = Object.entries(labels).map(([key, value]) => labelValue(namespace, key, value));
  if (owner === undefined) return values;
  values.push(workloadValue(namespace, owner.kind, owner.name));
  const hash = `-${labels['pod-template-hash']}`;
  if (owner.kind === 'ReplicaSet' && owner.name.endsWith(hash)) {
    values.push(workloadValue(namespace, 'Deployment', owner.name.slice(0, -hash.length)));
  }
  const scheduled = owner.kind === 'Job' ? /^(.+)-\d{6,12}$/.exec(owner.name)?.[1] : undefined;
  if (scheduled !== undefined) values.push(workloadValue(namespace, 'CronJob', scheduled));
  return values;
}

/** Values that every pod has which the target matches; empty when only the whole namespace can be searched. */
export function valuesOfTarget({ selector, workloadRef }: Target, namespace: string): IndexedValue[] {
  if (selector !== undefined) return pairsOf(selector).map(([key, value]) => labelValue(namespace, key, value));
  return workloadRef === undefined ? [] : [workloadValue(namespace, workloadRef.kind, workloadRef.name)];
}

/** The one value under which a probe is indexed. {@link valuesForProbes} of every pod that its target matches contain it. */
export function valueOfProbe(target: Target, namespace: string): IndexedValue {
  // The longest value is the least likely to be shared by most pods.
  const [first] = valuesOfTarget(target, namespace).toSorted((a, b) => b.length - a.length);
  return first ?? anyValue(namespace);
}

/** Values under which the probes are indexed that may match the pod. */
export function valuesForProbes(pod: ObservedPod): IndexedValue[] {
  return [...valuesOfPod(pod), anyValue(pod.metadata.namespace)];
}

function pairsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): [string, string][] {
  const only = matchExpressions.flatMap(({ key, operator, values = [] }): [string, string][] => {
    const [value] = values;
    return operator === 'In' && values.length === 1 && value !== undefined ? [[key, value]] : [];
  });
  return [...Object.entries(matchLabels), ...only];
}

const labelValue = (namespace: string, key: string, value: string): IndexedValue => `${namespace}/${key}=${value}`;
const workloadValue = (namespace: string, kind: string, name: string): IndexedValue => `${namespace}/${kind} ${name}`;
const anyValue = (namespace: string): IndexedValue => `${namespace}/`;
