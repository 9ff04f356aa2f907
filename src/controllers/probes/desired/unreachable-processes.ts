import { REASONS } from '../../../api/reasons.ts';
import type { InstanceStatus } from '../../../api/status.ts';
import type { EventContent } from '../../../kube/event-recorder.ts';
import { timeOf } from '../../../kube/time.ts';
import type { Observations } from '../observed/observations.ts';
import type { MatchedPod } from '../status/verdict.ts';

/** Allowance, because the agent and the gateway notice the end of a connection at different times. */
const NOTICE_MS = 60_000;

/** Processes that may still have a probe which is over, because the agent of their pod is not connected. */
export interface Leftovers {
  readonly instances: readonly InstanceStatus[];
  /** When the first of them is certain to be without the probe, milliseconds since 1970; undefined when there are none. */
  readonly cleanTime: number | undefined;
}

export const NO_LEFTOVERS: Leftovers = { instances: [], cleanTime: undefined };

/**
 * A process is without the probe when it has reported so; when its pod is gone; when the probe has expired, since processes remove it by
 * themselves then; and when its agent has been without the gateway for as long as it keeps probes.
 */
export function leftoversOf(
  pods: readonly MatchedPod[],
  observations: Observations,
  expireTime: number,
  now: number,
): Leftovers {
  const instances: InstanceStatus[] = [];
  let cleanTime: number | undefined;
  for (const { pod, connected, lastSeenTime } of pods) {
    if (connected || !pod.hasAgent) continue;
    const clean = cleanTimeOf({ pod, lastSeenTime }, expireTime);
    if (clean <= now) continue;
    const known = observations.liveOf(pod.metadata.name);
    if (known.length === 0) continue;
    cleanTime = Math.min(cleanTime ?? clean, clean);
    const message = `Its agent is not connected, last seen at ${timeOf(lastSeenTime)} or before; it is out of the process by ${timeOf(clean)} in any case.`;
    for (const { podName, containerName, processID, threadID, instanceID, hits, location } of known) {
      instances.push({
        podName,
        containerName,
        processID,
        threadID,
        instanceID,
        state: 'Pending',
        reason: 'MayStillBeArmed',
        message,
        location,
        hits,
      });
    }
  }
  return { instances, cleanTime };
}

/** When a pod whose agent is not connected is certain to be without a probe that is over, milliseconds since 1970. */
export function cleanTimeOf(
  { pod, lastSeenTime }: Pick<MatchedPod, 'pod' | 'lastSeenTime'>,
  expireTime: number,
): number {
  const gatewayAbsenceSeconds = pod.agent?.gatewayAbsenceSeconds;
  const alone = gatewayAbsenceSeconds === undefined ? expireTime : lastSeenTime + gatewayAbsenceSeconds * 1000;
  return Math.min(expireTime, alone + NOTICE_MS);
}

/** Of a probe that is over: whether some process has not yet reported that it is without it, or is not connected. */
export function isBeingTakenOut(pods: readonly MatchedPod[], leftovers: Leftovers): boolean {
  return (
    leftovers.instances.length > 0 ||
    isCarried(pods) ||
    pods.some(({ connected, processes }) => {
      return connected && processes.some(({ acknowledged }) => !acknowledged);
    })
  );
}

/** Whether a connected process reports a state of the probe. */
export function isCarried(pods: readonly MatchedPod[]): boolean {
  return pods.some((pod) => isReporting(pod) && pod.processes.some(({ state }) => state !== undefined));
}

/** Whether what is known of the pod's processes is what its agent says now. */
export const isReporting = ({ connected, isFromBefore }: MatchedPod): boolean => connected && isFromBefore !== true;

/** The Event for leftovers of a probe whose object was deleted; undefined when there are none. */
export function leftoverEvent({ instances }: Leftovers): EventContent | undefined {
  if (instances.length === 0) return undefined;
  const pods = [...new Map(instances.map(({ podName, message }) => [podName, message]))];
  const where = pods.map(([podName, message]) => `${podName}: ${message}`).join(' ');
  const { means } = REASONS.MayStillBeArmed;
  return { type: 'Warning', reason: 'MayStillBeArmed', action: 'Disarm', note: `${means} ${where}` };
}
