import { type Callable, weakSetAdd, weakSetDelete, weakSetHas } from '../guard/intrinsics.ts';
import type { Stalls } from './stalls.ts';

/** The function itself and one that it calls. */
const WALKS_PER_CALL = 2;

/** Which functions V8 has got ready for its side-effect check, and how long that stops the process. */
export class CheckedCalls {
  readonly #stalls: Pick<Stalls, 'functionMilliseconds'>;
  readonly #called = new WeakSet();

  constructor(stalls: Pick<Stalls, 'functionMilliseconds'>) {
    this.#stalls = stalls;
  }

  /** For how long the process may stand when V8 gets a function and those that it calls ready for its check. */
  get readyMilliseconds(): number {
    return this.#stalls.functionMilliseconds * WALKS_PER_CALL;
  }

  /** Whether this function has not been called under V8's check before. */
  isFirstCall(fn: Callable): boolean {
    if (weakSetHas(this.#called, fn)) return false;
    weakSetAdd(this.#called, fn);
    return true;
  }

  forgetCall(fn: Callable): void {
    weakSetDelete(this.#called, fn);
  }
}
