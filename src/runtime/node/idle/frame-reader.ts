import { LineReader } from '../../../protocol/framing/line-reader.ts';

/** The application may replace it later. */
const { parse } = JSON;

/** Reads a stream of lines, each a JSON frame. A line above the limit ends the reading. */
export class FrameReader {
  readonly #lines: LineReader;

  /** @param maxLength of a frame, in characters. */
  constructor(maxLength: number) {
    this.#lines = new LineReader(maxLength);
  }

  /** @returns the frames that are complete now. @throws on invalid JSON, and above the limit. */
  read(chunk: string): unknown[] {
    const frames: unknown[] = [];
    for (const line of this.#lines.read(chunk)) frames.push(parse(line));
    if (this.#lines.overlong > 0) throw new RangeError('frame too large');
    return frames;
  }
}
