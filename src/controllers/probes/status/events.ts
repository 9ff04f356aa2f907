import { type ConditionType, conditionOf } from '../../../api/conditions.ts';
import type { Probe } from '../../../api/kinds.ts';
import type { EventContent } from '../../../kube/event-recorder.ts';
import type { RenderedStatus } from '../status.ts';

/** The Event for a transition of status; undefined when nothing changed since the last status, even if an earlier operator wrote that. */
export function eventFor(
  probe: Probe,
  before: RenderedStatus | undefined,
  after: RenderedStatus,
): EventContent | undefined {
  const find = (status: RenderedStatus | undefined, type: ConditionType) =>
    status?.observedGeneration === probe.metadata.generation ? conditionOf(status.conditions, type) : undefined;
  const armed = find(after, 'Armed');
  const was = find(before, 'Armed');
  if (armed === undefined) return undefined;
  if (armed.status === 'True') {
    if (was?.status === 'True') return undefined;
    const note = `${armed.message} At ${after.location}, ${after.expirationTime === undefined ? 'without an end' : `until ${after.expirationTime}`}.`;
    return { type: 'Normal', reason: 'Armed', action: 'Arm', note };
  }
  if (was?.reason === armed.reason) return undefined;
  if (armed.reason === 'Expired' || armed.reason === 'HitLimitReached') {
    return { type: 'Normal', reason: armed.reason, action: 'Disarm', note: armed.message };
  }
  if (find(after, 'Stalled')?.status !== 'True') return undefined;
  return { type: 'Warning', reason: armed.reason, action: 'Arm', note: armed.message };
}
