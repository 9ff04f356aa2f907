import type { Span } from './patterns/scan.ts';

/** Texts of which an expression has taken pieces, as `slice` does. The worker finds out whether the texts hold secrets. */
export interface CutTexts {
  readonly texts: readonly string[];
  /** Whether some pieces were single characters, or too short to be recognized as a part of a secret. */
  readonly isFine: boolean;
}

/** A text with this many characters of a secret in a row shows a piece of it. */
const LENGTH = 4;
const MOST_PLACES = 100;

/**
 * Finds pieces of secrets in what an expression gives. A piece that was cut out of a secret no longer has the shape by which secrets are
 * recognized: so the secrets are found in the whole texts first, and what is shown is compared with them.
 */
export class CutSecrets {
  readonly isFine: boolean;
  /** In lower case, as is what is compared with them, but for texts whose length would change with the case. */
  readonly #texts: { readonly text: string; readonly spans: readonly Span[] }[] = [];
  readonly #runs = new Set<string>();

  /** @param find says where a whole text holds secrets. */
  constructor({ texts, isFine }: CutTexts, find: (text: string) => readonly Span[]) {
    this.isFine = isFine;
    for (const whole of texts) {
      const spans = find(whole);
      const text = whole.toLowerCase();
      // Spans are offsets, so lower case is used only where the text keeps its length.
      if (spans.length === 0) continue;
      if (text.length !== whole.length) this.#add(whole, spans);
      else this.#add(text, spans);
    }
  }

  #add(text: string, spans: readonly Span[]): void {
    this.#texts.push({ text, spans });
    for (const { start, end } of spans) {
      for (let at = start; at + LENGTH <= end; at++) this.#runs.add(text.slice(at, at + LENGTH));
    }
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** Where a text shows pieces of the secrets. */
  spansIn(shown: string): Span[] {
    const lower = shown.toLowerCase();
    const text = lower.length === shown.length ? lower : shown;
    const spans: Span[] = [];
    if (text === '') return spans;
    let isPiece = false;
    for (const cut of this.#texts) {
      let at = cut.text.indexOf(text);
      isPiece ||= at >= 0;
      for (let places = 0; at >= 0 && places < MOST_PLACES; places++) {
        for (const { start, end } of cut.spans) {
          const span = { start: Math.max(0, start - at), end: Math.min(text.length, end - at) };
          if (span.end > span.start) spans.push(span);
        }
        at = cut.text.indexOf(text, at + 1);
      }
    }
    // What is shown is itself a part of such a text, so the spans that were found are all that is secret in it.
    if (isPiece) return spans;
    for (let at = 0; at + LENGTH <= text.length; at++) {
      if (this.#runs.has(text.slice(at, at + LENGTH))) spans.push({ start: at, end: at + LENGTH });
    }
    return spans;
  }
}
