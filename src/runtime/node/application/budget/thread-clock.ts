import fs from 'node:fs';
import { max, min } from '../guard/intrinsics.ts';

/** A point in time, as the clock on the wall shows it and as what the thread has worked until then; milliseconds. */
export interface Moment {
  readonly wall: number;
  readonly worked: number;
}

/** Where a clock reads: both in milliseconds. `worked` is never less than what the thread itself works between two readings. */
export interface TimeSource {
  readonly wall: () => number;
  readonly worked: () => number;
  /** By how much a difference of `worked` may be too small. */
  readonly uncertainty: number;
}

/** A clock of the processor is exact to about a microsecond, or else moves when the system's own timer interrupts: at 100 Hz at worst. */
const EXACT_MILLISECONDS = 0.005;
const TICK_MILLISECONDS = 10;
const LARGEST_EXACT_STEP = 0.1;
const READINGS = 100;

/** The application may replace them later. */
const { cpuUsage, threadCpuUsage } = process;
const { openSync, readSync } = fs;
const wall: () => number = performance.now.bind(performance);

/**
 * What this thread has worked. Linux brings the times of the process up to date when they are read, and with them that of the
 * thread that reads them, but not the thread's own when only those are asked for: they stand still for up to 4 ms.
 */
function worked(): number {
  const all = cpuUsage();
  const { user, system } = threadCpuUsage === undefined ? all : threadCpuUsage();
  return (user + system) / 1000;
}

const ZERO = 48;
const DIGITS = 20;

/**
 * Before Node.js 22.19 there are only the times of the process, whose other threads may have worked at the same time, but Linux
 * has a file for each thread. What goes wrong with it, as when the application closes it, leaves the times of the process.
 */
function workedByFile(): () => number {
  const file = openSync('/proc/thread-self/schedstat', 'r');
  const bytes = new Uint8Array(DIGITS);
  let last = 0;
  return () => {
    const all = cpuUsage();
    if (last >= 0) {
      try {
        const read = readSync(file, bytes, 0, DIGITS, 0);
        let nanoseconds = 0;
        for (let index = 0; index < read && (bytes[index] ?? 0) >= ZERO; index++) {
          nanoseconds = nanoseconds * 10 + (bytes[index] ?? 0) - ZERO;
        }
        if (nanoseconds > last) last = nanoseconds;
        else last = -1;
      } catch {
        last = -1;
      }
    }
    return last >= 0 ? last / 1e6 : (all.user + all.system) / 1000;
  };
}

function bestReading(): () => number {
  if (threadCpuUsage !== undefined) return worked;
  try {
    return workedByFile();
  } catch {
    return worked;
  }
}

/** @returns by how much a difference between two readings may be too small: much where the clock moves in steps. */
export function uncertaintyOf(read: () => number): number {
  for (let turn = 0, last = read(); turn < READINGS; turn++) {
    const next = read();
    if (next > last && next - last < LARGEST_EXACT_STEP) return EXACT_MILLISECONDS;
    last = next;
  }
  return TICK_MILLISECONDS;
}

/** Of the thread that asks. On a system that does not tell, all time that passes is work. */
export function ownTime(): TimeSource {
  try {
    const read = bestReading();
    return { wall, worked: read, uncertainty: uncertaintyOf(read) };
  } catch {
    return { wall, worked: wall, uncertainty: 0 };
  }
}

/**
 * The time of the application's thread. On a busy machine, or under a limit of its processor, time passes in which the thread
 * stands still; what the runtime costs and how long it may work is counted without that.
 */
export class ThreadClock {
  /** Milliseconds of the clock on the wall. */
  readonly now: () => number;
  readonly #worked: () => number;
  readonly #uncertainty: number;

  constructor({ wall, worked, uncertainty }: TimeSource = ownTime()) {
    this.now = wall;
    this.#worked = worked;
    this.#uncertainty = uncertainty;
  }

  moment(): Moment {
    return { wall: this.now(), worked: this.#worked() };
  }

  /** @returns milliseconds that the thread has worked since then: rather too many than too few, and never more than have passed. */
  workedSince(moment: Moment): number {
    const since = this.#worked() - moment.worked + this.#uncertainty;
    return max(0, min(this.now() - moment.wall, since));
  }
}

/** How long something may go on: so much of the thread's work, and no longer than so much time, however little it could work in it. */
export class Deadline {
  readonly #clock: ThreadClock;
  readonly #since: Moment;
  readonly #work: number;
  readonly #wall: number;
  /** Before this time of the clock nothing can be late: the thread cannot have worked more than has passed. */
  #next: number;
  #stoodStill = false;

  /** @param work milliseconds of the thread from that moment on. @param passing milliseconds of the clock. */
  constructor(clock: ThreadClock, since: Moment, work: number, passing: number) {
    this.#clock = clock;
    this.#since = since;
    this.#work = work;
    this.#wall = since.wall + passing;
    this.#next = since.wall + min(work, passing);
  }

  readonly isLate = (): boolean => this.#clock.now() >= this.#next && this.left() <= 0;

  /** Whether it was late because the machine let the thread stand, not for what the thread did. */
  get stoodStill(): boolean {
    return this.#stoodStill;
  }

  /** @returns milliseconds that may still be worked; 0 when it is late. */
  left(): number {
    const work = this.#work - this.#clock.workedSince(this.#since);
    const now = this.#clock.now();
    const left = max(0, min(work, this.#wall - now));
    if (left === 0 && work > 0) this.#stoodStill = true;
    this.#next = now + left;
    return left;
  }

  /** @returns one for as much work, which may go on for so much time from now. @param passing milliseconds of the clock. */
  prolonged(passing: number): Deadline {
    return new Deadline(this.#clock, this.#since, this.#work, this.#clock.now() - this.#since.wall + passing);
  }

  /** @returns one that ends so much work earlier, but leaves at least `least` in any case. */
  earlier(milliseconds: number, least: number): Deadline {
    const worked = this.#clock.workedSince(this.#since);
    const passed = this.#clock.now() - this.#since.wall;
    const work = max(this.#work - milliseconds, worked + least);
    return new Deadline(this.#clock, this.#since, work, max(this.#wall - this.#since.wall, passed + least));
  }
}
