import { FRAME_BYTES, MAX_RESULT_BYTES, MAX_RESULTS } from '../../../../protocol/limits.ts';
import type { Result } from '../../../../protocol/result.ts';

export interface ResultFrame {
  /** The frame as JSON. */
  readonly text: string;
  readonly count: number;
}

/** Results on their way into frames, of a bounded number and size each, encoded once. */
export class ResultFrames {
  #encoded: string[] = [];
  #bytes = 0;
  #full: ResultFrame[] = [];

  /** @returns whether there was room for it: one that is too large for the wire is not added. */
  add(result: Result): boolean {
    const encoded = JSON.stringify(result);
    const bytes = Buffer.byteLength(encoded) + 1;
    if (bytes > MAX_RESULT_BYTES) return false;
    if (this.#encoded.length === MAX_RESULTS || this.#bytes + bytes > FRAME_BYTES) this.#close();
    this.#encoded.push(encoded);
    this.#bytes += bytes;
    return true;
  }

  /** Whether there is enough for a frame. */
  get isFull(): boolean {
    return this.#full.length > 0 || this.#encoded.length === MAX_RESULTS;
  }

  /** Takes out all frames; the last need not be full. */
  take(): ResultFrame[] {
    this.#close();
    const frames = this.#full;
    this.#full = [];
    return frames;
  }

  #close(): void {
    if (this.#encoded.length === 0) return;
    const text = `{"type":"results","results":[${this.#encoded.join(',')}]}`;
    this.#full.push({ text, count: this.#encoded.length });
    this.#encoded = [];
    this.#bytes = 0;
  }
}
