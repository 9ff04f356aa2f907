import { conditionOf } from '../../../api/conditions.ts';
import type { Reason } from '../../../api/reasons.ts';
import type { PodDecisions } from '../desired/planner.ts';
import type { ProbeRecord } from '../desired/probe-record.ts';
import type { RenderedStatus } from '../status.ts';
import { verdictOf } from './verdict.ts';

/** An agent is connected whose answer, or whose first result, may come at any moment. */
export function isExpectingNews({ pods }: PodDecisions, { observations }: ProbeRecord): boolean {
  return pods.some(
    (matched) =>
      matched.decision.assigned &&
      matched.connected &&
      (observations.hits === 0 || !verdictOf(matched, observations).isSettled),
  );
}

/** An agent has not said yet what it holds; after a restart of the operator it may be on its way back. */
export function isAwaitingAgents({ pods, leftovers }: PodDecisions, { observations }: ProbeRecord): boolean {
  if (leftovers.instances.length > 0) return true;
  return pods.some((matched) => {
    if (!matched.decision.assigned) return false;
    return !matched.connected || matched.processes.length === 0 || !verdictOf(matched, observations).isSettled;
  });
}

/** The status still tells of an order to take everything out, which would mislead while agents are on their way back. */
export function isOrderOver({ lifecycle }: PodDecisions, base: RenderedStatus | undefined): boolean {
  return lifecycle.active && conditionOf(base?.conditions, 'Armed')?.reason === ('AllDisarmed' satisfies Reason);
}
