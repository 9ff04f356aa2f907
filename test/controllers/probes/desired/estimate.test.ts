import { describe, expect, it } from 'vitest';
import { estimateHits } from '../../../../src/controllers/probes/desired/estimate.ts';

/** mulberry32: the same numbers in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Situation {
  /** Hits a second of the line. */
  readonly rate: number;
  readonly seconds: number;
  /** Hits in a row after which the probe leaves, and how long it is out. */
  readonly hitsEach: number;
  readonly secondsOut: number;
}

/** A line that is hit at random, and a probe that leaves after some hits and comes back: what it saw, and what was there. */
function simulate({ rate, seconds, hitsEach, secondsOut }: Situation, random: () => number) {
  let [time, inCode, seen, all, streak, returns] = [0, 0, 0, 0, 0, 0];
  while (time < seconds) {
    const gap = -Math.log(1 - random()) / rate;
    time += gap;
    all += 1;
    if (time < returns) continue;
    inCode += Math.min(gap, time - returns);
    seen += 1;
    streak += 1;
    if (streak < hitsEach) continue;
    streak = 0;
    returns = time + secondsOut;
  }
  return { all, seen, share: inCode / time };
}

const situations: Record<string, Situation> = {
  'a line of 100 hits a second, one of which is seen every second': {
    rate: 100,
    seconds: 60,
    hitsEach: 1,
    secondsOut: 1,
  },
  'a hot line, of which five hits are seen in a row every ten seconds': {
    rate: 500,
    seconds: 120,
    hitsEach: 5,
    secondsOut: 10,
  },
  'a line that is out for half of the time': { rate: 20, seconds: 60, hitsEach: 10, secondsOut: 0.5 },
};

describe('an estimate of hits from samples', () => {
  it.each(Object.entries(situations))('has no bias, and an interval that holds: %s', (_, situation) => {
    const random = randomFrom(1);
    const runs = Array.from({ length: 300 }, () => {
      const { all, seen, share } = simulate(situation, random);
      return { all, naive: seen / share, estimate: estimateHits([{ seen, share }]) };
    });
    const told = runs.filter((run) => run.estimate !== undefined);
    expect(told.length).toBeGreaterThan(290);
    const ratio = told.reduce((sum, { all, estimate }) => sum + (estimate?.hits ?? 0) / all, 0) / told.length;
    expect(ratio).toBeGreaterThan(0.97);
    expect(ratio).toBeLessThan(1.03);
    const held = told.filter(({ all, estimate }) => estimate && estimate.low <= all && all <= estimate.high);
    expect(held.length / told.length).toBeGreaterThan(0.93);
  });

  it('is without the bias that hits divided by the share have', () => {
    const random = randomFrom(2);
    const situation = { rate: 25, seconds: 6, hitsEach: 1, secondsOut: 0.2 };
    let [naive, corrected, runs] = [0, 0, 0];
    for (; runs < 400; runs += 1) {
      const { all, seen, share } = simulate(situation, random);
      naive += seen / share / all / 400;
      corrected += (estimateHits([{ seen, share }])?.hits ?? Number.NaN) / all / 400;
    }
    expect(naive).toBeGreaterThan(1.03);
    expect(Math.abs(corrected - 1)).toBeLessThan(0.02);
  });

  it('stays away while it means nothing: one hit in 40 ms of 6.5 s is not 162 hits', () => {
    expect(estimateHits([{ seen: 1, share: 0.04 / 6.5 }])).toBeUndefined();
    expect(estimateHits([{ seen: 10, share: 0.01 }])).toBeUndefined();
    expect(estimateHits([{ seen: 30, share: 0.01 }])).toBeDefined();
  });

  it('is certain about what was seen: of a probe that was hardly ever out a few hits suffice', () => {
    expect(estimateHits([{ seen: 4, share: 0.95 }])).toEqual({ hits: 4, low: 4, high: 5 });
  });

  it('sums up over processes, and becomes more certain with them', () => {
    const sample = { seen: 12, share: 0.1 };
    expect(estimateHits([sample])).toBeUndefined();
    const four = estimateHits([sample, sample, sample, sample]);
    expect(four?.hits).toBe(444);
    expect((four?.high ?? 0) - (four?.hits ?? 0)).toBeLessThan(150);
  });

  it('is nothing where a process makes up its numbers', () => {
    expect(estimateHits([{ seen: Number.MAX_SAFE_INTEGER, share: 0 }])).toBeUndefined();
    expect(estimateHits([])).toBeUndefined();
  });
});
