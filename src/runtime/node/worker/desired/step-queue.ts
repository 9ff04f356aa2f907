/** Does changes of the probes one after the other. */
export class StepQueue {
  #last: Promise<void> = Promise.resolve();

  /** @returns a promise that is rejected as the step is; the steps after it are done all the same. */
  run(step: () => Promise<void>): Promise<void> {
    const next = this.#last.then(step);
    this.#last = next.catch(() => {});
    return next;
  }

  /** Does a step that nobody waits for. The status of its probe tells what went wrong. */
  later(step: () => Promise<void>): void {
    this.run(step).catch(() => {});
  }

  /** Resolves when everything that has been asked for so far is done. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
