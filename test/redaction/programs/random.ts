/** Numbers from a seed, the same on every machine: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to `below` - 1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  text(length: number, members: string): string {
    return Array.from({ length }, () => members[this.below(members.length)]).join('');
  }
}

export const DIGITS = '0123456789';
export const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
export const ALPHANUMERIC = `${DIGITS}${CAPITALS}${LETTERS}`;
