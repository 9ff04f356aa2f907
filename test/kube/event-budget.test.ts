import { describe, expect, test } from 'vitest';
import { EventBudget } from '../../src/kube/event-budget.ts';

const taken = (budget: EventBudget, object: string, now: number, times: number): number =>
  Array.from({ length: times }, () => budget.take(object, now)).filter(Boolean).length;

describe('EventBudget', () => {
  test('allows an object 25 Events at once and one more every 30 s', () => {
    const budget = new EventBudget();
    expect(taken(budget, 'a', 0, 100)).toBe(25);
    expect(taken(budget, 'a', 29_000, 100)).toBe(0);
    expect(taken(budget, 'a', 61_000, 100)).toBe(2);
  });

  test('counts each object for itself', () => {
    const budget = new EventBudget();
    expect(taken(budget, 'a', 0, 100)).toBe(25);
    expect(taken(budget, 'b', 0, 100)).toBe(25);
  });
});
