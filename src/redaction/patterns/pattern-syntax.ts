import { CharacterSet, complement, LINE_END, type Range } from './character-set.ts';
import { codeOf, readClass, readEscape } from './pattern-classes.ts';
import { PatternReader } from './pattern-reader.ts';
import {
  assertion,
  character,
  choice,
  MOST_STATES,
  NO_WORD_BOUNDARY,
  type PatternTree,
  repetition,
  sequence,
  TEXT_END,
  TEXT_START,
  WORD_BOUNDARY,
} from './pattern-tree.ts';

const LONGEST_PATTERN = 256;
/** Most groups inside of one another. */
const DEEPEST = 32;

const IGNORES_CASE = '(?i)';

/** What other regular expressions know, and what to do about it here. Of two that fit the first one counts. */
type Refused = readonly (readonly [begin: string, reason: string])[];

const REFUSED_GROUPS: Refused = [
  ['(?=', 'looking ahead would need backtracking; match what follows too, or write \\b for the end of a word'],
  ['(?!', 'looking ahead would need backtracking; say what may follow, such as [^0-9]'],
  ['(?<=', 'looking behind would need backtracking; match what is before too, or write \\b for the start of a word'],
  ['(?<!', 'looking behind would need backtracking; say what may be before, such as [^0-9]'],
  ['(?<', 'a group needs no name, as nothing refers to it; write (…)'],
  ['(?P', 'a group needs no name, as nothing refers to it; write (…)'],
  ['(?>', 'nothing is ever tried again, so no group needs to prevent it; write (…)'],
  ['(?#', 'comments are not known here; leave it out'],
  [IGNORES_CASE, '(?i) counts for the whole pattern; write it at the start, once'],
  ['(?', 'the only option is (?i) at the start of the pattern; write (…) or (?:…) for a group'],
];

const REFUSED_BEHIND_REPETITIONS: Refused = [
  ['?', 'always the longest match is taken, so none can be lazy; leave the ? out, or write a class such as [^"]*'],
  ['+', 'nothing is ever tried again, so no repetition needs to prevent it; leave the + out'],
  ['*', 'this repeats a repetition; write (…) around what it repeats'],
  ['{', 'this repeats a repetition; write (…) around what it repeats'],
];

const ASSERTIONS: readonly (readonly [text: string, holds: number])[] = [
  ['^', TEXT_START],
  ['$', TEXT_END],
  ['\\b', WORD_BOUNDARY],
  ['\\B', NO_WORD_BOUNDARY],
];

/** Characters that repeat what is before them, each with the fewest and most times. */
const REPETITIONS: readonly (readonly [sign: string, least: number, most: number])[] = [
  ['?', 0, 1],
  ['*', 0, Number.POSITIVE_INFINITY],
  ['+', 1, Number.POSITIVE_INFINITY],
];
const COUNTED = /\{(\d+)(?:(,)(\d*))?\}/y;

/** Reads a regular expression. Throws LinearPatternError. */
export function parsePattern(source: string): { pattern: PatternTree; ignoresCase: boolean } {
  const reader = new PatternReader(source);
  if (source.length > LONGEST_PATTERN) {
    const reason = `a pattern has at most ${LONGEST_PATTERN} characters, not ${source.length}; write several patterns`;
    reader.fail(LONGEST_PATTERN, reason);
  }
  const ignoresCase = reader.takes(IGNORES_CASE);
  if (reader.isAtEnd) reader.fail(reader.at, 'the pattern is empty; write what is to be hidden');
  return { pattern: new PatternParser(reader, ignoresCase).parse(), ignoresCase };
}

/** Descends into groups, at most as deep as its bound. */
class PatternParser {
  readonly #reader: PatternReader;
  readonly #ignoresCase: boolean;
  #depth = 0;

  constructor(reader: PatternReader, ignoresCase: boolean) {
    this.#reader = reader;
    this.#ignoresCase = ignoresCase;
  }

