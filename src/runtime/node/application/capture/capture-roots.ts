import type { CapturedValue } from '../../../../protocol/value.ts';

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The objects that a value is in, innermost first, so that cycles are found. */
export interface Above {
  readonly object: object;
  readonly above: Above | undefined;
  readonly level: number;
}

/** An object or a long text whose content is still to be captured, and the node that gets it. */
export interface Task {
  readonly value: object | string;
  readonly node: Mutable<CapturedValue>;
  readonly above: Above | undefined;
}

/** One variable, or all variables that show the same object. */
export interface Root {
  readonly value: unknown;
  readonly isChosen: boolean;
  node: CapturedValue;
  /** How often it is shown: its bytes are taken once for each. */
  shown: number;
  /** What is still to be captured inside of it, level by level, and the index of the next. */
  readonly tasks: Task[];
  next: number;
  /** Roughly how many characters it has, as far as can be told without looking inside. */
  weight: number;
}

/** Sorts the roots in place: those that were asked for by name first, then by size. Not by `sort`, which the application may replace. */
export function bySize(roots: Root[]): void {
  for (let index = 1; index < roots.length; index++) {
    const root = roots[index] as Root;
    let at = index;
    for (; at > 0 && isBefore(root, roots[at - 1] as Root); at--) roots[at] = roots[at - 1] as Root;
    roots[at] = root;
  }
}

const isBefore = (one: Root, other: Root): boolean =>
  one.isChosen === other.isChosen ? one.weight < other.weight : one.isChosen;
