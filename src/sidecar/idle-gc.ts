/** A start, a burst of results: what follows within this belongs to it. */
const QUIET_MILLISECONDS = 10_000;

/**
 * Gives memory back once an agent has become idle, which it is for most of its life: what only the start or the last probes needed,
 * compiled code above all, would stay for as long as nothing happens. Only with `--expose-gc`, as in the image.
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
