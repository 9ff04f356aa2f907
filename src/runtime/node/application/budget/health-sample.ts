import { getHeapStatistics } from 'node:v8';
import { isMainThread, resourceLimits } from 'node:worker_threads';
import type { HealthSample } from '../../channel/commands.ts';
import { min } from '../guard/intrinsics.ts';

const eventLoopUtilization = performance.eventLoopUtilization.bind(performance);
const MEGABYTE = 1024 * 1024;
const OLD_SPACE_FLAG = /(?:^|\s)--max[-_]old[-_]space[-_]size=(\d+)/g;
/** V8's heap limit includes room for young objects, which old objects cannot use: at most this much, and at most this share of it. */
const YOUNG_MEGABYTES = 208;
const YOUNG_SHARE = 0.1;

/** @returns how busy event loop and heap are now. Takes some microseconds. */
export function sampleHealth(): HealthSample {
  const { active, idle } = eventLoopUtilization();
  const { used_heap_size: usedHeap, heap_size_limit: all } = getHeapStatistics();
  return {
    active,
    idle,
    usedHeap,
    heapLimit: explicitLimit ?? all - min(YOUNG_MEGABYTES * MEGABYTE, all * YOUNG_SHARE),
  };
}

const explicitLimit = findLimit();

/** @returns the limit in bytes that was set for old objects, above which V8 ends the process; undefined where none was set. */
function findLimit(): number | undefined {
  if (!isMainThread) {
    const { maxOldGenerationSizeMb } = resourceLimits;
    return maxOldGenerationSizeMb === undefined || maxOldGenerationSizeMb <= 0
      ? undefined
      : maxOldGenerationSizeMb * MEGABYTE;
  }
  // Options of the command line come after those of the environment, and of several the last one holds.
  const flags = `${process.env.NODE_OPTIONS ?? ''} ${process.execArgv.join(' ')}`;
  const last = [...flags.matchAll(OLD_SPACE_FLAG)].at(-1)?.[1];
  return last === undefined ? undefined : Number(last) * MEGABYTE;
}
