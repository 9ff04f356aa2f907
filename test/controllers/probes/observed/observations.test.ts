import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../../src/api/kinds.ts';
import { Observations } from '../../../../src/controllers/probes/observed/observations.ts';
import { dynamicLog, processInfo, result, snapshot, state, withStatus } from '../fixtures.ts';

const none: ReadonlySet<string> = new Set();
const report = (instanceID: string, hits: number, podName = 'orders-1') => ({
  podName,
  process: processInfo(instanceID),
  state: state({ hits }),
});

/** What the next operator finds in the object. */
function restart(observations: Observations, instances: object[]): Observations {
  const status = { observedGeneration: 1, ...observations.toStatus(), instances };
  return new Observations(withStatus(dynamicLog(), status));
}
const instance = (instanceID: string, hits: number, podName = 'orders-1') => ({
  podName,
  instanceID,
  hits,
  state: 'Armed',
});

describe('hits over all processes', () => {
  it('are the sum of what processes report', () => {
    const observations = new Observations(dynamicLog());
    observations.observe([report('one-1234', 5), report('two-1234', 7)], none);
    expect(observations.toStatus()).toMatchObject({ hits: 12, retiredHits: 0 });
  });

  it('keep those of a process that is gone, as retired', () => {
    const observations = new Observations(dynamicLog());
    observations.observe([report('one-1234', 5), report('two-1234', 7)], none);
    observations.observe([report('two-1234', 8)], none);
    expect(observations.toStatus()).toMatchObject({ hits: 13, retiredHits: 5 });
  });

  it('count a process once that was away and comes back with its counter', () => {
    const observations = new Observations(dynamicLog());
    observations.observe([report('one-1234', 5)], none);
    observations.observe([], none);
    expect(observations.toStatus()).toMatchObject({ hits: 5, retiredHits: 5 });
    observations.observe([report('one-1234', 9)], none);
    expect(observations.toStatus()).toMatchObject({ hits: 9, retiredHits: 0 });
  });

  it('never go back, whatever a process reports', () => {
    const observations = new Observations(dynamicLog());
    observations.observe([report('one-1234', 5)], none);
    observations.observe([report('one-1234', 3)], none);
    expect(observations.hits).toBe(5);
  });

  it('are at least the results that arrived, because counters are reported less often', () => {
    const observations = new Observations(dynamicLog());
    observations.observe([report('instance-1', 1)], none);
    for (const sequence of [1, 2, 3]) observations.addResult(result(sequence), 'orders-1', processInfo('instance-1'));
    expect(observations.hits).toBe(3);
    observations.observe([report('instance-1', 4)], none);
    expect(observations.hits).toBe(4);
  });

  it('survive a restart of the operator before any agent is back', () => {
    const before = new Observations(dynamicLog());
    before.observe([report('one-1234', 5), report('two-1234', 7)], none);
    const after = restart(before, [instance('one-1234', 5), instance('two-1234', 7)]);
    expect(after.hits).toBe(12);
    after.observe([], new Set(['orders-1']));
    expect(after.toStatus()).toMatchObject({ hits: 12, retiredHits: 0 });
  });

  it('count hits that happened while no operator was there', () => {
    const before = new Observations(dynamicLog());
    before.observe([report('one-1234', 5)], none);
    const after = restart(before, [instance('one-1234', 5)]);
    after.observe([report('one-1234', 50)], none);
    expect(after.toStatus()).toMatchObject({ hits: 50, retiredHits: 0 });
  });

  it('keep those of a process that ended while no operator was there', () => {
    const before = new Observations(dynamicLog());
    before.observe([report('one-1234', 5)], none);
    const after = restart(before, [instance('one-1234', 5)]);
    after.observe([report('new-1234', 2)], none);
    expect(after.toStatus()).toMatchObject({ hits: 7, retiredHits: 5 });
  });

  it('survive two restarts in a row in which no agent came back', () => {
    const before = new Observations(dynamicLog());
    before.observe([report('one-1234', 5)], none);
    const between = restart(before, [instance('one-1234', 5)]);
    between.observe([], new Set(['orders-1']));
    const after = restart(between, [instance('one-1234', 5)]);
    after.observe([report('one-1234', 6)], none);
    expect(after.hits).toBe(6);
  });

  it('do not count processes twice that the bounded list of instances left out', () => {
    const before = new Observations(dynamicLog());
    before.observe([report('one-1234', 5), report('two-1234', 7)], none);
    const after = restart(before, [instance('one-1234', 5)]);
    expect(after.hits).toBe(12);
    after.observe([report('one-1234', 5), report('two-1234', 9)], none);
    expect(after.toStatus()).toMatchObject({ hits: 14, retiredHits: 0 });
  });

  it('stay what they are when ever new processes come and go, whose counters are merged', () => {
    const before = new Observations(dynamicLog());
    before.observe([report('one-1234', 5)], none);
    const observations = restart(before, [instance('one-1234', 5)]);
    for (let process = 1; process <= 2000; process += 1) {
      observations.addResult(result(1), 'orders-1', processInfo(`instance-${process}`));
      observations.observe([report('two-1234', 7)], none);
    }
    expect(observations.toStatus()).toMatchObject({ hits: 2012, retiredHits: 2005 });
  });

  it('are told apart by pod, whatever process a pod claims to speak for', () => {
    const observations = new Observations(dynamicLog());
    observations.observe([report('one-1234', 5, 'orders-1'), report('one-1234', 7, 'orders-2')], none);
    expect(observations.hits).toBe(12);
    expect(observations.hitsOf('orders-1', 'one-1234')).toBe(5);
  });

  it('stay a number that status can hold, whatever processes report', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const forged = { hits: most, estimatedHits: most, dropped: [{ reason: 'RateLimited' as const, count: most }] };
    const cost = { cpuMilliseconds: 1e308, p50Microseconds: 1e308, p99Microseconds: 1e308, stallMilliseconds: 1e308 };
    const observations = new Observations(dynamicLog());
    observations.setLosses(most * 100, most * 100);
    const reports = Array.from({ length: 20_000 }, (_, index) => ({
      podName: 'orders-1',
      process: processInfo(`process-${index}`),
      state: state({ ...forged, cost }),
    }));
    observations.observe(reports, none);
    const read = withStatus(dynamicLog(), { observedGeneration: 1, ...observations.toStatus() });
    expect(KINDS.DynamicLog.schema.safeParse(read).error).toBeUndefined();
  });

  it('start anew with a new generation', () => {
    const status = { observedGeneration: 1, hits: 50, retiredHits: 20, recent: [] };
    expect(new Observations(withStatus(dynamicLog({ generation: 2 }), status)).toStatus()).toEqual({
      hits: 0,
      retiredHits: 0,
      dropped: undefined,
      cost: undefined,
    });
  });
});

