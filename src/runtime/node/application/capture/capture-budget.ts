/** How much of a value is captured, by several dimensions. */
export interface CaptureLimits {
  /** Levels of objects inside objects. */
  readonly depth: number;
  /** Fields of one object. */
  readonly fields: number;
  /** Items of one array, Map, Set or typed array. */
  readonly items: number;
  /** Characters of one string. */
  readonly stringLength: number;
  /** Characters that are captured beyond `stringLength`, which only the redactor sees; none unless given. */
  readonly margin?: number;
  /** Roughly the bytes of the whole as JSON. */
  readonly bytes: number;
  /** Counts the bytes that were taken of `bytes`. */
  readonly taken?: { bytes: number } | undefined;
  /** Once it is late, nothing more is looked at; without it there is no limit of time. */
  readonly deadline?: { readonly isLate: () => boolean };
}

/** Bytes that JSON needs around each value. */
const BYTES_PER_VALUE = 24;
/** The clock is read only for every so many values, since that costs more than capturing a value. */
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

  /** Which budget is used up, so that nothing more is looked at; undefined while none is. */
  get exhausted(): 'bytes' | 'time' | undefined {
    if (this.#late) return 'time';
    return this.#left < 0 ? 'bytes' : undefined;
  }

  /** Takes the bytes of one value that is shown `times` times. @returns the reason when there is no room or no time for it. */
  take(characters: number, times = 1): 'bytes' | 'time' | undefined {
    if (++this.#values % VALUES_PER_LOOK_AT_THE_CLOCK === 1 && !this.#late)
      this.#late = this.#deadline?.isLate() ?? false;
    const bytes = (BYTES_PER_VALUE + characters) * times;
    this.#left -= bytes;
    if (this.#taken !== undefined) this.#taken.bytes += bytes;
    return this.exhausted;
  }

  /** Puts aside bytes that the next values must not use; `release` gives them back. */
  reserve(bytes: number): void {
    this.#left -= bytes;
  }

  release(bytes: number): void {
    this.#left += bytes;
  }
}
