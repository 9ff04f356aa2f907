/** Lines that wait to be written to a file, up to a number of bytes, and are taken when they are in it whole. */
export class WaitingLines {
  readonly #mostBytes: number;
  readonly #lines: Buffer[] = [];
  #bytes = 0;

  /** @param mostBytes of UTF-8. */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get count(): number {
    return this.#lines.length;
  }

  /** @returns whether there was room for it. */
  add(line: string): boolean {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > this.#mostBytes) return false;
    this.#lines.push(bytes);
    this.#bytes += bytes.length;
    return true;
  }

  /** The oldest lines, which go on waiting: as many as have some `bytes` together, at least one. */
  oldest(bytes: number): Buffer {
    let count = 0;
    for (let taken = 0; count < this.#lines.length && taken < bytes; count += 1)
      taken += this.#lines[count]?.length ?? 0;
    return Buffer.concat(this.#lines.slice(0, count));
  }

  /**
   * Takes the lines that are in the file.
   * @param bytes of the oldest lines that are in it.
   * @returns whether it ends within a line, which is written again as a whole.
   */
  written(bytes: number): boolean {
    let left = bytes;
    let count = 0;
    for (const { length } of this.#lines) {
      if (left < length) break;
      left -= length;
      count += 1;
    }
    this.#lines.splice(0, count);
    this.#bytes -= bytes - left;
    return left > 0;
  }

  /** @returns how many lines do not wait any more. */
  clear(): number {
    this.#bytes = 0;
    return this.#lines.splice(0).length;
  }
}
