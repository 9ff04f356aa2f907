import type { CapturedValue } from '../../../protocol/value.ts';
import { append } from '../guard/guard-intrinsics.ts';

interface Known {
  readonly value: object;
  readonly captured: CapturedValue;
  readonly bytes: number;
}

/** More different objects than these are rare among the variables of some frames. */
const MAX_KNOWN = 32;

/**
 * Objects that one capture has looked at whole, as variables. A request or an order is handed down from function to function, and looking
 * at it again in each of their frames is most of what a snapshot would cost. Nothing changes while the thread stands.
 */
export class CaptureMemo {
  readonly #known: Known[] = [];

  find(value: object): Known | undefined {
    for (let index = 0; index < this.#known.length; index++) {
      const known = this.#known[index];
      if (known?.value === value) return known;
    }
    return undefined;
  }

  add(value: object, captured: CapturedValue, bytes: number): void {
    if (this.#known.length < MAX_KNOWN) append(this.#known, { value, captured, bytes });
  }
}
