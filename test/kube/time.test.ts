import { expect, test } from 'vitest';
import { microTime, timeOf } from '../../src/kube/time.ts';

test('a MicroTime has exactly six decimals', () => {
  expect(microTime(new Date(1_763_000_000_007))).toBe('2025-11-13T02:13:20.007000Z');
});

test('a Time has whole seconds, and never one that has not begun', () => {
  expect(timeOf(1_763_000_000_999)).toBe('2025-11-13T02:13:20Z');
});
