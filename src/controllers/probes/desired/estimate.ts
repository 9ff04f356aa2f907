/** The hits that one process saw of a probe which is sampled there. */
export interface Sample {
  /** Hits with a true condition while the probe was in the code, reported or not. */
  readonly seen: number;
  /** Share of the time in which it was in the code, above 0. */
  readonly share: number;
}

export interface Estimate {
  readonly hits: number;
  /** Bounds of the 95 % confidence interval, if hits are independent of each other. */
  readonly low: number;
  readonly high: number;
}

/** Standard deviations to either side of the mean that hold 95 %. */
const WIDTH = 1.96;
/** Largest half width of an interval, as a share of its middle; with a wider one there is no estimate. */
const MOST_UNCERTAIN = 0.5;

/**
 * How many hits there were, estimated from samples; undefined while too few were seen.
 *
 * A sampled probe leaves the code because of a hit, so that every period in the code ends with one. If hits come at random, the time in
 * the code after `seen` hits is distributed as the sum of that many gaps, and `(seen - 1) / time` is an unbiased estimate of the rate
 * (`seen / time` is too high: one hit in 40 ms looks like 25 a second), with the relative standard deviation `1 / sqrt(seen - 2)`. Hits
 * that were seen are certain; only those outside of the time in the code are estimated.
 */
export function estimateHits(samples: readonly Sample[]): Estimate | undefined {
  let seen = 0;
  let unseen = 0;
  let variance = 0;
  for (const { seen: own, share } of samples) {
    if (own <= 0) continue;
    // Hits while the probe was out of the code, for each hit while it was in it.
    const each = 1 / share - 1;
    seen += own;
    unseen += (own - 1) * each;
    // The variance of the rate, and that of the number of hits at that rate.
    variance += (each * Math.max(1, (own - 1) / Math.sqrt(Math.max(1, own - 2)))) ** 2 + (own - 1) * each;
  }
  const hits = seen + unseen;
  const width = WIDTH * Math.sqrt(variance);
  // Not <=, as numbers that a process makes up may give NaN.
  if (!(width < MOST_UNCERTAIN * hits)) return undefined;
  return { hits: bounded(hits), low: bounded(Math.max(seen, hits - width)), high: bounded(hits + width) };
}

function bounded(count: number): number {
  return Math.min(Math.round(count), Number.MAX_SAFE_INTEGER);
}
