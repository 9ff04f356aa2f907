import type { Reason } from '../api/reasons.ts';

/** Texts that wait for a destination, up to a number of bytes. A text that does not fit is dropped and counted. */
export class BoundedQueue {
  readonly #mostBytes: number;
  readonly #waiting: string[] = [];
  readonly #dropped = new Map<Reason, number>();
  #bytes = 0;

  /** @param mostBytes of UTF-8. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#bytes + bytes > this.#mostBytes) {
      this.drop('BufferFull');
      return;
    }
    this.#waiting.push(text);
    this.#bytes += bytes;
  }

  /** Removes the oldest text. @returns undefined when there is none. */
  take(): string | undefined {
    const text = this.#waiting.shift();
    if (text !== undefined) this.#bytes -= Buffer.byteLength(text);
    return text;
  }

  /** Counts a text that was taken and could not be sent. */
  drop(reason: Reason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  /** How many were dropped since the start, by reason. */
  dropped(): ReadonlyMap<Reason, number> {
    return this.#dropped;
  }
}
