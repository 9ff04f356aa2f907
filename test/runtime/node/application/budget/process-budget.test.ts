import { describe, expect, test } from 'vitest';
import {
  PROCESS_MILLISECONDS_PER_SECOND,
  ProcessBudget,
} from '../../../../../src/runtime/node/application/budget/process-budget.ts';
import { Counters, keepLatest } from '../../../../../src/runtime/node/channel/counters.ts';

const neverLonger = () => 0;

/** Credit for ten seconds. */
const ALL = 10 * PROCESS_MILLISECONDS_PER_SECOND;

/** One that has half of its credit again after 2.5 seconds. */
function governorInDebt(): ProcessBudget {
  const processBudget = new ProcessBudget(0, neverLonger);
  processBudget.chargeOnce(ALL * 0.75, 0);
  return processBudget;
}

describe('the budget that the probes of a process share', () => {
  test('is used up by all of them together', () => {
    const processBudget = new ProcessBudget(0, neverLonger);
    processBudget.resize([10, 10], 0);
    processBudget.chargeOnce(60, 0);
    expect(processBudget.mustLeave(60, 0)).toBe(false);
    processBudget.chargeOnce(60, 0);
    expect(processBudget.mustLeave(60, 0)).toBe(true);
  });

  test('is used up when much is spent at once, long before the credit is', () => {
    const processBudget = new ProcessBudget(0, neverLonger);
    processBudget.resize([10, 10], 0);
    processBudget.charge(39, 0);
    expect(processBudget.mustLeave(39, 0)).toBe(false);
    processBudget.charge(2, 0);
    expect(processBudget.mustLeave(41, 0)).toBe(true);
    expect(processBudget.mustLeave(41, 1000)).toBe(false);
  });

  test('leaves a probe alone that took less than an equal share', () => {
    const processBudget = new ProcessBudget(0, neverLonger);
    processBudget.resize([10, 10], 0);
    processBudget.charge(120, 0);
    expect(processBudget.mustLeave(40, 0)).toBe(false);
  });

  test('keeps a probe out until half of its credit is there, and lets none come back before', () => {
    const processBudget = governorInDebt();
    expect(processBudget.wait(0, 0)).toBeCloseTo(2500);
    expect(processBudget.postponement('a', 2000)).toBe(500);
    expect(processBudget.postponement('a', 2600)).toBe(0);
  });

  test('lets those who have waited longest come back first', () => {
    const processBudget = governorInDebt();
    processBudget.postponement('first', 2000);
    processBudget.postponement('second', 2001);
    expect(processBudget.postponement('second', 2600)).toBeGreaterThan(0);
    expect(processBudget.postponement('third', 2600)).toBeGreaterThan(0);
    expect(processBudget.postponement('first', 2600)).toBe(0);
    expect(processBudget.postponement('third', 2600)).toBeGreaterThan(0);
    expect(processBudget.postponement('second', 2600)).toBe(0);
    expect(processBudget.postponement('third', 2600)).toBe(0);
  });

  test('does not wait for one that does not ask again', () => {
    const processBudget = governorInDebt();
    processBudget.postponement('deleted', 2000);
    expect(processBudget.postponement('other', 2600)).toBeGreaterThan(0);
    expect(processBudget.postponement('other', 5000)).toBe(0);
  });

  test('is as large as the largest limit that somebody gave a probe', () => {
    const processBudget = new ProcessBudget(0, neverLonger);
    processBudget.resize([10, 200], 0);
    processBudget.chargeOnce(1500, 0);
    expect(processBudget.mustLeave(1500, 0)).toBe(false);
    processBudget.resize([10], 0);
    processBudget.chargeOnce(110, 0);
    expect(processBudget.mustLeave(1610, 0)).toBe(true);
  });

  test('waits are longer by chance, so that samples do not keep step with the program', () => {
    const processBudget = new ProcessBudget(0, () => 0.5);
    processBudget.chargeOnce(ALL, 0);
    expect(processBudget.wait(0, 0)).toBeCloseTo(6250);
  });
});

describe('counts of a sampled probe', () => {
  test('are not scaled while it has been in the code all the time', () => {
    const counters = new Counters();
    counters.entered(1000);
    counters.addHit();
    expect([counters.sampledShare, counters.estimatedHits]).toEqual([undefined, undefined]);
  });

  test('are scaled by the share of the time in which it could be hit, which leaves out the hits themselves', () => {
    const counters = new Counters();
    counters.entered(1000);
    for (let hit = 0; hit < 10; hit++) {
      counters.addHit();
      counters.chargeHit(1, 5);
    }
    counters.left(true, 1150);
    counters.entered(2050);
    expect(counters.sampledShare).toBeCloseTo(0.1);
    expect(counters.estimatedHits).toBe(100);
  });

  test('count what the rate limit threw away as well', () => {
    const counters = new Counters();
    counters.entered(1000);
    counters.addHit();
    counters.drop('RateLimited');
    counters.drop('EvaluationFailed');
    counters.left(true, 1500);
    counters.entered(2000);
    expect(counters.estimatedHits).toBe(4);
  });

  test('leave out the time in which nobody wanted the probe', () => {
    const counters = new Counters();
    counters.entered(1000);
    counters.left(true, 1500);
    counters.left(false, 2000);
    counters.entered(102_000);
    expect(counters.sampledShare).toBeCloseTo(0.5);
  });
});

test('counts of probes that are gone are kept up to a bound, the latest of them, and always those in use', () => {
  const kept = new Map(Array.from({ length: 600 }, (_, index) => [`probe ${index}`, index]));
  keepLatest(kept, (key) => key === 'probe 3');
  expect(kept.size).toBe(500);
  expect([kept.has('probe 3'), kept.has('probe 4'), kept.has('probe 599')]).toEqual([true, false, true]);
});
