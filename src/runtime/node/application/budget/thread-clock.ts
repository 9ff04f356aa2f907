import fs from 'node:fs';
import { max, min } from '../guard/intrinsics.ts';

/** A point in time: `wall` is the time of the clock, `worked` the CPU time of the thread until then; both in milliseconds. */
export interface Moment {
  readonly wall: number;
  readonly worked: number;
}

/** What a clock reads, in milliseconds. Between two readings `worked` grows at least by what the thread itself has worked. */
export interface TimeSource {
  readonly wall: () => number;
  readonly worked: () => number;
  /** Milliseconds by which the difference of two readings of `worked` may be too small. */
  readonly uncertainty: number;
}

/** A clock of CPU time is exact to about a microsecond, or else moves with the timer interrupt of the system: at 100 Hz at worst. */
const EXACT_MILLISECONDS = 0.005;
const TICK_MILLISECONDS = 10;
const LARGEST_EXACT_STEP = 0.1;
const READINGS = 100;

/** The application may replace them later. */
const { cpuUsage, threadCpuUsage } = process;
const { openSync, readSync } = fs;
const wall: () => number = performance.now.bind(performance);

/**
 * CPU time of this thread. Linux updates the times of the process when they are read, and with them that of the reading thread.
 * Where only the time of the thread is read, it is up to 4 ms old; so both are read.
 */
function worked(): number {
  const all = cpuUsage();
  const { user, system } = threadCpuUsage === undefined ? all : threadCpuUsage();
  return (user + system) / 1000;
}

const ZERO = 48;
const DIGITS = 20;

/**
 * CPU time of this thread from the file that Linux has for each thread. Before Node.js 22.19 there is only the CPU time of the
 * process, in which other threads take part. It stands in when the file cannot be read, as when the application has closed it.
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

/** @returns milliseconds by which the difference of two readings may be too small: many where the clock moves in steps. */
export function uncertaintyOf(read: () => number): number {
  for (let turn = 0, last = read(); turn < READINGS; turn++) {
    const next = read();
    if (next > last && next - last < LARGEST_EXACT_STEP) return EXACT_MILLISECONDS;
    last = next;
  }
  return TICK_MILLISECONDS;
}

/** @returns the clocks of the calling thread. On a system that does not tell the CPU time, all time that passes counts as work. */
export function ownTime(): TimeSource {
  try {
    const read = bestReading();
    return { wall, worked: read, uncertainty: uncertaintyOf(read) };
  } catch {
    return { wall, worked: wall, uncertainty: 0 };
  }
}

/**
 * The clock of the application's thread. On a busy machine or under a CPU limit time passes in which the thread does not run;
 * costs and deadlines of the runtime are counted without that time.
 */
export class ThreadClock {
  /** Milliseconds of the clock, whether or not the thread ran. */
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

  /** @returns milliseconds that the thread has worked since the moment: rather too many than too few, and never more than have passed. */
  workedSince(moment: Moment): number {
    const since = this.#worked() - moment.worked + this.#uncertainty;
    return max(0, min(this.now() - moment.wall, since));
  }
}

/** How long something may take: a limit of the thread's work, and a limit of the time that passes, however little the thread ran in it. */
export class Deadline {
  readonly #clock: ThreadClock;
  readonly #since: Moment;
  readonly #work: number;
  readonly #wall: number;
  /** Before this time of the clock the deadline cannot have passed, since the thread cannot have worked more than the time that passed. */
  #next: number;
  #stoodStill = false;

  /** @param work milliseconds that the thread may work from `since` on. @param passing milliseconds of the clock from `since` on. */
  constructor(clock: ThreadClock, since: Moment, work: number, passing: number) {
    this.#clock = clock;
    this.#since = since;
    this.#work = work;
    this.#wall = since.wall + passing;
    this.#next = since.wall + min(work, passing);
  }

  readonly isLate = (): boolean => this.#clock.now() >= this.#next && this.left() <= 0;

  /** Whether the deadline passed because the machine did not let the thread run, not for what the thread did. */
  get stoodStill(): boolean {
    return this.#stoodStill;
  }

  /** @returns milliseconds that may still be worked; 0 when the deadline has passed. */
  left(): number {
    const work = this.#work - this.#clock.workedSince(this.#since);
    const now = this.#clock.now();
    const left = max(0, min(work, this.#wall - now));
    if (left === 0 && work > 0) this.#stoodStill = true;
    this.#next = now + left;
    return left;
  }

  /** @returns a deadline for the same work, whose limit of time begins anew now. @param passing milliseconds of the clock. */
  prolonged(passing: number): Deadline {
    return new Deadline(this.#clock, this.#since, this.#work, this.#clock.now() - this.#since.wall + passing);
  }

  /** @returns a deadline that ends earlier by these milliseconds of work, but leaves at least `least` milliseconds from now on. */
  earlier(milliseconds: number, least: number): Deadline {
    const worked = this.#clock.workedSince(this.#since);
    const passed = this.#clock.now() - this.#since.wall;
    const work = max(this.#work - milliseconds, worked + least);
    return new Deadline(this.#clock, this.#since, work, max(this.#wall - this.#since.wall, passed + least));
  }
}
