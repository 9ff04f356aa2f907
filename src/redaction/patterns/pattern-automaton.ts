import { ASCII, formsOf } from './character-set.ts';
import { ACCEPT, FORK, PatternProgram, READ } from './pattern-program.ts';
import { NO_WORD_BOUNDARY, type PatternTree, TEXT_END, TEXT_START, WORD_BOUNDARY } from './pattern-tree.ts';

/** Where matches may end: anywhere, where the text does, or behind the text, which then is too short: their beginnings are found. */
type Ends = 'anywhere' | 'last' | 'behind';

/** States in which the next character is waited for, none of them twice, and for each of them where its match ends. */
class Threads {
  readonly states: Uint16Array;
  readonly ends: Uint32Array;
  count = 0;

  constructor(most: number) {
    this.states = new Uint16Array(most);
    this.ends = new Uint32Array(most);
  }
}

/**
 * The automaton of a pattern. It reads a text from its end to its start and is in all states at once to which what it has read can lead,
 * as in K. Thompson, Regular Expression Search Algorithm, CACM 11 (1968) 6. Each state carries where its match ends, as positions are
 * carried in R. Cox, Regular Expression Matching: the Virtual Machine Approach (swtch.com/~rsc/regexp/regexp2.html). Of matches that come
 * to the same state the one that ends last stays: what is left to read is the same for all of them.
 *
 * So one sweep gives the longest match of every start, in at most (2 × states + 2) × (characters + 1) steps. Reading from start to end
 * would tell only far behind a match that it was the longest one, and then begin again at its end: in quadratic time for `a(.*b)?`.
 */
export class PatternAutomaton {
  readonly #program: PatternProgram;
  readonly #ignoresCase: boolean;
  /** Whether a set has a character of ASCII, the sets in the order of the program. */
  readonly #ascii: Uint8Array;
  /** Whether matches end with a character of ASCII. */
  readonly #isLast = new Uint8Array(ASCII);

  #threads: Threads;
  #nextThreads: Threads;
  readonly #stack: Uint16Array;
  /** The round that was in a state last. */
  readonly #rounds: Float64Array;
  #round = 0;
  #steps = 0;
  /** What holds at the place of this round, and the end of the match that begins there. */
  #holds = 0;
  #accepted = -1;

  constructor(pattern: PatternTree, ignoresCase: boolean) {
    const program = new PatternProgram(pattern);
    const states = program.kinds.length;
    this.#program = program;
    this.#ignoresCase = ignoresCase;
    this.#ascii = new Uint8Array(ASCII * program.sets.length);
    for (const [index, set] of program.sets.entries()) this.#ascii.set(set.ascii, index * ASCII);
    this.#threads = new Threads(states);
    this.#nextThreads = new Threads(states);
    this.#stack = new Uint16Array(states);
    this.#rounds = new Float64Array(states);
    this.#begin(TEXT_START | TEXT_END | WORD_BOUNDARY | NO_WORD_BOUNDARY);
    this.#enter(program.entry, 0);
    for (const state of this.#nextThreads.states.subarray(0, this.#nextThreads.count)) {
      const ascii = (program.other[state] ?? 0) * ASCII;
      for (let code = 0; code < ASCII; code++) this.#isLast[code] ||= this.#ascii[ascii + code] ?? 0;
    }
  }

