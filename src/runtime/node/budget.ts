import { min } from './guard/guard-intrinsics.ts';

/** A bucket that fills with time: `perSecond` flows in, one second's worth fits. Milliseconds of the caller's clock. */
export class Bucket {
  #perSecond: number;
  #level: number;
  #time: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#level = perSecond;
    this.#time = now;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Changes what flows in; what is in the bucket or owed stays, as far as it fits. */
  resize(perSecond: number, now: number): void {
    const level = this.level(now);
    this.#level = level === this.#perSecond ? perSecond : min(level, perSecond);
    this.#perSecond = perSecond;
  }

  level(now: number): number {
    if (now > this.#time) {
      this.#level = min(this.#perSecond, this.#level + ((now - this.#time) / 1000) * this.#perSecond);
      this.#time = now;
    }
    return this.#level;
  }

  /** Takes what is asked for if it is there. */
  take(amount: number, now: number): boolean {
    if (this.level(now) < amount) return false;
    this.#level -= amount;
    return true;
  }

  /** Takes more than there is, if need be: the debt is paid by waiting. */
  charge(amount: number, now: number): void {
    this.level(now);
    this.#level -= amount;
  }

  /** Milliseconds until the bucket is full. */
  untilFull(now: number): number {
    return ((this.#perSecond - this.level(now)) / this.#perSecond) * 1000;
  }
}
