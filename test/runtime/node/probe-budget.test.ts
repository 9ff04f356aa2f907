import { expect, test } from 'vitest';
import { Governor } from '../../../src/runtime/node/governor.ts';
import { ProbeBudget } from '../../../src/runtime/node/probe-budget.ts';
import { Counters } from '../../../src/runtime/node/shared-memory.ts';

const neverLonger = () => 0;

function budgetOf(perSecond: number) {
  const counters = new Counters();
  const governor = new Governor(0, neverLonger);
  governor.resize([perSecond], 0);
  return { counters, budget: new ProbeBudget(perSecond, governor, counters, () => 0) };
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
