import { describe, expect, it } from 'vitest';
import { decideWrite, type GateInput } from '../../../../src/controllers/probes/status/write-gate.ts';

describe('whether a status is written now', () => {
  const before = { observedGeneration: 1, hits: 1, cost: { cpuMilliseconds: 1 } };
  const start: GateInput = {
    now: 100_000,
    lastWriteTime: undefined,
    firstSeenTime: 99_900,
    settledTime: 0,
    base: before,
    rendered: { ...before, hits: 2 },
    isExpectingNews: false,
    isAwaitingAgents: false,
  };
  const condition = (type: string, status: string) => ({
    ...{ type, status, reason: 'R', message: '', lastTransitionTime: '2026-11-29T10:00:00Z' },
  });
  /** A change of a probe that is not armed by what its object says. */
  const told = (armed: string, reconciling: string, more: object = {}) =>
    ({
      base: { observedGeneration: 1, conditions: [condition('Armed', 'False')] },
      rendered: {
        observedGeneration: 1,
        conditions: [condition('Armed', armed), condition('Reconciling', reconciling)],
        ...more,
      },
    }) as Partial<GateInput>;
  const first = { base: undefined, rendered: before };
  const cases: Record<string, { input: Partial<GateInput>; want: object }> = {
    'nothing changed: never': { input: { rendered: { ...before } }, want: { write: false } },
    'the first change at once': { input: {}, want: { write: true } },
    'the next one two seconds after the last write': {
      input: { lastWriteTime: 99_000 },
      want: { write: false, afterMs: 1000 },
    },
    'after two seconds': { input: { lastWriteTime: 98_000 }, want: { write: true } },
    'while many agents are connecting, ten seconds after the last write': {
      input: { lastWriteTime: 98_000, isBusy: true },
      want: { write: false, afterMs: 8000 },
    },
    'a changed spec after two seconds, also while many agents are connecting': {
      input: { lastWriteTime: 98_000, isBusy: true, rendered: { ...before, observedGeneration: 2 } },
      want: { write: true },
    },
    'a new cost alone once a minute': {
      input: { lastWriteTime: 90_000, rendered: { ...before, cost: { cpuMilliseconds: 2 } } },
      want: { write: false, afterMs: 50_000 },
    },
    'the first cost at once': {
      input: { lastWriteTime: 98_000, base: { observedGeneration: 1, hits: 1 }, rendered: before },
      want: { write: true },
    },
    'the first status of a probe that no agent has anything to say about at once': {
      input: first,
      want: { write: true },
    },
    'the first status waits a moment for agents that are about to answer': {
      input: { ...first, isExpectingNews: true },
      want: { write: false, afterMs: 300 },
    },
    'the first status does not wait longer than that moment': {
      input: { ...first, isExpectingNews: true, firstSeenTime: 99_000 },
      want: { write: true },
    },
    'a probe that is about to be armed is not written as pending before': {
      input: { ...told('False', 'True'), isExpectingNews: true, lastWriteTime: 97_000 },
      want: { write: false, afterMs: 1000 },
    },
    'unless that takes too long': {
      input: { ...told('False', 'True'), isExpectingNews: true, lastWriteTime: 96_000 },
      want: { write: true },
    },
    'what all agents have answered is written': {
      input: { ...told('False', 'False'), isExpectingNews: true, lastWriteTime: 97_000 },
      want: { write: true },
    },
    'that it is armed waits a moment for the first result': {
      input: { ...told('True', 'False', { hits: 0 }), isExpectingNews: true, lastWriteTime: 97_000, armedTime: 99_900 },
      want: { write: false, afterMs: 300 },
    },
    'the first result is written at once': {
      input: { ...told('True', 'False', { hits: 1 }), isExpectingNews: true, lastWriteTime: 97_000, armedTime: 99_900 },
      want: { write: true },
    },
    'that it is armed does not wait longer for a result': {
      input: { ...told('True', 'False', { hits: 0 }), isExpectingNews: true, lastWriteTime: 97_000, armedTime: 99_600 },
      want: { write: true },
    },
    'a changed spec waits for agents as a new one does': {
      input: { isExpectingNews: true, rendered: { ...before, observedGeneration: 2 } },
      want: { write: false, afterMs: 300 },
    },
    'what an earlier operator wrote stands while its agents are on their way back': {
      input: { isAwaitingAgents: true, settledTime: 103_000 },
      want: { write: false, afterMs: 3000 },
    },
    'what an earlier operator wrote does not stand for ever': {
      input: { isAwaitingAgents: true, settledTime: 99_999 },
      want: { write: true },
    },
    'a new probe is written while agents are on their way back': {
      input: { ...first, isAwaitingAgents: true, settledTime: 103_000 },
      want: { write: true },
    },
  };

  it.each(Object.entries(cases))('%s', (_, { input, want }) => {
    expect(decideWrite({ ...start, ...input })).toEqual(want);
  });

  it('lets one through in two seconds whatever happens, and each change after two seconds at the latest', () => {
    const writes: number[] = [];
    let hits = 0;
    let written = before;
    let firstUnwritten: number | undefined;
    for (let now = start.now; now < start.now + 60_000; now += 10) {
      // News comes in bursts and now and then.
      if (now % 7000 < 3000 || now % 1300 === 0) hits += 1;
      const rendered = { ...before, hits };
      if (hits !== written.hits) firstUnwritten ??= now;
      const decision = decideWrite({ ...start, now, lastWriteTime: writes.at(-1), base: written, rendered });
      if (!decision.write) continue;
      expect(now - (firstUnwritten ?? now)).toBeLessThanOrEqual(2000);
      writes.push(now);
      written = rendered;
      firstUnwritten = undefined;
    }
    const gaps = writes.slice(1).map((at, index) => at - (writes[index] ?? 0));
    expect(Math.min(...gaps)).toBe(2000);
    expect(writes.length).toBeGreaterThan(25);
  });
});