  /**
   * Calls `found` with the longest match of each start that has one, from the last start to the first one. Offsets are never inside of a
   * surrogate pair. @param isCut whether the text was cut at its end: what a pattern demands of the place there may hold or not.
   * @returns how many steps it took.
   */
  sweep(text: string, ends: Ends, isCut: boolean, found: (start: number, end: number) => void): number {
    const { entry, hasChecks } = this.#program;
    this.#steps = 0;
    this.#nextThreads.count = 0;
    for (let at = text.length; ; ) {
      this.#begin(hasChecks ? holdsAt(text, at, isCut) : 0);
      if (at < text.length) this.#read(text.codePointAt(at) ?? 0);
      if (ends === 'behind') {
        if (isOpen(text, at)) this.#enterBehindAll(text.length);
      } else if (ends === 'last' ? at === text.length : this.#isLast[text.charCodeAt(at - 1)] !== 0) {
        this.#enter(entry, at);
      }
      if (this.#accepted >= 0) found(at, this.#accepted);
      const isWaiting = this.#nextThreads.count > 0;
      if (at === 0 || (!isWaiting && ends !== 'anywhere')) return this.#steps;
      at -= widthBefore(text, at);
      if (!isWaiting) at = this.#skip(text, at);
    }
  }

  /** Goes to where a match can end, past characters with which none does. */
  #skip(text: string, from: number): number {
    let at = from;
    while (this.#isLast[text.charCodeAt(at - 1)] === 0) at--;
    this.#steps += from - at;
    return at;
  }

  #begin(holds: number): void {
    [this.#threads, this.#nextThreads] = [this.#nextThreads, this.#threads];
    this.#nextThreads.count = 0;
    this.#round++;
    this.#steps++;
    this.#holds = holds;
    this.#accepted = -1;
  }

  /** Goes on with all that wait for such a character, those whose match ends last first. */
  #read(code: number): void {
    const { states, ends, count } = this.#threads;
    const { next, other, sets } = this.#program;
    if (count === 0) return;
    this.#steps += count;
    const ascii = this.#ascii;
    const isAscii = code < ASCII;
    const forms = isAscii || !this.#ignoresCase ? [code] : formsOf(code);
    for (let index = 0; index < count; index++) {
      const state = states[index] ?? 0;
      const set = other[state] ?? 0;
      const isIn = isAscii ? ascii[set * ASCII + code] === 1 : sets[set]?.hasOneOf(forms);
      if (isIn) this.#enter(next[state] ?? 0, ends[index] ?? 0);
    }
  }

  /** Goes to a state and to all to which it leads without a character. Who comes to one later has a match that ends no later. */
  #enter(first: number, end: number): void {
    const { kinds, next, other } = this.#program;
    const rounds = this.#rounds;
    const stack = this.#stack;
    let depth = 0;
    for (let state = first; ; ) {
      this.#steps++;
      const kind = kinds[state] ?? ACCEPT;
      const isKnown = rounds[state] === this.#round;
      rounds[state] = this.#round;
      if (!isKnown && kind === READ) this.#wait(state, end);
      else if (!isKnown && kind === ACCEPT) this.#accepted = end;
      else if (!isKnown && (kind === FORK || (this.#holds & (other[state] ?? 0)) !== 0)) {
        if (kind === FORK) stack[depth++] = other[state] ?? 0;
        state = next[state] ?? 0;
        continue;
      }
      if (depth === 0) return;
      state = stack[--depth] ?? 0;
    }
  }

  /** Goes to where matches are of which the next character would be the one of a state, whichever it is. */
  #enterBehindAll(end: number): void {
    const { kinds, next } = this.#program;
    for (const [state, kind] of kinds.entries()) if (kind === READ) this.#enter(next[state] ?? 0, end);
  }

  #wait(state: number, end: number): void {
    const threads = this.#nextThreads;
    threads.states[threads.count] = state;
    threads.ends[threads.count++] = end;
  }
}

/** What holds at a place: both may be so at the end of a text that was cut there. */
function holdsAt(text: string, at: number, isCut: boolean): number {
  const isEnd = at === text.length;
  const start = at === 0 ? TEXT_START : 0;
  if (isEnd && isCut) return start | TEXT_END | WORD_BOUNDARY | NO_WORD_BOUNDARY;
  const isBoundary = isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
  return start | (isEnd ? TEXT_END : 0) | (isBoundary ? WORD_BOUNDARY : NO_WORD_BOUNDARY);
}

/** Whether a character of the pattern can be behind this place of a cut text: at its end, or where it has half a character only. */
function isOpen(text: string, at: number): boolean {
  return at === text.length || (at === text.length - 1 && isHigh(text.charCodeAt(at)));
}

function isWord(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

function widthBefore(text: string, at: number): number {
  const code = text.charCodeAt(at - 1);
  return code >= 0xdc00 && code < 0xe000 && isHigh(text.charCodeAt(at - 2)) ? 2 : 1;
}
