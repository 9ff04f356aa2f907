/** A bucket that fills with time: `perSecond` flows in, one second's worth fits. Milliseconds of the caller's clock. */
export class Bucket {
  readonly perSecond: number;
  #level: number;
  #time: number;

  constructor(perSecond: number, now: number) {
    this.perSecond = perSecond;
    this.#level = perSecond;
    this.#time = now;
  }

  level(now: number): number {
    if (now > this.#time) {
      this.#level = Math.min(this.perSecond, this.#level + ((now - this.#time) / 1000) * this.perSecond);
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
    return ((this.perSecond - this.level(now)) / this.perSecond) * 1000;
  }
}
