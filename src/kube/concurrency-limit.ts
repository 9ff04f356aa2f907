/** Runs at most `most` tasks at a time; the others wait, first come, first served. */
export class ConcurrencyLimit {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    if (!Number.isInteger(most) || most < 1) throw new RangeError('a limit must be a whole number of at least 1');
    this.#most = most;
  }

  /** Resolves or rejects as the task does. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    // A task that waited takes the slot of the one that ended, so #running stays as it is and no other task can take the slot.
    if (this.#running < this.#most) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
