import type { ThreadClock } from '../../budget/thread-clock.ts';
import type { DebuggerSession } from '../../debugger/debugger-session.ts';
import { ceil, mapGet, mapSet, max } from '../../guard/intrinsics.ts';

/** Hits of one measurement, of which the faster half counts, since the machine may be busy with other things. */
const HITS = 8;
/** Characters. V8 compiles a condition at each hit, so conditions of about the same length share a measurement. */
const LENGTH_STEP = 512;
const AGAIN_MILLISECONDS = 60_000;
/** The overhead until it has been measured here: the median of several machines. */
const UNMEASURED_MILLISECONDS = 0.06;

interface Measured {
  readonly milliseconds: number;
  readonly time: number;
}

/**
 * Measures what V8 itself takes for a breakpoint whose condition does nothing: finding the variables of the frame, and compiling the
 * condition. A clock inside the condition cannot measure that. It is measured on a function of the runtime, and again from time to time.
 */
export class BreakpointOverhead {
  readonly #debugger: DebuggerSession;
  readonly #clock: ThreadClock;
  readonly #measured = new Map<number, Measured>();

  constructor(session: DebuggerSession, clock: ThreadClock) {
    this.#debugger = session;
    this.#clock = clock;
  }

  /** @returns milliseconds per hit for an expression of that length, from the latest measurement. */
  hitOverhead(length: number): number {
    return mapGet(this.#measured, step(length))?.milliseconds ?? UNMEASURED_MILLISECONDS;
  }

  /** Measures if that was not done lately; takes about a millisecond. Never throws. */
  measure(expression: string): void {
    const key = step(expression.length);
    const time = this.#clock.now();
    const known = mapGet(this.#measured, key);
    if (known !== undefined && time - known.time < AGAIN_MILLISECONDS) return;
    try {
      mapSet(this.#measured, key, { milliseconds: this.#perHit(expression), time });
    } catch {
      // The earlier measurement stays valid.
    }
  }

  #perHit(expression: string): number {
    const target = makeTarget();
    const bare = this.#lowerMedian(target);
    const breakpointId = this.#debugger.setBreakpointOnCall(target, `false&&(${expression})`);
    try {
      return max(0, this.#lowerMedian(target) - bare);
    } finally {
      this.#debugger.removeBreakpoint(breakpointId);
    }
  }

  #lowerMedian(target: (value: number) => number): number {
    const times = new Float64Array(HITS);
    for (let index = 0; index < HITS; index++) {
      const started = this.#clock.now();
      target(index);
      times[index] = this.#clock.now() - started;
    }
    return times.sort()[HITS >> 2] ?? 0;
  }
}

function step(length: number): number {
  return ceil(length / LENGTH_STEP);
}

/** @returns the function to measure on, with scopes around it and variables in it as functions of applications have. */
function makeTarget(): (value: number) => number {
  const factor = 3;
  const offset = { x: 1, y: 2 };
  return (value) => {
    const first = value * factor;
    const { x, y } = offset;
    return first + x + y;
  };
}
