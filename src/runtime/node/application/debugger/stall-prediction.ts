import { getHeapStatistics } from 'node:v8';
import type { CPUQuota } from '../budget/cpu-quota.ts';
import { ceil, max } from '../guard/intrinsics.ts';

/** Milliseconds per megabyte in use that V8 takes to walk the heap: the slower half of the machines that were measured. */
const MILLISECONDS_PER_MEGABYTE = 0.3;
/** Walks that throwing away all baseline code takes: {@link DebuggerConnection.prepare}. */
export const PREPARING_WALKS = 2;
/** What enabling the debugger takes in any case, for the scripts of Node.js itself. */
export const ENABLE_MILLISECONDS = 10;
/** A walk that was shorter than this by the plain figure tells nothing of how fast the process is. */
const SHORTEST_TOLD = 3;

/**
 * For how long the process would stand by the clock when V8 walks its heap. It learns from each walk how much work that is for this
 * process, and counts the time for which the system holds back a process that has used up its share of the processor.
 */
export class StallPrediction {
  #perMegabyte = MILLISECONDS_PER_MEGABYTE;
  quota: CPUQuota | undefined;

  /** @param fixed milliseconds of work beside the walks. */
  milliseconds(megabytes: number, walks: number, fixed = 0): number {
    return lasting(this.work(megabytes, walks) + fixed, this.quota);
  }

  /** @returns milliseconds that the thread works for the walks. */
  work(megabytes: number, walks: number): number {
    return megabytes * this.#perMegabyte * walks;
  }

  /**
   * A walk was so much work for the thread. Not what passed on the clock: for as long as the machine let the thread stand, and once is
   * enough, every later probe would be refused, and nothing would be walked any more from which it could learn better.
   * @param worked milliseconds.
   */
  learn(megabytes: number, walks: number, worked: number, fixed = 0): void {
    if (megabytes * MILLISECONDS_PER_MEGABYTE * walks < SHORTEST_TOLD) return;
    const rate = max(0, worked - fixed) / (megabytes * walks);
    // Slower counts at once; faster may have been luck.
    this.#perMegabyte = max(
      MILLISECONDS_PER_MEGABYTE,
      rate > this.#perMegabyte ? rate : (this.#perMegabyte + rate) / 2,
    );
  }
}

/** How long work lasts by the clock, at worst: when the share of the present period is used up already. */
export function lasting(milliseconds: number, quota: CPUQuota | undefined): number {
  if (quota === undefined || quota.milliseconds >= quota.periodMilliseconds || milliseconds <= 0) return milliseconds;
  const waits = ceil(milliseconds / quota.milliseconds);
  return milliseconds + waits * (quota.periodMilliseconds - quota.milliseconds);
}

/** The application may replace it later. */
const heapStatistics = getHeapStatistics;

/** Megabytes of heap in use: what V8 walks through. */
export function usedHeapMegabytes(): number {
  return heapStatistics().used_heap_size / 1e6;
}
