import { getHeapStatistics } from 'node:v8';
import type { CPUQuota } from '../budget/cpu-quota.ts';
import { ceil, max } from '../guard/intrinsics.ts';

/** Milliseconds that V8 takes to walk a megabyte of used heap, as measured on the slower half of the machines. */
const MILLISECONDS_PER_MEGABYTE = 0.3;
/** Walks of the heap that discarding all baseline code takes: {@link DebuggerConnection.prepare}. */
export const PREPARING_WALKS = 2;
/** Milliseconds that enabling the debugger takes beside the walk, for the scripts of Node.js itself. */
export const ENABLE_MILLISECONDS = 10;
/** A walk that should take less than these milliseconds is too short to learn from. */
const SHORTEST_TOLD = 3;

/**
 * Predicts for how long the process stands when V8 walks its heap. It learns from each walk how much work one is in this
 * process, and adds the time for which the system holds back a process that has used up its CPU quota.
 */
export class StallPrediction {
  #perMegabyte = MILLISECONDS_PER_MEGABYTE;
  quota: CPUQuota | undefined;

  /** @param fixed milliseconds of work beside the walks. @returns milliseconds of the clock. */
  milliseconds(megabytes: number, walks: number, fixed = 0): number {
    return lasting(this.work(megabytes, walks) + fixed, this.quota);
  }

  /** @returns milliseconds that the thread works for the walks. */
  work(megabytes: number, walks: number): number {
    return megabytes * this.#perMegabyte * walks;
  }

  /**
   * Learns from walks that were done. The time that passed does not count: were the machine busy only once, every later probe would
   * be refused, and no further walk could correct the figure.
   * @param worked milliseconds that the thread worked, `fixed` ones beside the walks included.
   */
  learn(megabytes: number, walks: number, worked: number, fixed = 0): void {
    if (megabytes * MILLISECONDS_PER_MEGABYTE * walks < SHORTEST_TOLD) return;
    const rate = max(0, worked - fixed) / (megabytes * walks);
    // A slower walk counts at once, a faster one only gradually, as it may have been luck.
    this.#perMegabyte = max(
      MILLISECONDS_PER_MEGABYTE,
      rate > this.#perMegabyte ? rate : (this.#perMegabyte + rate) / 2,
    );
  }
}

/** @returns milliseconds of the clock that work takes at worst: when the quota of the current period is used up already. */
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
