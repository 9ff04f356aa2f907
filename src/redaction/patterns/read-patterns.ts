import { type LinearPattern, parseLinearPattern } from './linear-pattern.ts';
import { LinearPatternError } from './pattern-reader.ts';

export interface ReadPatterns {
  readonly patterns: readonly LinearPattern[];
  /** What is wrong with the first that cannot be read; undefined where all can. */
  readonly problem: string | undefined;
}

/** Reads patterns; one that cannot be read is told and never just left out, as what it is to hide would be shown. */
export function readPatterns(sources: readonly string[]): ReadPatterns {
  try {
    return { patterns: sources.map(parseLinearPattern), problem: undefined };
  } catch (error) {
    if (!(error instanceof LinearPatternError)) throw error;
    return { patterns: [], problem: error.message };
  }
}
