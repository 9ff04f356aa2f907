import { expect, test } from 'vitest';
import { microTime } from '../../src/kube/micro-time.ts';

test('a MicroTime has exactly six decimals', () => {
  expect(microTime(new Date(1_763_000_000_007))).toBe('2025-11-13T02:13:20.007000Z');
});
