/** The application may replace it later. */
const { floor } = Math;

const WINDOW_MILLISECONDS = 10_000;
/** Scripts a second. Each takes some 50 µs longer to compile while the debugger is enabled, so these take 0.1 % of a processor. */
const MOST_PER_SECOND = 20;
/** Windows in a row, each with too many scripts; the loading of a program is over by then. */
const WINDOWS = 3;

/** Tells whether a program compiles scripts all the time, as for templates, validators or generated functions. */
export class CompileRate {
  #since: number;
  #count = 0;
  #windows = 0;
  /** Scripts per second in the last window. */
  perSecond = 0;

  constructor(now: number) {
    this.#since = now;
  }

  /** Counts a script. @param now milliseconds. @returns whether there have been too many for half a minute. */
  isTooHigh(now: number): boolean {
    const windows = floor((now - this.#since) / WINDOW_MILLISECONDS);
    if (windows > 0) {
      this.perSecond = (this.#count * 1000) / WINDOW_MILLISECONDS;
      // A window without any script ends the series of windows with too many.
      this.#windows = windows === 1 && this.perSecond > MOST_PER_SECOND ? this.#windows + 1 : 0;
      this.#since += windows * WINDOW_MILLISECONDS;
      this.#count = 0;
    }
    this.#count++;
    return this.#windows >= WINDOWS;
  }
}
