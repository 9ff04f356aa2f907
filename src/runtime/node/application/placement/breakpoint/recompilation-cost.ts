import { min } from '../../guard/intrinsics.ts';

/**
 * What it costs when a breakpoint leaves a function: V8 compiles the function anew, and meanwhile it runs slower. A function that is
 * called some hundred times a second and is never optimized costs nothing, a hot loop about 100 ms of throughput, most of it on
 * another thread (bench/hit.ts, `runaway`). In between the cost grows with the calls: 3–5 ms at 3000 a second, 6–15 at 30,000.
 */
const MILLISECONDS_PER_HIT_PER_MILLISECOND = 1;
const MOST_TO_LEAVE = 60;

/** @param gap milliseconds between hits, on average; undefined where there was no second one. @returns milliseconds of work. */
export function recompilationCost(gap: number | undefined): number {
  return min(MOST_TO_LEAVE, MILLISECONDS_PER_HIT_PER_MILLISECOND / (gap ?? Infinity));
}
