import type { CharacterSet } from './character-set.ts';
import type { PatternTree } from './pattern-tree.ts';

/** What is done in a state: a match is there, a character is read, one of two ways is gone, or something must hold at the place. */
export const ACCEPT = 0;
export const READ = 1;
export const FORK = 2;
export const CHECK = 3;

type Repetition = Extract<PatternTree, { kind: 'repetition' }>;

/**
 * The states of an automaton that reads a text from its end to its start, in numbers, which V8 reads several times as fast as objects.
 * There are at most as many as the tree of the pattern says, and the one that accepts.
 */
export class PatternProgram {
  readonly kinds: Uint8Array;
  /** State behind each state. */
  readonly next: Uint16Array;
  /** The other way of a fork, the set that reads (an index of `sets`), or what must hold. */
  readonly other: Uint16Array;
  readonly sets: readonly CharacterSet[];
  readonly entry: number;
  readonly hasChecks: boolean;

  constructor(pattern: PatternTree) {
    const builder = new Builder();
    this.entry = builder.build(pattern, builder.add(ACCEPT, 0, 0));
    this.kinds = Uint8Array.from(builder.kinds);
    this.next = Uint16Array.from(builder.next);
    this.other = Uint16Array.from(builder.other);
    this.sets = [...builder.sets.keys()];
    this.hasChecks = this.kinds.includes(CHECK);
  }
}

/** Builds from the end of what is read to its start, so that every state is there before those that lead to it. */
class Builder {
  readonly kinds: number[] = [];
  readonly next: number[] = [];
  readonly other: number[] = [];
  /** The same set in all repetitions is one. */
  readonly sets = new Map<CharacterSet, number>();

  add(kind: number, next: number, other: number): number {
    this.kinds.push(kind);
    this.next.push(next);
    return this.other.push(other) - 1;
  }

  /** @param next state behind the part, at what is left of it in the text. @returns the part's first state. */
  build(part: PatternTree, next: number): number {
    switch (part.kind) {
      case 'nothing':
        return next;
      case 'character':
        return this.add(READ, next, this.#indexOf(part.set));
      case 'assertion':
        return this.add(CHECK, next, part.holds);
      case 'sequence':
        return part.parts.reduce((left, one) => this.build(one, left), next);
      case 'choice':
        return part.options
          .map((option) => this.build(option, next))
          .reduce((one, another) => this.add(FORK, one, another));
      case 'repetition':
        return this.#repeat(part, next);
    }
  }

  #repeat({ part, least, most }: Repetition, next: number): number {
    let state = next;
    let times = least;
    if (most === Number.POSITIVE_INFINITY) {
      const fork = this.add(FORK, next, next);
      const first = this.build(part, fork);
      this.other[fork] = first;
      state = least === 0 ? fork : first;
      times--;
    } else {
      for (let count = least; count < most; count++) state = this.add(FORK, this.build(part, state), next);
    }
    for (let count = 0; count < times; count++) state = this.build(part, state);
    return state;
  }

  #indexOf(set: CharacterSet): number {
    const known = this.sets.get(set) ?? this.sets.size;
    this.sets.set(set, known);
    return known;
  }
}
