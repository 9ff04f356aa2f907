import type { InstanceStatus } from '../../../api/status.ts';
import type { Observations } from '../observed/observations.ts';
import { type MatchedPod, type PodVerdict, verdictOf } from './verdict.ts';

/** The verdict about one pod, with each of its processes as status shows it. */
export interface JudgedPod extends Pick<PodVerdict, 'state' | 'isSettled'> {
  readonly instances: readonly InstanceStatus[];
}

/** Made for each rendering and not kept: status shows few of them. */
export function judgedPod(matched: MatchedPod, observations: Observations): JudgedPod {
  const { state, isSettled, said } = verdictOf(matched, observations.generation);
  return { state, isSettled, instances: instancesOf(matched, said, observations) };
}

function instancesOf(
  { pod, decision, processes }: MatchedPod,
  said: PodVerdict['said'],
  observations: Observations,
): InstanceStatus[] {
  const podName = pod.metadata.name;
  const [ofPod] = said;
  if (ofPod === undefined) return [];
  if (!decision.assigned) return [{ podName, ...ofPod }];
  if (processes.length === 0) {
    const remembered = observations.liveOf(podName);
    if (remembered.length === 0) return [{ podName, ...ofPod }];
    return remembered.map(({ containerName, processID, threadID, instanceID, hits }) => {
      return { podName, containerName, processID, threadID, instanceID, ...ofPod, hits };
    });
  }
  return processes.map(({ process: { containerName, pid: processID, threadID, instanceID } }, index) => {
    const hits = observations.hitsOf(podName, instanceID);
    return { podName, containerName, processID, threadID, instanceID, ...(said[index] ?? ofPod), hits };
  });
}
