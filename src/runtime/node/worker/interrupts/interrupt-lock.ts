import { EXITING, INTERRUPTING, PAUSING } from '../../channel/control-block.ts';

/** Ends what {@link InterruptLock.take} began; may be called more than once. */
export type Done = () => void;

/**
 * The right to have an inspector session to the application's thread, for a moment and one at a time: a pause of the thread
 * would wait for the end of the session, so neither begins during the other.
 */
export class InterruptLock {
  readonly #control: Int32Array;
  #end: Done | undefined;

  constructor(control: Int32Array) {
    this.#control = control;
  }

  /**
   * @param milliseconds after which the session is closed at the latest.
   * @param use opens the session and returns what closes it; it may call `done` before it returns.
   * @param onEnd called once, when the session is closed.
   * @returns false where there cannot be a session now: there is one, the thread pauses, or the process ends.
   */
  take(milliseconds: number, use: (done: Done) => () => void, onEnd: () => void = () => {}): boolean {
    if (this.#end !== undefined) return false;
    // This flag is set before the thread's flags are read. The thread sets its own before it reads this one, so it never pauses during a session.
    Atomics.store(this.#control, INTERRUPTING, 1);
    if (Atomics.load(this.#control, PAUSING) === 1 || Atomics.load(this.#control, EXITING) === 1) {
      Atomics.store(this.#control, INTERRUPTING, 0);
      return false;
    }
    let close = () => {};
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      this.#end = undefined;
      clearTimeout(limit);
      close();
      Atomics.store(this.#control, INTERRUPTING, 0);
      onEnd();
    };
    const limit = setTimeout(end, milliseconds);
    this.#end = end;
    try {
      const closing = use(end);
      if (isOver) closing();
      else close = closing;
    } catch {
      end();
    }
    return true;
  }

  /** Closes the session at once, if there is one. */
  release(): void {
    this.#end?.();
  }
}
