import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Deadline,
  ownTime,
  ThreadClock,
  uncertaintyOf,
} from '../../../../../src/runtime/node/application/budget/thread-clock.ts';

/** A thread that works, and one that the machine lets stand. */
function machine(uncertainty = 0) {
  let wall = 1000;
  let worked = 10;
  return {
    clock: new ThreadClock({ wall: () => wall, worked: () => worked, uncertainty }),
    work(milliseconds: number) {
      wall += milliseconds;
      worked += milliseconds;
    },
    stand(milliseconds: number) {
      wall += milliseconds;
    },
  };
}

describe('the time of a thread', () => {
  test('is what it works, not what passes', () => {
    const { clock, work, stand } = machine();
    const moment = clock.moment();
    work(2);
    stand(90);
    work(1);
    expect(clock.workedSince(moment)).toBe(3);
  });

  test('counts rather too much where the clock moves in steps, but never more than has passed', () => {
    const { clock, work, stand } = machine(10);
    const moment = clock.moment();
    work(3);
    expect(clock.workedSince(moment)).toBe(3);
    stand(90);
    expect(clock.workedSince(moment)).toBe(13);
  });

  test('of this very thread grows while it works, never by more than passes', () => {
    const clock = new ThreadClock();
    const moment = clock.moment();
    while (clock.workedSince(moment) < 5);
    expect(clock.workedSince(moment)).toBeLessThanOrEqual(clock.now() - moment.wall);
    expect(clock.now() - moment.wall).toBeGreaterThanOrEqual(5);
  });

  test('of this very thread stands still while it waits', () => {
    const clock = new ThreadClock();
    const moment = clock.moment();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(clock.workedSince(moment)).toBeLessThan(150);
  });

  test('is exact on this system', () => {
    expect(ownTime().uncertainty).toBeLessThan(0.1);
  });

  test('is taken for uncertain by a tick when it moves in steps, or does not move', () => {
    let readings = 0;
    expect(uncertaintyOf(() => Math.floor(readings++ / 10) * 4)).toBe(10);
    expect(uncertaintyOf(() => 7)).toBe(10);
  });
});

describe('a deadline', () => {
  test('comes when the thread has worked for its time', () => {
    const { clock, work } = machine();
    const deadline = new Deadline(clock, clock.moment(), 8, 100);
    work(7.9);
    expect(deadline.isLate()).toBe(false);
    work(0.1);
    expect([deadline.isLate(), deadline.stoodStill]).toEqual([true, false]);
  });

  test('does not come because the machine lets the thread stand', () => {
    const { clock, work, stand } = machine();
    const deadline = new Deadline(clock, clock.moment(), 8, 100);
    work(2);
    stand(80);
    expect([deadline.isLate(), deadline.left()]).toEqual([false, 6]);
    work(6);
    expect([deadline.isLate(), deadline.stoodStill]).toEqual([true, false]);
  });

  test('comes after so much time in any case, and says that the machine stood', () => {
    const { clock, work, stand } = machine();
    const deadline = new Deadline(clock, clock.moment(), 8, 100);
    work(2);
    stand(98);
    expect([deadline.isLate(), deadline.stoodStill, deadline.left()]).toEqual([true, true, 0]);
  });

  test('of a part leaves work to the others, but has some time itself, also when all is over', () => {
    const { clock, work } = machine();
    const deadline = new Deadline(clock, clock.moment(), 8, 100);
    expect(deadline.earlier(3, 0.3).left()).toBe(5);
    work(9);
    const part = deadline.earlier(3, 0.3);
    expect([deadline.isLate(), part.isLate()]).toEqual([true, false]);
    work(0.31);
    expect(part.isLate()).toBe(true);
  });

  test('never lets the thread work longer, nor more time pass, by more than one step', () => {
    const steps = fc.array(fc.record({ worked: fc.double({ min: 0, max: 3, noNaN: true }), stood: fc.nat(60) }), {
      minLength: 60,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const { clock, work, stand } = machine();
        const since = clock.moment();
        const deadline = new Deadline(clock, since, 8, 100);
        for (const { worked, stood } of all) {
          if (deadline.isLate()) return;
          expect(clock.workedSince(since)).toBeLessThan(8);
          expect(clock.now() - since.wall).toBeLessThan(100);
          work(worked + 0.2);
          stand(stood);
        }
        expect(deadline.isLate()).toBe(true);
      }),
    );
  });
});
