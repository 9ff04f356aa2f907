import type { HealthSample } from '../../channel/commands.ts';

/**
 * When the process is overloaded, every probe is taken out of it. Two signs: little heap is left, or the event loop has been busy
 * without a break since there are probes and was not before. The second is what a breakpoint does to a function with a long loop, which
 * V8 then runs in its interpreter: no hit, so no budget notices. Whether the probes were to blame is found out by their absence.
 */

export const HEALTH_SAMPLE_MILLISECONDS = 1000;
/** Shares of the heap limit at which probes leave, and may return. */
const HEAP_FULL = 0.92;
const HEAP_RECOVERED = 0.85;
/** Samples in a row: garbage that has not been collected yet looks like a full heap for a moment. */
const FULL_SAMPLES = 2;
/** Share of BUSY_MILLISECONDS for which the event loop is busy. A process that was not below WAS_CALM before its probes is not judged by it. */
const BUSY = 0.97;
const WAS_CALM = 0.8;
const BUSY_MILLISECONDS = 5000;
/** Fewest turns of the loop in that time. With fewer, it is stuck in one call, which is a fault that probes are there to find. */
const TURNS = 3;
const SHORTEST_ABSENCE_MILLISECONDS = 30_000;
const LONGEST_ABSENCE_MILLISECONDS = 600_000;

interface Moment {
  readonly time: number;
  readonly sample: HealthSample;
}

export type Verdict =
  | { readonly state: 'calm' }
  /** Probes leave, or stay away, for what the message says. */
  | { readonly state: 'overload'; readonly message: string };

const CALM: Verdict = { state: 'calm' };

/** Judges a series of samples. Times are milliseconds of one clock. */
export class OverloadDetector {
  #baseline: number | undefined;
  #window: Moment | undefined;
  #turns = 0;
  #fullSamples = 0;
  #verdict: Verdict = CALM;
  #cause: 'heap' | 'loop' | undefined;
  #since: Moment | undefined;
  #absence = SHORTEST_ABSENCE_MILLISECONDS;

  /** The first sample has to come before the first probe is placed, since it says how busy the process is without probes. */
  judge(sample: HealthSample, time: number): Verdict {
    const moment = { time, sample };
    this.#baseline ??= sample.active / Math.max(1, sample.active + sample.idle);
    this.#window ??= moment;
    if (this.#verdict.state === 'calm') this.#watch(moment);
    else this.#await(moment);
    return this.#verdict;
  }

  #watch(moment: Moment): void {
    const { usedHeap, heapLimit } = moment.sample;
    this.#fullSamples = usedHeap > heapLimit * HEAP_FULL ? this.#fullSamples + 1 : 0;
    if (this.#fullSamples >= FULL_SAMPLES) {
      const percent = Math.round((usedHeap / heapLimit) * 100);
      this.#begin('heap', moment, `${percent} % of the heap of ${megabytes(heapLimit)} MB is in use`);
      return;
    }
    // An answer in the middle of a call, for which the thread was interrupted, is no turn of the loop.
    if (moment.sample.isInterrupted !== true) this.#turns++;
    const window = this.#window;
    if (window === undefined || moment.time - window.time < BUSY_MILLISECONDS) return;
    const busy = this.#turns < TURNS ? 0 : utilization(window, moment);
    this.#openWindow(moment);
    const before = this.#baseline ?? 1;
    if (busy < BUSY || before >= WAS_CALM) return;
    const shares = `${Math.round(busy * 100)} % of the time, and ${Math.round(before * 100)} % before there were probes`;
    this.#begin('loop', moment, `the event loop is busy ${shares}`);
  }

  #begin(cause: 'heap' | 'loop', since: Moment, message: string): void {
    this.#cause = cause;
    this.#since = since;
    this.#fullSamples = 0;
    this.#verdict = { state: 'overload', message };
  }

  #await(moment: Moment): void {
    const since = this.#since;
    if (since === undefined) return;
    if (this.#cause === 'heap') {
      if (moment.sample.usedHeap < moment.sample.heapLimit * HEAP_RECOVERED) this.#end(moment);
      return;
    }
    if (moment.time - since.time < this.#absence) return;
    const without = utilization(since, moment);
    // Just as busy without probes: it is the application's own work, and no reason to stay away.
    if (without >= BUSY) this.#baseline = without;
    else this.#absence = Math.min(LONGEST_ABSENCE_MILLISECONDS, this.#absence * 2);
    this.#end(moment);
  }

  #end(moment: Moment): void {
    this.#verdict = CALM;
    this.#cause = undefined;
    this.#since = undefined;
    this.#openWindow(moment);
  }

  #openWindow(moment: Moment): void {
    this.#window = moment;
    this.#turns = 0;
  }
}

function utilization(from: Moment, to: Moment): number {
  const active = to.sample.active - from.sample.active;
  const all = active + to.sample.idle - from.sample.idle;
  return all <= 0 ? 0 : active / all;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}
