import { describe, expect, it } from 'vitest';
import type { ProbeStatus } from '../../../../src/api/status.ts';
import { eventFor } from '../../../../src/controllers/probes/status/events.ts';
import { dynamicLog } from '../fixtures.ts';

function status(
  armed: 'True' | 'False',
  reason: string,
  changes: { stalled?: boolean; generation?: number } = {},
): ProbeStatus {
  const condition = {
    observedGeneration: 1,
    lastTransitionTime: '2026-11-21T10:00:00Z',
    reason,
    message: `because ${reason}`,
  };
  return {
    observedGeneration: changes.generation ?? 1,
    location: 'src/orders.ts:42:5',
    expirationTime: '2026-11-21T10:30:00Z',
    conditions: [
      { ...condition, type: 'Armed', status: armed },
      { ...condition, type: 'Stalled', status: changes.stalled ? 'True' : 'False' },
    ],
  };
}

describe('which change of status deserves an Event', () => {
  const cases: Record<string, { before?: ProbeStatus; after: ProbeStatus; want: object | undefined }> = {
    'it is armed': { after: status('True', 'Armed'), want: { type: 'Normal', reason: 'Armed', action: 'Arm' } },
    'it was armed already': { before: status('True', 'Armed'), after: status('True', 'Sampled'), want: undefined },
    'it is armed anew after its spec changed': {
      before: status('True', 'Armed', { generation: 0 }),
      after: status('True', 'Armed'),
      want: { reason: 'Armed' },
    },
    'it is armed and over its budget at once': {
      after: status('True', 'BudgetExceeded'),
      want: { type: 'Normal', reason: 'Armed' },
    },
    'it waits': { after: status('False', 'FileNotLoaded'), want: undefined },
    'it was refused': {
      before: status('False', 'Progressing'),
      after: status('False', 'LineNotExecutable', { stalled: true }),
      want: { type: 'Warning', reason: 'LineNotExecutable', action: 'Arm', note: 'because LineNotExecutable' },
    },
    'it was refused for this reason before': {
      before: status('False', 'LineNotExecutable', { stalled: true }),
      after: status('False', 'LineNotExecutable', { stalled: true }),
      want: undefined,
    },
    'it expired': {
      before: status('True', 'Armed'),
      after: status('False', 'Expired'),
      want: { type: 'Normal', reason: 'Expired', action: 'Disarm' },
    },
    'it reached its limit before it was ever seen armed': {
      after: status('False', 'HitLimitReached'),
      want: { type: 'Normal', reason: 'HitLimitReached' },
    },
    'it was over before': { before: status('False', 'Expired'), after: status('False', 'Expired'), want: undefined },
  };

  it.each(Object.entries(cases))('%s', (_, { before, after, want }) => {
    const event = eventFor(dynamicLog(), before, after);
    if (want === undefined) expect(event).toBeUndefined();
    else expect(event).toMatchObject(want);
  });
});
