/** The application may replace it later. */
const { floor } = Math;

const WINDOW_MILLISECONDS = 10_000;
/** Scripts a second, each of which takes some 50 µs longer while the debugger is enabled: a thousandth of a processor. */
const MOST_PER_SECOND = 20;
/** A burst of loading is over by then. */
const WINDOWS = 3;

/** Whether a program compiles all the time: templates, validators, ever new functions. */
export class CompileRate {
  #since: number;
  #count = 0;
  #windows = 0;
  /** As of the last window. */
  perSecond = 0;

  constructor(now: number) {
    this.#since = now;
  }

  /** Counts a script. @returns whether there have been too many for half a minute. */
  isTooHigh(now: number): boolean {
    const windows = floor((now - this.#since) / WINDOW_MILLISECONDS);
    if (windows > 0) {
      this.perSecond = (this.#count * 1000) / WINDOW_MILLISECONDS;
      // After a window without any script a series begins anew.
      this.#windows = windows === 1 && this.perSecond > MOST_PER_SECOND ? this.#windows + 1 : 0;
      this.#since += windows * WINDOW_MILLISECONDS;
      this.#count = 0;
    }
    this.#count++;
    return this.#windows >= WINDOWS;
  }
}