describe('results that were not reported', () => {
  it('are summed by reason over processes, agents and what the operator itself misses', () => {
    const observations = new Observations(dynamicLog());
    const dropped = (count: number) => [{ reason: 'RateLimited' as const, count }];
    observations.observe(
      [
        { podName: 'a', process: processInfo('one-1234'), state: state({ dropped: dropped(3) }) },
        { podName: 'b', process: processInfo('two-1234'), state: state({ dropped: dropped(4) }) },
      ],
      none,
    );
    observations.setLosses(2, 5);
    expect(observations.toStatus().dropped).toEqual([
      { reason: 'BufferFull', count: 5 },
      { reason: 'RateLimited', count: 7 },
      { reason: 'ResultsLost', count: 2 },
    ]);
  });

  it('survive a restart: what processes count goes on, what the operator counts is added', () => {
    const before = new Observations(dynamicLog());
    const process = processInfo('one-1234');
    before.observe([{ podName: 'a', process, state: state({ dropped: [{ reason: 'RateLimited', count: 3 }] }) }], none);
    before.setLosses(2, 0);
    const after = restart(before, []);
    after.observe([{ podName: 'a', process, state: state({ dropped: [{ reason: 'RateLimited', count: 4 }] }) }], none);
    after.setLosses(1, 0);
    expect(after.toStatus().dropped).toEqual([
      { reason: 'RateLimited', count: 4 },
      { reason: 'ResultsLost', count: 3 },
    ]);
  });

  it('are counted above the hit limit, which several processes can pass at once', () => {
    const observations = new Observations(snapshot({ spec: { maxCaptures: 2 } }));
    observations.observe([report('one-1234', 2), report('two-1234', 1)], none);
    expect(observations.toStatus()).toMatchObject({ hits: 3, dropped: [{ reason: 'HitLimitReached', count: 1 }] });
  });
});

