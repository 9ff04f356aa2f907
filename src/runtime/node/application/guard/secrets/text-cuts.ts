import type { CutTexts } from '../../../../../redaction/cut-secrets.ts';
import { EvaluationTimeout } from '../guard-errors.ts';
import { append, characterAt, slice } from '../intrinsics.ts';

/** Nothing shorter has the shape of a secret, but for an assignment or an address. */
const SHORTEST = 11;
const SHORTEST_WITH_MARK = 6;
/** A piece with fewer characters could be of anything. */
const SHORTEST_PIECE = 4;
/** Of a longer text the beginning is looked at. */
const LONGEST = 16_384;
const MOST_TEXTS = 256;
const MOST_CHARACTERS = 65_536;
/** The same text is cut more than once in a row. */
const LOOKED_BACK = 8;

function hasMark(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const character = characterAt(text, index);
    if (character === '@' || character === ':' || character === '=' || character === '%' || character === '$')
      return true;
  }
  return false;
}

/** What one expression cut, bounded. */
export class Cuts {
  #texts: string[] = [];
  #characters = 0;
  #isFine = false;

  /** @param piece what was cut out; without it, the text was taken apart into characters. */
  add(text: string, piece?: string): void {
    if (text.length < SHORTEST && (text.length < SHORTEST_WITH_MARK || !hasMark(text))) return;
    if (piece === text || piece === '') return;
    this.#isFine ||= piece === undefined || piece.length < SHORTEST_PIECE;
    const whole = text.length > LONGEST ? slice(text, 0, LONGEST) : text;
    const { length } = this.#texts;
    for (let index = length - 1; index >= 0 && index >= length - LOOKED_BACK; index--) {
      if (this.#texts[index] === whole) return;
    }
    this.#characters += whole.length;
    if (length >= MOST_TEXTS || this.#characters > MOST_CHARACTERS) {
      throw new EvaluationTimeout('the expression cuts more texts than can be searched for secrets');
    }
    append(this.#texts, whole);
  }

  /** What was cut since it was last asked. */
  take(): CutTexts | undefined {
    if (this.#texts.length === 0) return undefined;
    const cut = { texts: this.#texts, isFine: this.#isFine };
    this.#texts = [];
    this.#characters = 0;
    this.#isFine = false;
    return cut;
  }
}
