import { expect, it } from 'vitest';
import { ResultNumbers } from '../../../src/sidecar/results/result-numbers.ts';
import { exampleResult } from '../examples.ts';

const after = (numbers: ResultNumbers, ...sequences: number[]) =>
  sequences.map((sequence) => numbers.next(exampleResult(sequence)).sequence);

it('numbers results of a process in the order in which they go on', () => {
  const numbers = new ResultNumbers();
  numbers.arrived([1, 2, 3].map((sequence) => exampleResult(sequence)));
  expect(after(numbers, 2, 3, 1)).toEqual([1, 2, 3]);
});

it('leaves a gap where the process left one, and none for what was never reported', () => {
  const numbers = new ResultNumbers();
  numbers.arrived([exampleResult(1), exampleResult(2)]);
  expect(after(numbers, 1)).toEqual([1]);
  numbers.arrived([exampleResult(5)]);
  const wantLost = 2;
  expect(after(numbers, 5)).toEqual([2 + wantLost]);
});

it('goes on above what an agent before this one has reported', () => {
  const numbers = new ResultNumbers();
  numbers.arrived([exampleResult(41), exampleResult(42)]);
  expect(after(numbers, 42, 41)).toEqual([41, 42]);
});
