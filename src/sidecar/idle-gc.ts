/** The agent counts as idle after so long without a desired set or a result. */
const QUIET_MILLISECONDS = 10_000;

/**
 * Gives memory back once the agent is idle, which it is for most of its life. What only the start or the last probes needed,
 * compiled code above all, would stay in memory for as long as nothing happens. Works only with `--expose-gc`, as in the image.
 */
export class IdleGC {
  #timer: NodeJS.Timeout | undefined;

  /** Something happened: the time until it is idle begins anew. */
  disturb(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
    }, QUIET_MILLISECONDS).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
