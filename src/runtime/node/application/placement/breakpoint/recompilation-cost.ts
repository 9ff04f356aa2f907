import { min } from '../../guard/intrinsics.ts';

/**
 * What V8 spends on compiling a function anew when a breakpoint has left it, and on running it slower meanwhile: nothing for one
 * that is called some hundred times a second and is never optimized, and for the loop of a hot one about 100 ms of
 * throughput, most of it on another thread (bench/hit.ts, `runaway`). In between it grows with the calls: 3–5 ms at 3000 a
 * second, 6–15 at 30,000.
 */
const MILLISECONDS_PER_HIT_PER_MILLISECOND = 1;
const MOST_TO_LEAVE = 60;

/** @param gap milliseconds between hits, on average; undefined where there was no second one. @returns milliseconds of work. */
export function recompilationCost(gap: number | undefined): number {
  return min(MOST_TO_LEAVE, MILLISECONDS_PER_HIT_PER_MILLISECOND / (gap ?? Infinity));
}
