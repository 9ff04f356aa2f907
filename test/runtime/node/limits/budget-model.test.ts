import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Line, randomFrom, simulate } from './budget-model.ts';

const MINUTE = 60_000;
const every =
  (milliseconds: number): Line['gap'] =>
  () =>
    milliseconds;
const always =
  (milliseconds: number): Line['work'] =>
  () =>
    milliseconds;
/** As it is: the first hits run code that is not compiled yet. */
const cold =
  (milliseconds: number): Line['work'] =>
  (index) =>
    index < 30 ? 1 : milliseconds;

describe('hits of a plain probe', () => {
  test.each([1, 5, 10, 19, 30])('at %d a second are all reported, for ten minutes', (rate) => {
    const { outcomes } = simulate([{ gap: every(1000 / rate), work: cold(0.3) }], 10 * MINUTE);
    expect(outcomes[0]).toMatchObject({ reported: outcomes[0]?.reached, leavings: 0 });
  });

  test('are all reported however unevenly they come, and however long the machine stands in between', () => {
    const programs = fc.record({
      seed: fc.integer(),
      rate: fc.double({ min: 1, max: 30, noNaN: true }),
      stood: fc.nat(100),
    });
    fc.assert(
      fc.property(programs, ({ seed, rate, stood }) => {
        const random = randomFrom(seed);
        const line = { gap: () => -Math.log(1 - random()) * (1000 / rate), work: cold(0.25) };
        const stands = () => (random() < 0.2 ? stood : 0);
        const { outcomes } = simulate([line], 2 * MINUTE, { stands });
        expect(outcomes[0]).toMatchObject({ reported: outcomes[0]?.reached, leavings: 0 });
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    { burst: 10, work: 1.5, pause: 15 },
    { burst: 30, work: 1, pause: 10 },
    { burst: 30, work: 0.3, pause: 0.01 },
  ])('are all reported in bursts of $burst, $work ms each, after a quiet time', ({ burst, work, pause }) => {
    const gap: Line['gap'] = (index) => (index % burst === 0 ? 9000 : pause);
    const { outcomes } = simulate([{ gap, work: always(work) }], MINUTE);
    expect(outcomes[0]).toMatchObject({ reported: outcomes[0]?.reached, leavings: 0 });
  });

  test('are all reported of three probes at ten a second each', () => {
    const line = { gap: every(100), work: cold(0.3) };
    const { outcomes } = simulate([line, line, line], 2 * MINUTE);
    for (const { reported, reached } of outcomes) expect(reported).toBe(reached);
  });
});

describe('a probe that costs much', () => {
  test('on a line that does nothing else leaves within twenty milliseconds', () => {
    const { outcomes } = simulate([{ gap: every(0.01), work: always(0.1) }], 20);
    expect(outcomes[0]?.leavings).toBe(1);
  });

  test('of one slow hit after the other leaves at the second', () => {
    const { outcomes } = simulate([{ gap: every(10), work: always(60) }], 500);
    expect(outcomes[0]).toMatchObject({ reported: 2, leavings: 1 });
  });

  test('is caught on a machine that lets the thread stand nine tenths of the time', () => {
    const { outcomes, worked } = simulate([{ gap: every(0.01), work: always(0.1) }], 2000, {
      stands: (work) => work * 9,
    });
    expect(outcomes[0]?.leavings).toBeGreaterThan(0);
    expect(worked).toBeLessThan(130);
  });

  test('is caught as soon where the machine lets the thread work for three milliseconds of each fifteen', () => {
    let left = 3;
    const stands = (work: number) => {
      left -= work;
      if (left > 0) return 0;
      left = 3;
      return 12;
    };
    const { outcomes, worked } = simulate([{ gap: every(0.01), work: always(0.1) }], 500, { stands });
    expect(outcomes[0]?.leavings).toBe(1);
    expect(worked).toBeLessThan(30);
  });

  test('costs one percent in the long run, whatever lines there are', () => {
    const lines = fc.array(
      fc.record({
        gap: fc.double({ min: 0.05, max: 500, noNaN: true }),
        work: fc.double({ min: 0.02, max: 8, noNaN: true }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, fc.integer(), (all, seed) => {
        const random = randomFrom(seed);
        const program = all.map(({ gap, work }) => ({ gap: () => gap * (0.5 + random()), work: always(work) }));
        const { worked } = simulate(program, 2 * MINUTE, { random });
        // What may be spent from the beginning, what flows in, each one's first second, and what one hit can be over.
        expect(worked).toBeLessThan(100 + 10 * 120 + all.length * (40 + 2 * 8));
      }),
      { numRuns: 30 },
    );
  });

  test('never takes more of one second than a peak and what flows in', () => {
    const lines = fc.record({
      gap: fc.double({ min: 0.01, max: 50, noNaN: true }),
      work: fc.double({ min: 0.02, max: 8, noNaN: true }),
    });
    fc.assert(
      fc.property(lines, ({ gap, work }) => {
        const { workedInOneSecond } = simulate([{ gap: every(gap), work: always(work) }], MINUTE);
        expect(workedInOneSecond).toBeLessThan(40 + 40 + 2 * 8);
      }),
      { numRuns: 30 },
    );
  });
});

describe('probes that share a process', () => {
  test('leave a probe on a rare line alone', () => {
    const hot: Line = { gap: every(0.05), work: always(0.1) };
    const rare: Line = { gap: every(2000), work: always(0.3) };
    const { outcomes } = simulate([hot, hot, hot, rare], 5 * MINUTE);
    expect(outcomes[3]).toMatchObject({ reported: outcomes[3]?.reached, leavings: 0 });
  });

  test('of which each costs less than it may, but all together more, leave as well', () => {
    const line: Line = { gap: every(100), work: always(0.6) };
    const { worked } = simulate(new Array(10).fill(line), 5 * MINUTE);
    expect(worked).toBeLessThan(100 + 10 * 300 + 10 * 41);
  });

  test('of the same cost each tell something every minute', () => {
    const line: Line = { gap: every(20), work: always(0.7) };
    const { outcomes } = simulate(new Array(4).fill(line), 10 * MINUTE, { random: randomFrom(7) });
    for (const { longestGap } of outcomes) expect(longestGap).toBeLessThan(MINUTE);
  });
});
