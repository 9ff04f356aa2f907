import type { Logger } from 'pino';
import { REASONS } from '../../api/reasons.ts';
import type { AttachedIdentity } from '../../gateway/agents/identity.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { Informer } from '../../kube/informer.ts';
import { liveAgent } from '../../pods/attached-agent.ts';
import { isRunning, type ObservedPod } from '../../pods/observed-pod.ts';

/** Whether the agent of a credential is the one that its pod has now: the pod runs, and the container has not ended. */
export function isPresent(
  pods: Pick<Informer<ObservedPod>, 'by'>,
  { namespace, podName, podUID, containerName }: AttachedIdentity,
): boolean {
  return pods.by('uid', podUID).some((pod) => {
    const isIt = pod.metadata.namespace === namespace && pod.metadata.name === podName;
    return isIt && isRunning(pod) && liveAgent(pod.attachedAgents)?.name === containerName;
  });
}

/** @returns what is called when a one-time credential is presented again: logs it, and tells people by an Event on the pod. */
export function reportReuse(events: EventRecorder, log: Logger): (identity: AttachedIdentity) => void {
  return ({ namespace, podName, podUID, containerName }) => {
    log.warn({ pod: `${namespace}/${podName}`, container: containerName }, 'a one-time credential was presented again');
    events.record(
      { apiVersion: 'v1', kind: 'Pod', namespace, name: podName, uid: podUID },
      {
        type: 'Warning',
        reason: 'CredentialReused',
        action: 'Attach',
        note: `Container ${containerName}: ${REASONS.CredentialReused.means} ${REASONS.CredentialReused.do}`,
      },
    );
  };
}
