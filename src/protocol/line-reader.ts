/** Cuts a stream of text into lines. What is new is searched for their ends once, however many pieces a line comes in. */
export class LineReader {
  #pending = '';

  /** Characters of the line whose end has not come yet. */
  get pendingLength(): number {
    return this.#pending.length;
  }

  /** @returns the lines that are now whole, without their ends. */
  read(chunk: string): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      lines.push(this.#pending + chunk.slice(start, end));
      this.#pending = '';
      start = end + 1;
    }
    this.#pending += chunk.slice(start);
    return lines;
  }
}
