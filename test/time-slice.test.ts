import { expect, test } from 'vitest';
import { SlicedCalls, TimeSlice } from '../src/time-slice.ts';

function compute(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('calls are made at once while there is time, and then in the turns that follow, in their order', async () => {
  const calls = new SlicedCalls();
  const made: number[] = [];
  for (let index = 0; index < 10; index += 1) {
    calls.add(() => {
      compute(3);
      made.push(index);
    });
  }
  expect(made[0]).toBe(0);
  expect(made.length).toBeLessThan(10);
  expect(calls.size).toBe(10 - made.length);
  await expect.poll(() => made).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(calls.size).toBe(0);
});

test('what goes first is called before all that wait, also if it was added later', async () => {
  const calls = new SlicedCalls();
  const made: string[] = [];
  const add = (name: string, isFirst: boolean) => {
    const task = () => {
      compute(3);
      made.push(name);
    };
    if (isFirst) calls.addFirst(task);
    else calls.add(task);
  };
  for (let index = 0; index < 6; index += 1) add(`read ${index}`, false);
  const before = made.length;
  expect(before).toBeLessThan(6);
  for (let index = 0; index < 3; index += 1) add(`write ${index}`, true);
  await expect.poll(() => made.length).toBe(9);
  const reads = Array.from({ length: 6 }, (_, index) => `read ${index}`);
  const writes = ['write 0', 'write 1', 'write 2'];
  expect(made).toEqual([...reads.slice(0, before), ...writes, ...reads.slice(before)]);
});

test('a loop that asks for the remaining time lets timers in', async () => {
  const slice = new TimeSlice();
  let timers = 0;
  const timer = setInterval(() => {
    timers += 1;
  }, 1);
  for (let index = 0; index < 30; index += 1) {
    await slice.remaining();
    compute(2);
  }
  clearInterval(timer);
  expect(timers).toBeGreaterThan(1);
});
