import { cutText } from '../../api/cut-text.ts';

/** Builds one line of text up to a length; text beyond that is dropped, and the end is marked. */
export class Line {
  text = '';
  readonly #maxLength: number;

  constructor(maxLength: number) {
    this.#maxLength = Math.max(1, maxLength);
  }

  get full(): boolean {
    return this.text.length > this.#maxLength;
  }

  add(text: string): void {
    if (!this.full) this.text += text;
  }

  end(): string {
    return cutText(this.text, this.#maxLength);
  }
}
