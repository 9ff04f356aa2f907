import { conditionOf } from '../../../api/conditions.ts';
import type { Reason } from '../../../api/reasons.ts';
import type { PodDecisions } from '../desired/planner.ts';
import type { ProbeRecord } from '../desired/probe-record.ts';
import type { RenderedStatus } from '../status.ts';
import { verdictOf } from './verdict.ts';

/** Whether a connected agent has not answered yet, or the first result has not come, so that either may come at any moment. */
export function isExpectingNews({ pods }: PodDecisions, { observations }: ProbeRecord): boolean {
  return pods.some(
    (matched) =>
      matched.decision.assigned &&
      matched.connected &&
      (observations.hits === 0 || !verdictOf(matched, observations.generation).isSettled),
  );
}

/** Whether an agent has not reported yet what it has; after a restart of the operator it may still connect. */
export function isAwaitingAgents({ pods, leftovers }: PodDecisions, { observations }: ProbeRecord): boolean {
  if (leftovers.instances.length > 0) return true;
  return pods.some((matched) => {
    // Into a pod that has no agent now, one may come, but none comes back.
    if (!matched.decision.assigned || (!matched.connected && !matched.pod.hasAgent)) return false;
    const { isOfPod, isSettled } = verdictOf(matched, observations.generation);
    return !matched.connected || isOfPod || !isSettled;
  });
}

/** Whether the status still shows an order to disarm that has ended. Such a status is not kept while agents are coming back. */
export function isOrderOver({ lifecycle }: PodDecisions, base: RenderedStatus | undefined): boolean {
  return lifecycle.active && conditionOf(base?.conditions, 'Armed')?.reason === ('AllDisarmed' satisfies Reason);
}
