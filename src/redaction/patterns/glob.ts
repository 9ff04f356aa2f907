import { ASCII, CharacterSet, complement, EVERY, type Range } from './character-set.ts';
import { LinearPattern } from './linear-pattern.ts';
import { codeOf } from './pattern-classes.ts';
import { PatternReader } from './pattern-reader.ts';
import { character, MOST_STATES, type PatternTree, repetition, sequence } from './pattern-tree.ts';

export interface Glob {
  /** Whether the glob is for the whole text. Takes time in proportion to the text, whatever the glob is. */
  matches(text: string): boolean;
}

/**
 * Reads a glob: `*` is any characters but the separator, `**` any characters, and with a separator behind it, at the start of a folder,
 * any folders or none; `?` is one character but the separator, and a backslash takes the next character as it is. Without a separator
 * `*` and `?` are for all characters. Characters are code points.
 * @throws LinearPatternError if it needs more than 1,000 states (a star takes two, any other character one), or ends with a backslash.
 */
export function compileGlob(glob: string, separator: '/' | undefined): Glob {
  const reader = new PatternReader(glob);
  // Longer ones are not even read.
  const whole = glob.length > MOST_STATES ? undefined : parseGlob(reader, separator);
  if (whole === undefined || whole.states > MOST_STATES) {
    return reader.fail(
      0,
      `a glob has at most ${MOST_STATES} characters, of which a star counts twice; write a shorter one`,
    );
  }
  return new LinearPattern(whole);
}

/** Sets are made once: a set looks at each character of ASCII when it is made, which takes longer than all else of a glob. */
const every = character(new CharacterSet(EVERY));
const noSlash = character(new CharacterSet(complement([rangeOf('/')])));
const literals = new Map<string, PatternTree>();

function parseGlob(reader: PatternReader, separator: '/' | undefined): PatternTree {
  const inFolder = separator === undefined ? every : noSlash;
  const parts: PatternTree[] = [];
  let isFolderStart = separator !== undefined;
  while (!reader.isAtEnd) {
    const from = reader.at;
    const stars = reader.takesShape(/\*+/y)?.[0].length ?? 0;
    if (separator !== undefined && isFolderStart && stars > 1 && reader.takes(separator)) {
      parts.push(repetition(sequence([anyNumber(every), literal(separator)]), 0, 1));
      continue;
    }
    isFolderStart = false;
    if (stars > 0) parts.push(anyNumber(stars > 1 ? every : inFolder));
    else if (reader.takes('?')) parts.push(inFolder);
    else {
      reader.takes('\\');
      const next = reader.next();
      if (next === '') reader.fail(from, 'nothing is behind the backslash; write \\\\ for a backslash');
      parts.push(literal(next));
      isFolderStart = next === separator;
    }
  }
  return sequence(parts);
}

function anyNumber(part: PatternTree): PatternTree {
  return repetition(part, 0, Number.POSITIVE_INFINITY);
}

function literal(text: string): PatternTree {
  const known = literals.get(text);
  if (known !== undefined) return known;
  const made = character(new CharacterSet([rangeOf(text)]));
  if (codeOf(text) < ASCII) literals.set(text, made);
  return made;
}

function rangeOf(text: string): Range {
  return [codeOf(text), codeOf(text)];
}
