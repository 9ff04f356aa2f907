import { expect, test } from 'vitest';
import { Governor } from '../../../src/runtime/node/governor.ts';
import { ProbeBudget } from '../../../src/runtime/node/probe-budget.ts';
import { Counters } from '../../../src/runtime/node/shared-memory.ts';

const neverLonger = () => 0;

function budgetOf(perSecond: number) {
  const clock = { now: 0 };
  const counters = new Counters();
  const governor = new Governor(0, neverLonger);
  governor.resize([perSecond], 0);
  return { clock, counters, governor, budget: new ProbeBudget(perSecond, governor, counters, () => clock.now) };
}

test('a first hit that takes long, because nothing is compiled yet, does not put the probe out', () => {
  const { budget, counters } = budgetOf(10);
  expect(budget.chargeHit(14)).toBeUndefined();
  expect(counters.cost().cpuMilliseconds).toBe(14);
});

test('the second hit that takes as long does', () => {
  const { budget } = budgetOf(10);
  budget.chargeHit(14);
  expect(budget.chargeHit(14)).toBe('probe');
});

test('a first hit leaves half of the budget to the next ones, and a cheap one is charged as it is', () => {
  const { budget } = budgetOf(10);
  budget.chargeHit(14);
  expect(budget.chargeHit(4)).toBeUndefined();
  expect(budget.chargeHit(2)).toBe('probe');
  const { budget: cheap } = budgetOf(10);
  cheap.chargeHit(1);
  expect(cheap.chargeHit(8)).toBeUndefined();
  expect(cheap.chargeHit(2)).toBe('probe');
});

test('a new probe tells something even when others have used up the budget of the process', () => {
  const { budget, governor, clock } = budgetOf(10);
  governor.resize([10, 10, 10], 0);
  governor.charge(1000, 0);
  expect(budget.chargeHit(4)).toBeUndefined();
  clock.now = 20;
  expect(budget.chargeHit(4)).toBeUndefined();
  clock.now = 1000;
  expect(budget.chargeHit(4)).toBe('process');
});

test('a hot line stays out longer each time, which is not on the account of the other probes', () => {
  const { budget, governor, clock } = budgetOf(10);
  const waits = [1, 2, 3].map(() => {
    budget.begin(clock.now);
    budget.chargeHit(11);
    const wait = budget.leave(clock.now);
    const ofProcess = governor.wait(0, clock.now);
    clock.now += wait;
    return [Math.round(wait), Math.round(ofProcess)];
  });
  const first = [6500, 6500];
  expect(waits).toEqual([first, [13_100, 7100], [25_100, 7100]]);
});
