import { expect, test } from 'vitest';
import { lasting, StallPrediction } from '../../../../../src/runtime/node/application/debugger/stall-prediction.ts';

const tenth = { milliseconds: 10, periodMilliseconds: 100 };

test('a walk is foreseen by the size of the heap', () => {
  const prediction = new StallPrediction();
  expect(prediction.milliseconds(400, 1)).toBeCloseTo(120);
  expect(prediction.milliseconds(400, 2, 10)).toBeCloseTo(250);
});

test('what a process with a share of a processor does lasts longer by the clock', () => {
  expect(lasting(60, { milliseconds: 200, periodMilliseconds: 100 })).toBe(60);
  expect(lasting(60, undefined)).toBe(60);
  expect(lasting(5, tenth)).toBe(95);
  expect(lasting(60, tenth)).toBe(600);
  const prediction = new StallPrediction();
  prediction.quota = tenth;
  expect(prediction.milliseconds(200, 1)).toBeCloseTo(600);
});

test('a slow process is known by its first walk, and a fast one is trusted by and by', () => {
  const prediction = new StallPrediction();
  prediction.learn(100, 1, 90);
  expect(prediction.milliseconds(100, 1)).toBeCloseTo(90);
  prediction.learn(100, 2, 60);
  expect(prediction.milliseconds(100, 1)).toBeCloseTo(60);
  for (let walk = 0; walk < 20; walk++) prediction.learn(100, 1, 1);
  expect(prediction.milliseconds(100, 1)).toBeCloseTo(30);
});

test('a walk through a heap of a few megabytes tells nothing', () => {
  const prediction = new StallPrediction();
  prediction.learn(5, 1, 80);
  expect(prediction.milliseconds(100, 1)).toBeCloseTo(30);
});

test('the share of a processor is not counted twice', () => {
  const prediction = new StallPrediction();
  prediction.quota = tenth;
  prediction.learn(100, 1, 30);
  expect(prediction.milliseconds(100, 1)).toBeCloseTo(lasting(30, tenth));
});
