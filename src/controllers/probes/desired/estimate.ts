/** What one process saw of a probe that is sampled there. */
export interface Sample {
  /** Hits that the probe met with a true condition, reported or not. */
  readonly seen: number;
  /** Share of the time in which it was in the code, above 0. */
  readonly share: number;
}

export interface Estimate {
  readonly hits: number;
  /** Bounds of 95 %, if hits come independently of each other. */
  readonly low: number;
  readonly high: number;
}

/** Standard deviations on either side that hold 95 %. */
const WIDTH = 1.96;
/** An interval that is wider than this part of its middle, to either side, says nothing. */
const MOST_UNCERTAIN = 0.5;

/**
 * How many hits there were, from samples; undefined while too few were seen for it to mean anything.
 *
 * A sampled probe leaves the code because of a hit, so that every time in the code ends with one. If hits come at random, that time
 * after `seen` hits is distributed as the sum of so many gaps, and `(seen - 1) / time` is the rate without a bias (`seen / time`
 * is too high: one hit in 40 ms looks like 25 a second); the deviation of that is its part `1 / sqrt(seen - 2)`. The hits that were
 * seen are certain, only those outside of that time are estimated.
 */
export function estimateHits(samples: readonly Sample[]): Estimate | undefined {
  let seen = 0;
  let unseen = 0;
  let variance = 0;
  for (const { seen: own, share } of samples) {
    if (own <= 0) continue;
    // Hits outside of the code for each hit inside.
    const each = 1 / share - 1;
    seen += own;
    unseen += (own - 1) * each;
    // Of the rate, and of how many hits there really were at that rate.
    variance += (each * Math.max(1, (own - 1) / Math.sqrt(Math.max(1, own - 2)))) ** 2 + (own - 1) * each;
  }
  const hits = seen + unseen;
  const width = WIDTH * Math.sqrt(variance);
  // Not <=, as what a process makes up may be no number at all.
  if (!(width < MOST_UNCERTAIN * hits)) return undefined;
  return { hits: bounded(hits), low: bounded(Math.max(seen, hits - width)), high: bounded(hits + width) };
}

function bounded(count: number): number {
  return Math.min(Math.round(count), Number.MAX_SAFE_INTEGER);
}
