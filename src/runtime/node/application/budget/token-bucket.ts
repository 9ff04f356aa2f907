import { max, min } from '../guard/intrinsics.ts';

/** A bucket that fills with time: `perSecond` flows in, `seconds` times that fit. `now` is milliseconds of the caller's clock. */
export class TokenBucket {
  readonly #seconds: number;
  #perSecond: number;
  #level: number;
  #time: number;

  constructor(perSecond: number, now: number, seconds = 1) {
    this.#seconds = seconds;
    this.#perSecond = perSecond;
    this.#level = this.capacity;
    this.#time = now;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  get capacity(): number {
    return this.#perSecond * this.#seconds;
  }

  /** Changes the rate; the level, which may be below 0, stays as far as it fits. A full bucket stays full. */
  resize(perSecond: number, now: number): void {
    const isFull = this.level(now) === this.capacity;
    this.#perSecond = perSecond;
    this.#level = isFull ? this.capacity : min(this.#level, this.capacity);
  }

  level(now: number): number {
    if (now > this.#time) {
      this.#level = min(this.capacity, this.#level + ((now - this.#time) / 1000) * this.#perSecond);
      this.#time = now;
    }
    return this.#level;
  }

  /** Takes the amount if there is so much. @returns whether it was taken. */
  take(amount: number, now: number): boolean {
    if (this.level(now) < amount) return false;
    this.#level -= amount;
    return true;
  }

  /** Takes the amount even if there is less: the level goes below 0, and rises again with time. */
  charge(amount: number, now: number): void {
    this.level(now);
    this.#level -= amount;
  }

  /** @returns milliseconds until this share of the bucket (0 to 1) is full; 0 when it is. */
  until(share: number, now: number): number {
    return max(0, ((this.capacity * share - this.level(now)) / this.#perSecond) * 1000);
  }
}
