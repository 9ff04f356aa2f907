import type { CutTexts } from '../../../../../redaction/cut-secrets.ts';
import { EvaluationTimeout } from '../guard-errors.ts';
import { append, characterAt, slice } from '../intrinsics.ts';

/** Characters of the shortest text that can have the shape of a secret; fewer with a mark, as in an assignment or an address. */
const SHORTEST = 11;
const SHORTEST_WITH_MARK = 6;
/** A piece with fewer characters cannot be recognized as a part of a secret. */
const SHORTEST_PIECE = 4;
/** Characters that are kept of a text that was cut: its beginning. */
const LONGEST = 16_384;
const MOST_TEXTS = 256;
const MOST_CHARACTERS = 65_536;
/** Latest texts that a new one is compared with, since the same text is often cut several times in a row. */
const LOOKED_BACK = 8;

function hasMark(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const character = characterAt(text, index);
    if (character === '@' || character === ':' || character === '=' || character === '%' || character === '$')
      return true;
  }
  return false;
}

/** The texts that one expression has cut pieces out of, bounded. */
export class Cuts {
  #texts: string[] = [];
  #characters = 0;
  #isFine = false;

  /** @param piece what was cut out; without it the text was split into characters. @throws EvaluationTimeout when there are too many. */
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

  /** @returns the texts that were cut since the last call; undefined where there are none. */
  take(): CutTexts | undefined {
    if (this.#texts.length === 0) return undefined;
    const cut = { texts: this.#texts, isFine: this.#isFine };
    this.#texts = [];
    this.#characters = 0;
    this.#isFine = false;
    return cut;
  }
}
