/** Cuts a stream of text into lines. Each chunk is searched for line ends only once, however many chunks a line comes in. */
export class LineReader {
  readonly #maxLength: number;
  #pending = '';
  #isOverlong = false;
  #overlong = 0;

  /** @param maxLength of a line, in UTF-16 units: a longer line is left out, and not kept in memory. */
  constructor(maxLength = Number.POSITIVE_INFINITY) {
    this.#maxLength = maxLength;
  }

  /** Characters of the line whose end has not come yet. */
  get pendingLength(): number {
    return this.#pending.length;
  }

  /** Lines that were left out so far; one whose end has not come yet is counted already. */
  get overlong(): number {
    return this.#overlong;
  }

  /** @returns the lines that are now whole, without their ends. */
  read(chunk: string): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      this.#add(chunk.slice(start, end));
      if (!this.#isOverlong) lines.push(this.#pending);
      this.#pending = '';
      this.#isOverlong = false;
      start = end + 1;
    }
    this.#add(chunk.slice(start));
    return lines;
  }

  #add(text: string): void {
    if (this.#isOverlong) return;
    if (this.#pending.length + text.length <= this.#maxLength) {
      this.#pending += text;
      return;
    }
    this.#pending = '';
    this.#isOverlong = true;
    this.#overlong += 1;
  }
}
