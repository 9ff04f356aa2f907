import type { ObservedPod } from '../../pods/observed-pod.ts';
import { ATTACH_LABEL, INJECT_LABEL } from '../../pods/well-known-names.ts';

/** The facts beyond the pod itself that decide whether an agent may be added to it while it runs. */
export interface AttachPermission {
  /** The chart's `attach.enabled`. */
  readonly isEnabled: boolean;
  readonly excludedNamespaces: readonly string[];
  /** Davylamp's labels of a namespace; undefined while they are not known. */
  labelsOf(namespace: string): Readonly<Record<string, string>> | undefined;
  /** Whether an image for the agent is known to run. */
  hasImage(): boolean;
}

/** Why no agent may be added to the pod while it runs: a sentence about the first reason that applies; undefined when one may. */
export function whyNotAttached(pod: ObservedPod, permission: AttachPermission): string | undefined {
  const { namespace, labels } = pod.metadata;
  switch (pod.attachObstacle) {
    case 'StaticPod':
      return 'No agent can be added while it runs, because it is a static pod.';
    case 'HostNetwork':
      return 'No agent is added while it runs, because it is in the network of its node, where others could reach the inspector of its processes.';
    case 'HostPID':
      return 'No agent is added while it runs, because it sees all processes of its node.';
    default:
  }
  if (!permission.isEnabled) return "Adding one while it runs is off (the chart's attach.enabled).";
  if (permission.excludedNamespaces.includes(namespace)) return `Namespace ${namespace} is excluded.`;
  if (labels[INJECT_LABEL] === 'false') return `The pod has the label ${INJECT_LABEL}=false.`;
  const ofPod = labels[ATTACH_LABEL];
  if (ofPod === 'false') return `Adding one while it runs is off: the pod has the label ${ATTACH_LABEL}=false.`;
  if (ofPod !== 'true' && permission.labelsOf(namespace)?.[ATTACH_LABEL] === 'false')
    return `Adding one while it runs is off: its namespace has the label ${ATTACH_LABEL}=false.`;
  return pod.hasAgent || permission.hasImage()
    ? undefined
    : "The agent's image was not seen running in this cluster yet.";
}
