const HITS_PER_PIECE = 128;
const PIECE_BYTES = 1024 * 1024;
/** Pieces that are still held: one that dies young is taken by a collection that takes no scripts. */
const PIECES = 16;

/** The application may replace it later. */
const Memory = ArrayBuffer;

/**
 * Tells V8 how much garbage hits leave. At each hit it compiles the condition anew, and keeps the script until a full collection:
 * 2 to 3 KB outside of its heap, which it does not count, and an entry in a hash table in which all conditions of one place have the same
 * hash, so that hits become slower with every hit (50 µs after a collection, 290 µs after 128,000 hits; docs/adr/0018-garbage-of-hits.md).
 *
 * So every 128 hits 1 MiB is laid down that V8 does count: address space which nothing ever touches, and which therefore takes no memory. V8 collects
 * when some 64 MiB have come together, more where its heap is large: bit by bit and mostly on other threads, as for buffers of the application.
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
      // Only memory that can grow is mapped on its own, without being written to.
      this.#pieces[this.#next] = new Memory(PIECE_BYTES, { maxByteLength: PIECE_BYTES });
    } catch {
      // The process has no address space left; to ask again would cost a collection each time.
      this.#isRefused = true;
    }
    this.#next = (this.#next + 1) % PIECES;
  }

  clear(): void {
    for (let index = 0; index < PIECES; index++) this.#pieces[index] = undefined;
    this.#hits = 0;
  }
}