  parse(): PatternTree {
    const whole = this.#choice();
    if (!this.#reader.isAtEnd) {
      this.#reader.fail(
        this.#reader.at,
        'no group is open that this parenthesis could close; write \\) for a parenthesis',
      );
    }
    return whole;
  }

  #choice(): PatternTree {
    const from = this.#reader.at;
    const options: [PatternTree, ...PatternTree[]] = [this.#sequence()];
    while (this.#reader.takes('|')) options.push(this.#sequence());
    return this.#bounded(choice(options), from);
  }

  #sequence(): PatternTree {
    const from = this.#reader.at;
    const parts: PatternTree[] = [];
    while (!this.#reader.isAtEnd && !this.#reader.sees('|') && !this.#reader.sees(')')) parts.push(this.#repeated());
    return this.#bounded(sequence(parts), from);
  }

  #repeated(): PatternTree {
    const reader = this.#reader;
    const from = reader.at;
    const isGroup = reader.sees('(');
    const part = this.#part();
    const at = reader.at;
    const times = this.#times();
    if (times === undefined) return part;
    if (part.kind === 'assertion' && !isGroup) {
      reader.fail(at, 'a place without characters cannot be repeated; leave the repetition out');
    }
    this.#refuse(REFUSED_BEHIND_REPETITIONS);
    return this.#bounded(repetition(part, ...times), from);
  }

  #times(): [least: number, most: number] | undefined {
    const reader = this.#reader;
    const from = reader.at;
    const simple = REPETITIONS.find(([sign]) => reader.takes(sign));
    if (simple !== undefined) return [simple[1], simple[2]];
    if (!reader.sees('{')) return undefined;
    const counted = reader.takesShape(COUNTED);
    if (counted === undefined) return reader.fail(from, 'write {2}, {2,} or {2,4} to repeat, or \\{ for a brace');
    const [, first, comma, last] = counted;
    const least = Number(first);
    const most = comma === undefined ? least : last === '' ? Number.POSITIVE_INFINITY : Number(last);
    if (least > most) reader.fail(from, `write the lower number first: {${last},${first}}`);
    return [least, most];
  }

  #part(): PatternTree {
    const reader = this.#reader;
    const from = reader.at;
    for (const [text, holds] of ASSERTIONS) if (reader.takes(text)) return assertion(holds);
    const next = reader.next();
    switch (next) {
      case '(':
        return this.#group(from);
      case '[':
        return character(readClass(reader, this.#ignoresCase));
      case '.':
        return this.#characters(complement(LINE_END));
      case '\\': {
        const escaped = readEscape(reader);
        return this.#characters(typeof escaped === 'number' ? [[escaped, escaped]] : escaped);
      }
      case '*':
      case '+':
      case '?':
      case '{':
        return reader.fail(
          from,
          `nothing is before ${next} that it could repeat; write \\${next} for the character itself`,
        );
      case ']':
      case '}':
        return reader.fail(from, `nothing is open that ${next} could close; write \\${next} for the character itself`);
      default:
        return this.#characters([[codeOf(next), codeOf(next)]]);
    }
  }

  #group(from: number): PatternTree {
    const reader = this.#reader;
    reader.at = from;
    if (!reader.takes('(?:')) {
      this.#refuse(REFUSED_GROUPS);
      reader.takes('(');
    }
    this.#depth++;
    if (this.#depth > DEEPEST) {
      reader.fail(from, `at most ${DEEPEST} groups may be inside of one another; write a simpler pattern`);
    }
    const inside = this.#choice();
    this.#depth--;
    if (!reader.takes(')')) reader.fail(from, 'the group is not closed; write ) at its end, or \\( for a parenthesis');
    return inside;
  }

  #characters(ranges: readonly Range[]): PatternTree {
    return character(new CharacterSet(ranges, false, this.#ignoresCase));
  }

  /** Fails if the pattern goes on with one of these. */
  #refuse(refused: Refused): void {
    const first = refused.find(([begin]) => this.#reader.sees(begin));
    if (first !== undefined) this.#reader.fail(this.#reader.at, first[1]);
  }

  #bounded(part: PatternTree, from: number): PatternTree {
    if (part.states <= MOST_STATES) return part;
    const reason = `with its repetitions written out this has more than ${MOST_STATES} states; repeat fewer times`;
    return this.#reader.fail(from, reason);
  }
}
