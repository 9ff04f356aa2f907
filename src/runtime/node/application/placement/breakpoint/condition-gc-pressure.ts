const HITS_PER_PIECE = 128;
const PIECE_BYTES = 1024 * 1024;
/** Pieces that are kept alive, to become old objects: young garbage is collected without the scripts of conditions. */
const PIECES = 16;

/** The application may replace it later. */
const Memory = ArrayBuffer;

/**
 * Makes V8 count the garbage of hits. At each hit V8 compiles the condition anew, and keeps the script until a full collection: 2 to
 * 3 KB outside of its heap, which it does not count, and an entry in a hash table in which all conditions of one place have the same
 * hash, so that each hit is slower than the one before (50 µs after a collection, 290 µs after 128,000 hits;
 * docs/adr/0018-garbage-of-hits.md).
 *
 * So every 128 hits a buffer of 1 MiB is allocated, which V8 does count. Nothing ever touches it, so it takes address space but no
 * memory. V8 collects when these come to some 64 MiB, or more where its heap is large: incrementally and mostly on other threads, as
 * for buffers of the application.
 */
export class ConditionGCPressure {
  readonly #pieces: (ArrayBuffer | undefined)[] = new Array<undefined>(PIECES).fill(undefined);
  #hits = 0;
  #next = 0;
  #isRefused = false;

  /** A condition was compiled. Never throws. */
  count(): void {
    this.#hits++;
    if (this.#hits < HITS_PER_PIECE || this.#isRefused) return;
    this.#hits = 0;
    try {
      // Only a buffer that can grow gets a mapping of its own, which is not zeroed.
      this.#pieces[this.#next] = new Memory(PIECE_BYTES, { maxByteLength: PIECE_BYTES });
    } catch {
      // The process has no address space left; another attempt would cost a garbage collection each time.
      this.#isRefused = true;
    }
    this.#next = (this.#next + 1) % PIECES;
  }

  clear(): void {
    for (let index = 0; index < PIECES; index++) this.#pieces[index] = undefined;
    this.#hits = 0;
  }
}
