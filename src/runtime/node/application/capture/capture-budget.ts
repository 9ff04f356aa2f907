/** How much is looked at, in one dimension each. */
export interface CaptureLimits {
  /** Levels of objects inside objects. */
  readonly depth: number;
  /** Fields of one object. */
  readonly fields: number;
  /** Items of one array, Map, Set or typed array. */
  readonly items: number;
  /** Characters of one string. */
  readonly stringLength: number;
  /** Characters that are captured beyond that, for the redactor alone; none unless given. */
  readonly margin?: number;
  /** Roughly the bytes of the whole as JSON. */
  readonly bytes: number;
  /** Is told what is taken of them; nobody unless given. */
  readonly taken?: { bytes: number } | undefined;
  /** When nothing more is looked at; never unless given. */
  readonly deadline?: { readonly isLate: () => boolean };
}

/** What JSON needs around each value. */
const BYTES_PER_VALUE = 24;
/** Asking for the time costs more than looking at a value. */
const VALUES_PER_LOOK_AT_THE_CLOCK = 64;

/** Counts bytes and time while values are walked. */
export class CaptureBudget {
  readonly #deadline: CaptureLimits['deadline'];
  readonly #taken: CaptureLimits['taken'];
  #left: number;
  #values = 0;
  #late = false;

  constructor(limits: CaptureLimits) {
    this.#left = limits.bytes;
    this.#deadline = limits.deadline;
    this.#taken = limits.taken;
  }

  get left(): number {
    return this.#left;
  }

  /** Why nothing more is looked at, once that is so. */
  get exhausted(): 'bytes' | 'time' | undefined {
    if (this.#late) return 'time';
    return this.#left < 0 ? 'bytes' : undefined;
  }

  /** Takes the bytes of one value that is shown so often; the reason when there is no room or no time for it. */
  take(characters: number, times = 1): 'bytes' | 'time' | undefined {
    if (++this.#values % VALUES_PER_LOOK_AT_THE_CLOCK === 1 && !this.#late)
      this.#late = this.#deadline?.isLate() ?? false;
    const bytes = (BYTES_PER_VALUE + characters) * times;
    this.#left -= bytes;
    if (this.#taken !== undefined) this.#taken.bytes += bytes;
    return this.exhausted;
  }

  /** Puts aside what the values of the next call must not use; give it back with `release`. */
  reserve(bytes: number): void {
    this.#left -= bytes;
  }

  release(bytes: number): void {
    this.#left += bytes;
  }
}
