import { findSecrets } from './find-secrets.ts';
import type { IsRedacted } from './patterns/assignments.ts';
import type { Span } from './patterns/scan.ts';

/** Texts that an expression has cut pieces out of. Whether they hold a secret by its shape, the worker finds out. */
export interface CutTexts {
  readonly texts: readonly string[];
  /** Some were taken apart into characters, or pieces so short that nobody would know them again. */
  readonly isFine: boolean;
}

/** So many characters of a secret in a row are no accident. */
const LENGTH = 4;
const MOST_PLACES = 100;

/**
 * Secrets that are known by their shape in a text from which an expression has cut pieces, which have that shape no more.
 * What is shown of the expression is compared with them, whatever was put around the pieces.
 */
export class CutSecrets {
  readonly isFine: boolean;
  /** In small letters, as is what is compared. */
  readonly #texts: { readonly text: string; readonly spans: readonly Span[] }[] = [];
  readonly #runs = new Set<string>();

  constructor({ texts, isFine }: CutTexts, isRedacted: IsRedacted) {
    this.isFine = isFine;
    for (const whole of texts) {
      const { spans } = findSecrets(whole, false, isRedacted);
      const text = whole.toLowerCase();
      // Some letters have another length when they are small.
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
    // It stands in the text that was cut, so it is known which of it is secret.
    if (isPiece) return spans;
    for (let at = 0; at + LENGTH <= text.length; at++) {
      if (this.#runs.has(text.slice(at, at + LENGTH))) spans.push({ start: at, end: at + LENGTH });
    }
    return spans;
  }
}
