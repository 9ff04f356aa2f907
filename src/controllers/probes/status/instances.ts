import type { InstanceStatus } from '../../../api/status.ts';
import { agentContainer, type ObservedPod } from '../../../pods/observed-pod.ts';
import type { Observations } from '../observed/observations.ts';
import { type MatchedPod, type PodVerdict, type Said, verdictOf } from './verdict.ts';

/** The verdict about one pod for a summary. Made for each rendering and not kept. */
export interface JudgedPod extends Pick<PodVerdict, 'state' | 'isSettled'> {
  readonly matched: MatchedPod;
  /** What is said of each of its processes, also of those that are remembered while its agent has none; else of the pod itself. */
  readonly said: readonly Said[];
}

export function judgedPod(matched: MatchedPod, observations: Observations): JudgedPod {
  const { state, isSettled, isOfPod, said } = verdictOf(matched, observations.generation);
  const remembered = isOfPod && matched.decision.assigned ? observations.liveOf(matched.pod.metadata.name) : [];
  const [ofPod] = said;
  const isRemembered = remembered.length > 1 && ofPod !== undefined;
  return { matched, state, isSettled, said: isRemembered ? remembered.map(() => ofPod) : said };
}

/** The processes of the pod as status shows them. Made only for the few pods that are shown. */
export function instancesOf({ matched, said }: JudgedPod, observations: Observations): InstanceStatus[] {
  const { pod, decision } = matched;
  const { name: podName } = pod.metadata;
  const agent = agentOf(pod);
  const [ofPod] = said;
  if (ofPod === undefined) return [];
  if (!decision.assigned) return [{ podName, ...agent, ...ofPod }];
  const { processes } = matched;
  if (processes.length === 0) {
    const remembered = observations.liveOf(podName);
    if (remembered.length === 0) return [{ podName, ...agent, ...ofPod }];
    return remembered.map(({ containerName, processID, threadID, instanceID, hits }) => {
      return { podName, containerName, ...agent, processID, threadID, instanceID, ...ofPod, hits };
    });
  }
  return processes.map(({ process: { containerName, pid: processID, threadID, instanceID } }, index) => {
    const hits = observations.hitsOf(podName, instanceID);
    return { podName, containerName, ...agent, processID, threadID, instanceID, ...(said[index] ?? ofPod), hits };
  });
}

/** How the agent came into the pod, and where its log is; empty while it has none. */
function agentOf(pod: ObservedPod): Pick<InstanceStatus, 'agent' | 'agentContainerName'> {
  if (!pod.hasAgent) return {};
  return { agent: pod.isInjected ? 'Injected' : 'Attached', agentContainerName: agentContainer(pod) };
}
