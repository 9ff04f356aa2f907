import { expect, test } from 'vitest';
import { CompileRate } from '../../../../../src/runtime/node/application/debugger/compile-rate.ts';

/** Compiles so many scripts a second. @returns whether that was too much at any time. */
function compile(rate: CompileRate, perSecond: number, from: number, seconds: number): boolean {
  let isTooHigh = false;
  for (let index = 0; index < perSecond * seconds; index++) {
    isTooHigh = rate.isTooHigh(from + (index * 1000) / perSecond) || isTooHigh;
  }
  return isTooHigh;
}

test('a program that compiles for half a minute without a rest compiles all the time', () => {
  const rate = new CompileRate(0);
  expect(compile(rate, 100, 0, 29)).toBe(false);
  expect(compile(rate, 100, 29_000, 3)).toBe(true);
  expect(Math.round(rate.perSecond)).toBe(100);
});

test('one that loads thousands of modules in a burst does not, however often', () => {
  const rate = new CompileRate(0);
  for (let minute = 0; minute < 10; minute++) expect(compile(rate, 2000, minute * 60_000, 5)).toBe(false);
});

test('one that compiles a little all the time does not', () => {
  expect(compile(new CompileRate(0), 15, 0, 600)).toBe(false);
});
