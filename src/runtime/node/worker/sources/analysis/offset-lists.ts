const FIRST_CAPACITY = 1024;
/** A pair is one number, `from * PAIR + to`. Every offset is smaller: no script that is read is as long. */
const PAIR = 2 ** 26;

/** A sorted list of offsets, of which a bundle has millions. */
export class OffsetSet {
  #offsets = new Int32Array(FIRST_CAPACITY);
  #count = 0;

  add(offset: number): void {
    if (this.#count === this.#offsets.length) {
      const longer = new Int32Array(2 * this.#count);
      longer.set(this.#offsets);
      this.#offsets = longer;
    }
    this.#offsets[this.#count++] = offset;
  }

  /** Sorts the list, once, after the last `add` and before the first `has`. */
  finish(): void {
    this.#offsets = this.#offsets.slice(0, this.#count).sort();
  }

  has(offset: number): boolean {
    return this.#offsets[firstAtLeast(this.#offsets, offset)] === offset;
  }
}

/** A sorted list of pairs of offsets; of those with the same first one, the one with the smallest second is found. */
export class OffsetMap {
  #pairs = new Float64Array(FIRST_CAPACITY);
  #count = 0;

  set(from: number, to: number): void {
    if (this.#count === this.#pairs.length) {
      const longer = new Float64Array(2 * this.#count);
      longer.set(this.#pairs);
      this.#pairs = longer;
    }
    this.#pairs[this.#count++] = from * PAIR + to;
  }

  /** Sorts the list, once, after the last `set` and before the first `get`. */
  finish(): void {
    this.#pairs = this.#pairs.slice(0, this.#count).sort();
  }

  get(from: number): number | undefined {
    const pair = this.#pairs[firstAtLeast(this.#pairs, from * PAIR)];
    return pair !== undefined && Math.floor(pair / PAIR) === from ? pair % PAIR : undefined;
  }
}

function firstAtLeast(sorted: Int32Array | Float64Array, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