describe('captures', () => {
  const capture = { frames: [], watches: [], pauseMicroseconds: 400 };
  const process = processInfo('one-1234');

  it('are counted when they have arrived, not when a process tells of the hit', () => {
    const observations = new Observations(snapshot());
    observations.observe([report('one-1234', 1)], none);
    expect(observations.toStatus()).toMatchObject({ hits: 1, captureCount: 0 });
    expect(observations.toStatus()).not.toHaveProperty('captures');
    observations.addResult(result(1, { capture }), 'orders-1', process);
    expect(observations.toStatus()).toMatchObject({ hits: 1, captureCount: 1, captures: [{ podName: 'orders-1' }] });
  });

  it('are counted also beyond those that status shows, and at most as often as there were hits', () => {
    const observations = new Observations(snapshot({ spec: { maxCaptures: 20 } }));
    for (let index = 0; index < 12; index++) observations.addResult(result(index, { capture }), 'orders-1', process);
    const before = observations.toStatus();
    expect(before).toMatchObject({ hits: 12, captureCount: 12, captures: { length: 10 } });
    const after = new Observations(
      withStatus(snapshot({ spec: { maxCaptures: 20 } }), { observedGeneration: 1, ...before }),
    );
    // The agent was not told that this one had arrived.
    after.observe([report('one-1234', 12)], none);
    after.addResult(result(11, { capture }), 'orders-1', process);
    expect(after.toStatus()).toMatchObject({ hits: 12, captureCount: 12 });
  });

  it('of two threads of a process in one millisecond are two', () => {
    const observations = new Observations(snapshot({ spec: { maxCaptures: 3 } }));
    observations.addResult(result(1, { capture, time: 1000.2 }), 'orders-1', process);
    observations.addResult(
      result(1, { capture, time: 1000.7, instanceID: 'two-1234' }),
      'orders-1',
      processInfo('two-1234'),
    );
    expect(observations.toStatus()).toMatchObject({ hits: 2, captureCount: 2, captures: { length: 2 } });
  });

  it('that an earlier operator wrote are not counted again, each of them once', () => {
    const observations = new Observations(snapshot({ spec: { maxCaptures: 3 } }));
    observations.addResult(result(1, { capture, time: 1000.2 }), 'orders-1', process);
    const status = { observedGeneration: 1, ...observations.toStatus() };
    const after = new Observations(withStatus(snapshot({ spec: { maxCaptures: 3 } }), status));
    after.observe([report('one-1234', 1), report('two-1234', 1)], none);
    after.addResult(result(1, { capture, time: 1000.2 }), 'orders-1', process);
    expect(after.toStatus()).toMatchObject({ captureCount: 1, captures: { length: 1 } });
    after.addResult(result(1, { capture, time: 1000.7, instanceID: 'two-1234' }), 'orders-1', processInfo('two-1234'));
    expect(after.toStatus()).toMatchObject({ captureCount: 2, captures: { length: 2 } });
  });

  it('that an earlier operator wrote are known also when their process has ended since', () => {
    const observations = new Observations(snapshot({ spec: { maxCaptures: 3 } }));
    observations.addResult(result(1, { capture }), 'orders-1', process);
    observations.observe([report('two-1234', 4)], none);
    const status = { observedGeneration: 1, ...observations.toStatus() };
    const after = new Observations(withStatus(snapshot({ spec: { maxCaptures: 3 } }), status));
    after.addResult(result(1, { capture }), 'orders-1', undefined);
    expect(after.toStatus()).toMatchObject({ captureCount: 1, captures: { length: 1 } });
  });
});

