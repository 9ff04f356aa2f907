import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SendPace } from '../../../src/gateway/agents/send-pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The pace of a new connection, whose sets have the revisions 1, 2, and so on, and the times at which they were sent. */
function begin() {
  const startedAt = performance.now();
  const times: number[] = [];
  const pace: SendPace = new SendPace(() => {
    pace.begun();
    times.push(Math.round(performance.now() - startedAt));
    pace.sent(times.length);
  });
  return { pace, times };
}

/** A connection whose first set was answered long ago. */
function quiet() {
  const all = begin();
  all.pace.changed();
  vi.advanceTimersByTime(1000);
  all.pace.answered(1);
  vi.advanceTimersByTime(9000);
  return all;
}

test('the first set waits a moment for what is planned when the agent has connected', () => {
  const { pace, times } = begin();
  for (let change = 0; change < 4; change += 1) {
    pace.changed();
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([50]);
});

test('a change after a quiet time is sent at once, those that follow go together', () => {
  const { pace, times } = quiet();
  pace.changed();
  vi.advanceTimersByTime(1);
  for (let change = 0; change < 10; change += 1) {
    pace.changed();
    vi.advanceTimersByTime(5);
  }
  pace.answered(2);
  vi.advanceTimersByTime(1000);
  expect(times.slice(1)).toEqual([10_000, 10_100]);
});

test('a set waits for the answer to the one before, but not for long', () => {
  const { pace, times } = quiet();
  pace.changed();
  vi.advanceTimersByTime(1);
  pace.changed();
  vi.advanceTimersByTime(149);
  pace.answered(1);
  expect(times.slice(1)).toEqual([10_000]);
  pace.answered(2);
  vi.advanceTimersByTime(0);
  expect(times.slice(1)).toEqual([10_000, 10_150]);
  pace.changed();
  vi.advanceTimersByTime(1000);
  expect(times.slice(1)).toEqual([10_000, 10_150, 10_400]);
});

test('a set that waits to be sent is sent once, whatever is answered meanwhile', () => {
  let asked = 0;
  const pace = new SendPace(() => {
    asked += 1;
  });
  pace.changed();
  vi.advanceTimersByTime(50);
  pace.changed();
  pace.answered(1);
  vi.advanceTimersByTime(1000);
  expect(asked).toBe(1);
  pace.begun();
  pace.postpone();
  vi.advanceTimersByTime(1000);
  expect(asked).toBe(2);
});

test('a change that nobody waits for goes with the next one, two seconds later at most', () => {
  const { pace, times } = quiet();
  pace.changed(false);
  vi.advanceTimersByTime(500);
  pace.changed(false);
  vi.advanceTimersByTime(10_000);
  expect(times.slice(1)).toEqual([12_000]);
  pace.answered(2);
  pace.changed(false);
  vi.advanceTimersByTime(700);
  pace.changed();
  pace.changed(false);
  vi.advanceTimersByTime(10_000);
  expect(times.slice(2)).toEqual([20_700 + 500]);
});

test('an answer does not hasten a change that nobody waits for', () => {
  const { pace, times } = quiet();
  pace.changed();
  vi.advanceTimersByTime(1);
  pace.changed(false);
  vi.advanceTimersByTime(49);
  pace.answered(2);
  vi.advanceTimersByTime(10_000);
  expect(times.slice(1)).toEqual([10_000, 12_001]);
});

test('nothing is sent after the end', () => {
  const { pace, times } = begin();
  pace.changed();
  pace.stop();
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([]);
});
