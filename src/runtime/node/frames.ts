/** The application may replace it later. */
const { parse } = JSON;

/** Splits a stream into its lines, each a JSON frame. A line above the limit ends the reading. */
export class FrameReader {
  readonly #maxBytes: number;
  #parts: string[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns the frames that are now whole. @throws on JSON that is none, and above the limit. */
  read(chunk: string): unknown[] {
    const frames: unknown[] = [];
    let rest = chunk;
    for (;;) {
      const end = rest.indexOf('\n');
      if (end < 0) break;
      frames.push(parse(this.#parts.join('') + rest.slice(0, end)));
      this.#parts = [];
      this.#length = 0;
      rest = rest.slice(end + 1);
    }
    this.#length += rest.length;
    if (this.#length > this.#maxBytes) throw new RangeError('frame too large');
    if (rest !== '') this.#parts.push(rest);
    return frames;
  }
}
