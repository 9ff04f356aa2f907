import { type Callable, weakSetAdd, weakSetDelete, weakSetHas } from '../guard/intrinsics.ts';
import type { Stalls } from './stalls.ts';

/** Walks of the heap that are predicted for a first checked call: for the function itself and for one that it calls. */
const WALKS_PER_CALL = 2;

/** Which functions V8 has prepared for its side-effect check, and for how long preparing one stops the process. */
export class CheckedCalls {
  readonly #stalls: Pick<Stalls, 'functionMilliseconds'>;
  readonly #called = new WeakSet();

  constructor(stalls: Pick<Stalls, 'functionMilliseconds'>) {
    this.#stalls = stalls;
  }

  /** Predicted milliseconds for which the process stands when V8 prepares a function and those that it calls for its check. */
  get readyMilliseconds(): number {
    return this.#stalls.functionMilliseconds * WALKS_PER_CALL;
  }

  /** Whether this function has not been called under V8's check before; from now on it counts as called. */
  isFirstCall(fn: Callable): boolean {
    if (weakSetHas(this.#called, fn)) return false;
    weakSetAdd(this.#called, fn);
    return true;
  }

  forgetCall(fn: Callable): void {
    weakSetDelete(this.#called, fn);
  }
}
