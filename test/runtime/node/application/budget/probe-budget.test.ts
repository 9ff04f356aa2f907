import { expect, test } from 'vitest';
import { ProbeBudget } from '../../../../../src/runtime/node/application/budget/probe-budget.ts';
import { ProcessBudget } from '../../../../../src/runtime/node/application/budget/process-budget.ts';
import { recompilationCost } from '../../../../../src/runtime/node/application/placement/breakpoint/recompilation-cost.ts';
import { Counters } from '../../../../../src/runtime/node/channel/counters.ts';
import { ModelTime } from '../../limits/budget-model.ts';

const neverLonger = () => 0;

function budgetOf(perSecond: number) {
  const time = new ModelTime();
  const counters = new Counters();
  const processBudget = new ProcessBudget(0, neverLonger);
  processBudget.resize([perSecond], 0);
  const budget = new ProbeBudget(perSecond, processBudget, counters, time.clock);
  /** A hit of so much work, begun so long after the last one. */
  const hit = (work: number, gap = 0) => {
    time.wait(time.wall + gap);
    const started = time.clock.moment();
    budget.begin(started, 0);
    time.work(work);
    return budget.chargeHit(time.clock.workedSince(started), time.wall - started.wall);
  };
  const leave = () => Math.round(budget.leave(time.clock.moment(), recompilationCost));
  return { time, counters, processBudget, budget, hit, leave };
}

test('a first hit that takes long, because nothing is compiled yet, does not put the probe out', () => {
  const { hit, counters } = budgetOf(10);
  expect(hit(60)).toBeUndefined();
  expect(counters.cost().cpuMilliseconds).toBe(60);
});

test('the second hit that takes as long does', () => {
  const { hit } = budgetOf(10);
  hit(60);
  expect(hit(60)).toBe('probe');
});

test('a first hit leaves half of what may be spent at once to the next ones, and a cheap one is charged as it is', () => {
  const { hit } = budgetOf(10);
  hit(60);
  expect(hit(4)).toBeUndefined();
  expect(hit(9)).toBe('probe');
  const { hit: cheap } = budgetOf(10);
  cheap(1);
  expect(cheap(8)).toBeUndefined();
  expect(cheap(9)).toBe('probe');
});

test('a new probe tells something even when others have used up the budget of the process', () => {
  const { hit, processBudget } = budgetOf(10);
  processBudget.resize([10, 10, 10], 0);
  processBudget.charge(1000, 0);
  expect(hit(4)).toBeUndefined();
  expect(hit(4, 20)).toBeUndefined();
  for (let more = 0; more < 400; more++) hit(2, 200);
  processBudget.charge(100, 90_000);
  expect(hit(4, 1000)).toBe('process');
});

test('leaving costs nothing where the function is called some times a second, and much where it is called all the time', () => {
  const calm = budgetOf(10);
  for (let turn = 0; turn < 3; turn++) calm.hit(1, 200);
  calm.budget.payOnce(97);
  expect(calm.leave()).toBeLessThan(5100);
  const hot = budgetOf(10);
  for (let turn = 0; turn < 400; turn++) hot.hit(0.1, 0.001);
  hot.budget.payOnce(100 - 40);
  expect(hot.leave()).toBeGreaterThan(10_500);
});

test('a hot line stays out longer each time, which is not on the account of the other probes', () => {
  const { time, processBudget, hit, leave } = budgetOf(10);
  const waits = [1, 2, 3, 4].map(() => {
    while (hit(0.5, 0.001) === undefined);
    const wait = leave();
    const ofProcess = Math.round(processBudget.wait(0, time.wall));
    time.wait(time.wall + wait);
    return [wait, ofProcess];
  });
  expect(waits.map(([own = 0]) => own)).toEqual([...waits.map(([own = 0]) => own)].sort((a, b) => a - b));
  expect(waits.at(-1)?.[0]).toBeGreaterThan(30_000);
  for (const [, ofProcess] of waits) expect(ofProcess).toBeLessThan(10_500);
});
