import { EXITING, INTERRUPTING, PAUSING } from '../../channel/control-block.ts';

/** Ends what {@link InterruptLock.take} began; may be called more than once. */
export type Done = () => void;

/**
 * The right to have an inspector session to the application's thread, for a moment and one at a time: a pause of the thread
 * would wait for the session, so neither begins while the other is there.
 */
export class InterruptLock {
  readonly #control: Int32Array;
  #end: Done | undefined;

  constructor(control: Int32Array) {
    this.#control = control;
  }

  /**
   * @param milliseconds after which it is over at the latest.
   * @param use returns what closes everything again; it may call `done` before that.
   * @param onEnd called once, when it is over.
   * @returns false where it cannot be now.
   */
  take(milliseconds: number, use: (done: Done) => () => void, onEnd: () => void = () => {}): boolean {
    if (this.#end !== undefined) return false;
    // Announced before looking: the thread does the same the other way round, so it never pauses with us connected.
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

  /** Ends at once what is under way. */
  release(): void {
    this.#end?.();
  }
}
