import type { CapturedValue } from '../../../../protocol/value.ts';

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The objects around a value, so that a cycle ends. */
export interface Above {
  readonly object: object;
  readonly above: Above | undefined;
  readonly level: number;
}

/** An object whose content, or a long text that, is still to be looked at, and where that goes. */
export interface Task {
  readonly value: object | string;
  readonly node: Mutable<CapturedValue>;
  readonly above: Above | undefined;
}

/** One variable, or all that show the same object. */
export interface Root {
  readonly value: unknown;
  readonly isChosen: boolean;
  node: CapturedValue;
  /** How often it is shown: each time it takes its bytes. */
  shown: number;
  /** What is to be looked at in it, level by level, and the index of the next. */
  readonly tasks: Task[];
  next: number;
  /** Roughly how much it is, from outside. */
  weight: number;
}

/** Sorts the roots, those that were asked for by name and then the smallest first; in place, as no method of the application's may be called. */
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
