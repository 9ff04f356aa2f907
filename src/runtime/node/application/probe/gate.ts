import { isOn } from '../../channel/control-block.ts';

/** What the gate reads. */
export interface GateMeans {
  readonly control: Int32Array;
  readonly slot: number;
  /** Milliseconds since 1970. */
  readonly expireTime: number;
  readonly wallClock: () => number;
  /** Called when the probe has expired, to take it out of the code. */
  readonly onExpired: () => void;
}

/** First step of a hit: whether anything is to be done at all. It costs some nanoseconds, whatever the probe does. */
export class Gate {
  readonly #means: GateMeans;
  /** Whether all hooks of the probe are in the code. */
  isPlaced = false;
  /** Whether a hit of the probe is being evaluated: a hit meanwhile is caused by its own expressions, and ignored. */
  isInHit = false;

  constructor(means: GateMeans) {
    this.#means = means;
  }

  isOpen(): boolean {
    const { control, slot, wallClock, expireTime, onExpired } = this.#means;
    if (this.isInHit || !this.isPlaced || !isOn(control, slot)) return false;
    if (wallClock() < expireTime) return true;
    // Usually the worker removes an expired probe; this is for the case that the worker has died.
    onExpired();
    return false;
  }
}
