import { expect, test } from 'vitest';
import { SharedStates } from '../../../src/gateway/fleet/shared-states.ts';
import type { ProcessStates } from '../../../src/protocol/gateway-messages.ts';
import type { ProbeState } from '../../../src/protocol/state.ts';
import { runtime } from '../fixtures.ts';

const state = (uid: string, more: Partial<ProbeState> = {}): ProbeState => ({
  ...{ uid, generation: 1, state: 'Armed', reason: 'Armed', location: 'a.ts:1:1', hits: 0, dropped: [] },
  ...more,
});

const process = (instanceID: string, probes: ProbeState[], revision = 1): ProcessStates => ({
  process: runtime(instanceID),
  revision,
  probes,
});

test('what has not changed since the frame before is the same object, the whole list if nothing changed', () => {
  const shared = new SharedStates();
  const first = shared.share([process('one', [state('a'), state('b')]), process('two', [])], []);
  expect(shared.share([process('one', [state('a'), state('b')]), process('two', [])], first)).toBe(first);
  const second = shared.share([process('one', [state('a'), state('b', { hits: 1 })]), process('two', [])], first);
  expect(second).toEqual([process('one', [state('a'), state('b', { hits: 1 })]), process('two', [])]);
  expect(second[0]?.probes[0]).toBe(first[0]?.probes[0]);
  expect(second[1]).toBe(first[1]);
  const third = shared.share([process('one', [state('a'), state('b', { hits: 1 })], 2), process('two', [])], second);
  expect(third[0]).toMatchObject({ revision: 2 });
  expect(third[0]?.probes).toBe(second[0]?.probes);
});

test('a process and a probe keep their objects when they come in another order', () => {
  const shared = new SharedStates();
  const first = shared.share([process('one', [state('a', { hits: 1 }), state('b')]), process('two', [])], []);
  const second = shared.share([process('two', []), process('one', [state('b'), state('a', { hits: 1 })])], first);
  expect(second[0]).toBe(first[1]);
  expect(second[1]?.process).toBe(first[0]?.process);
  expect(second[1]?.probes[1]).toBe(first[0]?.probes[0]);
  expect(second[1]?.probes.map(({ uid }) => uid)).toEqual(['b', 'a']);
});

test('pods that report the same of a probe share it, also when one with hits reported in between; others do not', () => {
  const shared = new SharedStates();
  const report = (one: ProbeState) => shared.share([process('one', [one])], [])[0]?.probes[0];
  const first = report(state('a'));
  const withHits = report(state('a', { hits: 3 }));
  expect(report(state('a'))).toBe(first);
  expect(withHits).toEqual(state('a', { hits: 3 }));
  expect(withHits?.dropped).toBe(first?.dropped);
  const differences: Partial<ProbeState>[] = [
    { generation: 2 },
    { reason: 'BudgetExceeded' },
    { location: 'b.ts:1:1' },
    { message: 'late' },
    { dropped: [{ reason: 'BufferFull', count: 1 }] },
    { returnTime: 1 },
  ];
  for (const one of differences) expect(report(state('a', one))).toEqual(state('a', one));
  expect(report(state('b'))).toEqual(state('b'));
  expect(first).toEqual(state('a'));
});

test('a probe that a process names twice has the first state', () => {
  const shared = new SharedStates();
  const [one] = shared.share([process('one', [state('a', { hits: 1 }), state('b'), state('a', { hits: 2 })])], []);
  expect(one?.probes).toEqual([state('a', { hits: 1 }), state('b')]);
});

test('a probe that is over is not remembered', () => {
  const shared = new SharedStates();
  const report = () => shared.share([process('one', [state('a')])], [])[0]?.probes[0];
  const first = report();
  shared.forget('a');
  expect(report()).not.toBe(first);
});
