import { isOn } from '../../channel/control-block.ts';

/** What the gate looks at. */
export interface GateMeans {
  readonly control: Int32Array;
  readonly slot: number;
  /** Milliseconds since 1970. */
  readonly expireTime: number;
  readonly wallClock: () => number;
  /** The probe is to leave the code, as its time is over. */
  readonly onExpired: () => void;
}

/** First of a hit: whether anything is to be done at all. It costs some nanoseconds, whatever the probe does. */
export class Gate {
  readonly #means: GateMeans;
  /** All of the probe is in the code. */
  isPlaced = false;
  /** A hit inside of a hit is the probe's own doing. */
  isInHit = false;

  constructor(means: GateMeans) {
    this.#means = means;
  }

  isOpen(): boolean {
    const { control, slot, wallClock, expireTime, onExpired } = this.#means;
    if (this.isInHit || !this.isPlaced || !isOn(control, slot)) return false;
    if (wallClock() < expireTime) return true;
    // The worker sees to that; this is for the case that it is dead.
    onExpired();
    return false;
  }
}
