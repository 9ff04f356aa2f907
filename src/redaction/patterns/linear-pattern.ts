import { PatternAutomaton } from './pattern-automaton.ts';
import { LinearPatternError } from './pattern-reader.ts';
import { parsePattern } from './pattern-syntax.ts';
import type { PatternTree } from './pattern-tree.ts';
import type { Span } from './scan.ts';

/** Fewest characters, as code units, of a match that are hidden although the text is cut before it is whole. */
const LEAST_OF_CUT = 4;

export interface PatternSpans {
  /** Ascending; none is empty and none overlap. */
  readonly spans: Span[];
  /** What was looked at, so that a test can tell that the work grows as the text does. */
  readonly steps: number;
}

/** A pattern that finds its matches in time in proportion to the text, whatever the pattern and the text are. */
export class LinearPattern {
  readonly #automaton: PatternAutomaton;
  /** By which the time for a character grows. */
  readonly states: number;

  constructor(pattern: PatternTree, ignoresCase = false) {
    this.#automaton = new PatternAutomaton(pattern, ignoresCase);
    this.states = pattern.states;
  }

  /**
   * All matches: the leftmost one, of those the longest, then the same behind it. Together they take O(characters × states), see
   * PatternAutomaton.
   * @param isCut whether the text was cut at its end. Then the leftmost match that may go on behind it is hidden up to the end, as a
   * wrong value is worse than none, if four characters of it are there, or if a shorter match begins there too.
   */
  spans(text: string, isCut = false): PatternSpans {
    // By start, as long as the text, so that a long text with a match at each character takes four bytes for each of them.
    let ends: Int32Array | undefined;
    let steps = this.#automaton.sweep(text, 'anywhere', isCut, (start, end) => {
      ends ??= new Int32Array(text.length + 1);
      ends[start] = end;
    });
    let unfinished = text.length;
    if (isCut) {
      steps += this.#automaton.sweep(text, 'behind', isCut, (start) => {
        const isShown = text.length - start < LEAST_OF_CUT && !ends?.[start];
        if (!isShown) unfinished = start;
      });
    }
    const spans = ends === undefined ? [] : leftmostLongest(ends, unfinished);
    if (unfinished < text.length) hideFrom(unfinished, text.length, spans);
    return { spans, steps };
  }

  /** Whether the whole text is a match. Takes O(characters × states). */
  matches(text: string): boolean {
    let isMatch = false;
    this.#automaton.sweep(text, 'last', false, (start) => {
      isMatch ||= start === 0;
    });
    return isMatch;
  }
}

/** @param ends of the longest match, by its start; 0 for none. @param to where the last match begins at the latest. */
function leftmostLongest(ends: Int32Array, to: number): Span[] {
  const spans: Span[] = [];
  for (let start = 0; start < to; ) {
    const end = ends[start] ?? 0;
    if (end > start) spans.push({ start, end });
    start = Math.max(end, start + 1);
  }
  return spans;
}

/** Adds what is hidden up to the end of the text; a match that goes into it is one with it. */
function hideFrom(start: number, length: number, spans: Span[]): void {
  const last = spans.at(-1);
  if (last === undefined || last.end <= start) spans.push({ start, end: length });
  else spans[spans.length - 1] = { start: last.start, end: length };
}

/**
 * Reads a regular expression that says what is secret. Takes up to 256 characters and up to 1,000 states. Characters are code points.
 * Known are `.`, classes, `\d \w \s` and their opposites, `\b \B ^ $` (of the text, not of lines), groups, `|`, `? * + {2} {2,} {2,4}`,
 * `\n \t \r \f \v \xHH \uHHHH \u{H…}`, a backslash before other signs, and `(?i)` at the start.
 * @throws LinearPatternError for anything else, and for a pattern that matches where there are no characters: it would hide nothing.
 */
export function parseLinearPattern(source: string): LinearPattern {
  const { pattern, ignoresCase } = parsePattern(source);
  if (pattern.canBeEmpty) {
    const reason =
      'the pattern can match without any character, which hides nothing; write + for *, or leave out what is not needed';
    throw new LinearPatternError(1, reason);
  }
  return new LinearPattern(pattern, ignoresCase);
}
