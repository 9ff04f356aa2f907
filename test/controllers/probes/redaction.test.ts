import { expect, it } from 'vitest';
import { Observations } from '../../../src/controllers/probes/observed/observations.ts';
import { judgePod } from '../../../src/controllers/probes/status/verdict.ts';
import type { Result } from '../../../src/protocol/result.ts';
import { dynamicLog, pod, processInfo, snapshot, state } from './fixtures.ts';

const decision = { assigned: true, state: 'Pending', reason: 'Progressing' } as const;

function verdict(reported: string | undefined, wanted: string | undefined) {
  const armed = { ...state({ state: 'Armed', reason: 'Armed' }), redactionHash: reported };
  const processes = [{ process: processInfo('one-1234'), state: armed, acknowledged: true }];
  return judgePod(
    { pod: pod('a'), decision, connected: true, lastSeenTime: 0, acknowledged: true, processes, redactionHash: wanted },
    1,
  );
}

it('a probe is armed only where the process says that the wanted rules of redaction are in force', () => {
  expect(verdict('new', 'new').state).toBe('Armed');
  expect(verdict(undefined, undefined).state).toBe('Armed');
  for (const [reported, wanted] of [
    ['old', 'new'],
    [undefined, 'new'],
    ['old', undefined],
  ] as const) {
    const judged = verdict(reported, wanted);
    expect(judged).toMatchObject({ state: 'Waiting', isSettled: false });
    expect(judged.said[0]?.reason).toBe('RedactionPending');
  }
});

const base = { uid: 'probe-1', generation: 1, instanceID: 'one-1234', location: 'src/orders.ts:42:5' };
const lineOf = (sequence: number, message: string, redactionHash?: string): Result => ({
  ...{ ...base, sequence, time: sequence, redactionHash },
  ...{ kind: 'DynamicLog', log: { level: 'Info', message } },
});

it('lines and captures that were made under other rules leave status', () => {
  const logs = new Observations(dynamicLog());
  logs.addResult(lineOf(1, 'open'), 'a', undefined);
  logs.addResult(lineOf(2, 'hidden', 'new'), 'a', undefined);
  logs.addResult(lineOf(3, 'of b'), 'b', undefined);
  logs.keepOnly((podName, hash) => hash === (podName === 'a' ? 'new' : undefined));
  expect(logs.toStatus()).toMatchObject({ recent: [{ message: 'hidden' }, { message: 'of b' }] });

  const captures = new Observations(snapshot());
  const capture = { frames: [], watches: [], pauseMicroseconds: 1 };
  captures.addResult({ ...base, uid: 'probe-2', sequence: 1, time: 1, kind: 'Snapshot', capture }, 'a', undefined);
  captures.keepOnly(() => false);
  expect(captures.toStatus()).not.toHaveProperty('captures');
});

it('what an earlier operator wrote counts as made under the rules that it wrote', () => {
  const recent = [{ time: '2026-11-21T10:00:00.000Z', podName: 'a', message: 'written' }];
  const restored = (redactionHash?: string) => {
    const observations = new Observations(dynamicLog({ status: { observedGeneration: 1, recent, redactionHash } }));
    observations.keepOnly((_, hash) => hash === 'new');
    return observations.toStatus();
  };
  expect(restored('new')).toMatchObject({ recent });
  expect(restored('old')).not.toHaveProperty('recent');
  expect(restored()).not.toHaveProperty('recent');
});
