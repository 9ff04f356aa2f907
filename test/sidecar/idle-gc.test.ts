import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IdleGC } from '../../src/sidecar/idle-gc.ts';

const { gc } = globalThis;
let collections = 0;

beforeEach(() => {
  vi.useFakeTimers();
  collections = 0;
  Object.assign(globalThis, { gc: () => collections++ });
});

afterEach(() => {
  vi.useRealTimers();
  Object.assign(globalThis, { gc });
});

test('memory is given back once, ten seconds after the last thing that happened', () => {
  const idleGC = new IdleGC();
  idleGC.disturb();
  for (let second = 0; second < 30; second++) {
    vi.advanceTimersByTime(1000);
    idleGC.disturb();
  }
  expect(collections).toBe(0);
  vi.advanceTimersByTime(10_000);
  expect(collections).toBe(1);
  vi.advanceTimersByTime(60_000);
  expect(collections).toBe(1);
});

test('memory is given back again after the next burst', () => {
  const idleGC = new IdleGC();
  idleGC.disturb();
  vi.advanceTimersByTime(10_000);
  idleGC.disturb();
  vi.advanceTimersByTime(10_000);
  expect(collections).toBe(2);
});

test('nothing happens after the end, and nothing without --expose-gc', () => {
  const ended = new IdleGC();
  ended.disturb();
  ended.end();
  vi.advanceTimersByTime(60_000);
  expect(collections).toBe(0);
  Object.assign(globalThis, { gc: undefined });
  new IdleGC().disturb();
  expect(() => vi.advanceTimersByTime(60_000)).not.toThrow();
});
