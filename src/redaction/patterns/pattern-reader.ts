/** A pattern that is refused. The message begins with the position and says what to write instead. */
export class LinearPatternError extends Error {
  /** Of the first character that is wrong, counted from 1; a surrogate pair is one character. */
  readonly position: number;

  constructor(position: number, reason: string) {
    super(`character ${position}: ${reason}`);
    this.name = 'LinearPatternError';
    this.position = position;
  }
}

/** The text of a pattern, read from left to right. */
export class PatternReader {
  readonly #source: string;
  at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#source.length;
  }

  /** Whether the text goes on so. */
  sees(wanted: string): boolean {
    return this.#source.startsWith(wanted, this.at);
  }

  /** Goes past the text if it goes on so. */
  takes(wanted: string): boolean {
    const isThere = this.sees(wanted);
    if (isThere) this.at += wanted.length;
    return isThere;
  }

  /** Goes past what fits. @param shape a sticky expression. */
  takesShape(shape: RegExp): RegExpExecArray | undefined {
    shape.lastIndex = this.at;
    const found = shape.exec(this.#source) ?? undefined;
    this.at += found?.[0].length ?? 0;
    return found;
  }

  /** The next character, which is gone past; the empty text at the end. */
  next(): string {
    const code = this.#source.codePointAt(this.at);
    if (code === undefined) return '';
    const character = String.fromCodePoint(code);
    this.at += character.length;
    return character;
  }

  /** @param from where the wrong thing begins, in the code units of `at`. */
  fail(from: number, reason: string): never {
    throw new LinearPatternError(Array.from(this.#source.slice(0, from)).length + 1, reason);
  }
}
