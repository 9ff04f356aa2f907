import type { CharacterSet } from './character-set.ts';

/** Most states of an automaton, after its repetitions were written out. Each character of a text costs at most that many steps, twice. */
export const MOST_STATES = 1000;

/** What holds at a place between characters, as bits, so that what holds at one place is one number. */
export const TEXT_START = 1;
export const TEXT_END = 2;
export const WORD_BOUNDARY = 4;
export const NO_WORD_BOUNDARY = 8;

/** What a regular expression or a glob says. */
export type PatternTree = (
  | { readonly kind: 'nothing' }
  | { readonly kind: 'character'; readonly set: CharacterSet }
  | { readonly kind: 'assertion'; readonly holds: number }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternTree[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternTree[] }
  | { readonly kind: 'repetition'; readonly part: PatternTree; readonly least: number; readonly most: number }
) & {
  /** At least as many as the automaton gets for it, and at least one, so that nothing can be repeated for nothing without an end. */
  readonly states: number;
  /** Whether it may match a place without characters. An assertion counts as one that does. */
  readonly canBeEmpty: boolean;
};

export const NOTHING: PatternTree = { kind: 'nothing', states: 1, canBeEmpty: true };

export function character(set: CharacterSet): PatternTree {
  return { kind: 'character', set, states: 1, canBeEmpty: false };
}

export function assertion(holds: number): PatternTree {
  return { kind: 'assertion', holds, states: 1, canBeEmpty: true };
}

export function sequence(parts: readonly PatternTree[]): PatternTree {
  const [first] = parts;
  if (first === undefined) return NOTHING;
  if (parts.length === 1) return first;
  return { kind: 'sequence', parts, states: statesOf(parts), canBeEmpty: parts.every((part) => part.canBeEmpty) };
}

export function choice(options: readonly [PatternTree, ...PatternTree[]]): PatternTree {
  if (options.length === 1) return options[0];
  const canBeEmpty = options.some((option) => option.canBeEmpty);
  return { kind: 'choice', options, states: options.length - 1 + statesOf(options), canBeEmpty };
}

/** @param most times; infinity for without a bound. */
export function repetition(part: PatternTree, least: number, most: number): PatternTree {
  const optional =
    most === Number.POSITIVE_INFINITY ? 1 + (least === 0 ? part.states : 0) : (most - least) * (1 + part.states);
  const states = Math.max(1, least * part.states + optional);
  return { kind: 'repetition', part, least, most, states, canBeEmpty: least === 0 || part.canBeEmpty };
}

function statesOf(trees: readonly PatternTree[]): number {
  return trees.reduce((sum, { states }) => sum + states, 0);
}
