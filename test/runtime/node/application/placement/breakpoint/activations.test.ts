import { describe, expect, test } from 'vitest';
import { Activations } from '../../../../../../src/runtime/node/application/placement/breakpoint/activations.ts';

const WATCHED = 1;
const UNWATCHED = 0;

describe('activations of a function', () => {
  test('an end has the time since its own beginning', () => {
    const activations = new Activations(false);
    const service = {};
    activations.enter([service, 1], 10, UNWATCHED);
    activations.enter([service, 2], 20, UNWATCHED);
    expect(activations.elapsed([service, 2], 25, UNWATCHED)).toBe(5);
    expect(activations.leave([service, 1], 30, UNWATCHED)).toBe(20);
    expect(activations.leave([service, 2], 31.0004, UNWATCHED)).toBe(11);
    expect(activations.leave([service, 2], 40, UNWATCHED)).toBeUndefined();
  });

  test('what nothing tells apart has no time, and does not spoil the next', () => {
    const activations = new Activations(false);
    activations.enter(['a'], 10, WATCHED);
    activations.enter(['a'], 20, WATCHED);
    expect(activations.leave(['a'], 30, WATCHED)).toBeUndefined();
    expect(activations.leave(['a'], 31, WATCHED)).toBeUndefined();
    activations.enter(['a'], 40, WATCHED);
    expect(activations.leave(['a'], 50, WATCHED)).toBe(10);
  });

  test('a recursion ends in the opposite order, as long as every end is seen', () => {
    const activations = new Activations(true);
    activations.enter(['a'], 10, WATCHED);
    activations.enter(['a'], 20, WATCHED);
    expect(activations.leave(['a'], 30, WATCHED)).toBe(10);
    expect(activations.leave(['a'], 31, WATCHED)).toBe(21);
    activations.enter(['a'], 40, WATCHED);
    activations.enter(['a'], 50, WATCHED + 1);
    expect(activations.leave(['a'], 60, WATCHED + 1)).toBeUndefined();
  });

  test.each([
    ['an object is not a primitive', [{}], [1]],
    ['objects count by identity', [{}], [{}]],
    ['0 is not -0', [0], [-0]],
    ['a text is not its length', ['x'.repeat(200)], ['y'.repeat(201)]],
    ['fewer values are others', [1, 2], [1]],
  ])('%s', (_name, begun, ended) => {
    const activations = new Activations(false);
    activations.enter(begun, 10, WATCHED);
    expect(activations.leave(ended, 20, WATCHED)).toBeUndefined();
  });

  test('the oldest is forgotten when there are too many', () => {
    const activations = new Activations(false);
    for (let index = 0; index <= 1000; index++) activations.enter([index], index, WATCHED);
    expect(activations.leave([0], 2000, WATCHED)).toBeUndefined();
    expect(activations.leave([1], 2001, WATCHED)).toBe(2000);
  });

  test('nothing is known after forgetting', () => {
    const activations = new Activations(true);
    activations.enter([1], 10, WATCHED);
    activations.forget();
    expect(activations.leave([1], 20, WATCHED)).toBeUndefined();
  });
});