describe('estimated hits', () => {
  const sampled = (instanceID: string, hits: number, estimatedHits: number, rateLimited = 0) => ({
    podName: 'orders-1',
    process: processInfo(instanceID),
    state: state({ hits, estimatedHits, dropped: [{ reason: 'RateLimited' as const, count: rateLimited }] }),
  });

  it('are away where nothing is sampled, and where too little was seen', () => {
    const whole = new Observations(dynamicLog());
    whole.observe([report('one-1234', 500)], none);
    expect(whole.toStatus()).not.toHaveProperty('estimatedHits');
    const observations = new Observations(dynamicLog());
    observations.observe([sampled('one-1234', 1, 162)], none);
    expect(observations.toStatus()).not.toHaveProperty('estimatedHits');
  });

  it('have an interval, and hold what is certain: hits of processes that do not sample, and of those that are gone', () => {
    const observations = new Observations(dynamicLog());
    observations.observe([report('gone-1234', 1000)], none);
    observations.observe([report('one-1234', 500), sampled('two-1234', 60, 1000, 40)], none);
    expect(observations.toStatus()).toMatchObject({ hits: 1560, estimatedHits: 2491 });
    const { low = 0, high = 0 } = observations.toStatus().estimatedHitsInterval ?? {};
    expect(low).toBeGreaterThan(2200);
    expect(high).toBeLessThan(2800);
  });

  it('stay what an earlier operator wrote until there is news', () => {
    const before = new Observations(dynamicLog());
    before.observe([sampled('two-1234', 100, 1000)], none);
    const after = restart(before, [instance('two-1234', 100)]);
    after.observe([], new Set(['orders-1']));
    const { estimatedHits, estimatedHitsInterval } = before.toStatus();
    expect(estimatedHits).toBe(991);
    expect(after.toStatus()).toMatchObject({ estimatedHits, estimatedHitsInterval });
  });
});

describe('recent lines', () => {
  it('are the last ten in the order of their time, newest last', () => {
    const observations = new Observations(dynamicLog());
    for (const sequence of [12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) {
      observations.addResult(result(sequence), 'orders-1', processInfo('instance-1'));
    }
    const { recent } = observations.toStatus() as { recent: { message: string }[] };
    expect(recent.map(({ message }) => message)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((n) => `order ${n}`));
  });

  it('hold a line once that an agent repeats to the next operator', () => {
    const before = new Observations(dynamicLog());
    before.addResult(result(1), 'orders-1', processInfo('instance-1'));
    const after = restart(before, [instance('instance-1', 1)]);
    after.addResult(result(1), 'orders-1', processInfo('instance-1'));
    after.addResult(result(2), 'orders-1', processInfo('instance-1'));
    expect(after.toStatus()).toMatchObject({ hits: 2, recent: [{ message: 'order 1' }, { message: 'order 2' }] });
  });

  it('are cut at 1 KiB', () => {
    const observations = new Observations(dynamicLog());
    observations.addResult(result(1, { log: { level: 'Info', message: 'x'.repeat(5000) } }), 'orders-1', undefined);
    const { recent } = observations.toStatus() as { recent: { message: string }[] };
    expect(recent[0]?.message).toHaveLength(1024);
  });
});
