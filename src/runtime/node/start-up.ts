import { ceil, min, round } from './guard/guard-intrinsics.ts';

const LOOK_MILLISECONDS = 500;
/** Looks until a program counts as started that works all the time. */
const LOOKS = 12;
const LONGEST_MILLISECONDS = 60_000;
/** Share of the time that the event loop works, above which a program may be loading ES modules, which nothing counts. */
const BUSY = 0.5;
/** Of what the program may stand for; nearer to it there is no time to wait for the end of the burst. */
const PRESSING = 0.5;

/** A program after its start. */
export interface Observation {
  /** CommonJS modules that are loaded. */
  readonly modules: number;
  /** Milliseconds that its event loop has worked and waited since it began. */
  readonly active: number;
  readonly idle: number;
  readonly megabytes: number;
  /** For how long it would stand if the debugger were enabled now. */
  readonly stallMilliseconds: number;
}

/** Finds the moment to enable the debugger: after the burst of loading, which it would make dearer, and while the heap is small. */
export class StartUp {
  #looks = 0;
  #last: Observation | undefined;

  /** @returns milliseconds until the next look. */
  nextLook(): number {
    if (this.#looks < LOOKS) return LOOK_MILLISECONDS;
    // By now the heap is too large. A look takes microseconds, and still wakes a process that may be asleep.
    return min(LONGEST_MILLISECONDS, LOOK_MILLISECONDS * 2 ** (this.#looks - LOOKS));
  }

  /** @returns what to do, or why it is not done. */
  judge(seen: Observation, mostMilliseconds: number): 'enable' | 'wait' | { readonly why: string } {
    const last = this.#last;
    this.#last = seen;
    this.#looks++;
    if (seen.stallMilliseconds > mostMilliseconds) {
      const stall = `it would have stood for about ${ceil(seen.stallMilliseconds)} ms`;
      return { why: `its heap was ${round(seen.megabytes)} MB after its start already: ${stall}` };
    }
    if (seen.stallMilliseconds > mostMilliseconds * PRESSING) return 'enable';
    if (last === undefined || seen.modules !== last.modules) return 'wait';
    const active = seen.active - last.active;
    const isCalm = active < BUSY * (active + seen.idle - last.idle);
    return isCalm || this.#looks >= LOOKS ? 'enable' : 'wait';
  }
}
