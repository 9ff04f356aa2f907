/** How long work that is done in pieces may hold the event loop in one turn, so that sockets, timers and the Lease get theirs. */
const SLICE_MILLISECONDS = 5;
/** Entries of a queue that were taken from its front are cut off when there are so many. */
const MAX_TAKEN = 1024;

/** The part of one turn of the event loop that one kind of work may take. */
export class TimeSlice {
  #startedAt: number | undefined;

  /** Whether the rest of the work is for the next turn. The time counts from the first look in a turn. */
  isOver(): boolean {
    const now = performance.now();
    if (this.#startedAt === undefined) {
      this.#startedAt = now;
      setImmediate(() => {
        this.#startedAt = undefined;
      });
    }
    return now - this.#startedAt >= SLICE_MILLISECONDS;
  }

  /** Resolves at once while there is time in this turn, else in the next one. */
  async remaining(): Promise<void> {
    if (this.isOver()) await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}

/** First in, first out, at the same cost however long it is. */
export class Fifo<T> {
  #items: T[] = [];
  #next = 0;

  get size(): number {
    return this.#items.length - this.#next;
  }

  /** The next one; undefined when it is empty. */
  get first(): T | undefined {
    return this.size === 0 ? undefined : this.#items[this.#next];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Undefined when it is empty. */
  shift(): T | undefined {
    const item = this.#items[this.#next];
    if (this.size === 0) return undefined;
    this.#next += 1;
    if (this.#next >= MAX_TAKEN || this.size === 0) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    return item;
  }
}

/**
 * Calls that are made in their order, at once while there is time in this turn of the event loop, and else in the next ones; some of them
 * before all others that wait.
 */
export class SlicedCalls {
  readonly #slice = new TimeSlice();
  readonly #first = new Fifo<() => void>();
  readonly #waiting = new Fifo<() => void>();
  #isScheduled = false;

  /** Calls that wait. */
  get size(): number {
    return this.#first.size + this.#waiting.size;
  }

  /** @param task must not throw. */
  add(task: () => void): void {
    if (this.size === 0 && !this.#slice.isOver()) task();
    else this.#wait(this.#waiting, task);
  }

  /** Before all that were given to {@link add}. @param task must not throw. */
  addFirst(task: () => void): void {
    if (this.#first.size === 0 && !this.#slice.isOver()) task();
    else this.#wait(this.#first, task);
  }

  #wait(calls: Fifo<() => void>, task: () => void): void {
    calls.push(task);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#work();
    });
  }

  #work(): void {
    while (this.size > 0 && !this.#slice.isOver()) (this.#first.shift() ?? this.#waiting.shift())?.();
    if (this.size > 0) this.#schedule();
  }
}
