import { SideEffectRefused } from '../guard-errors.ts';
import type { Builtin, GuardedEvaluation } from '../guarded-evaluation.ts';
import { append, define, isArray, isNotANumber, isObject, isProxy, isTypedArray, max, min } from '../intrinsics.ts';
import { iterate } from '../iteration.ts';
import { isMarker, PROXY, Tainted } from '../markers.ts';
import type { BuiltinTable } from './builtin-table.ts';

/** The language's array methods on guarded reads: they run no getter of an element, no `Symbol.species` and no replaced iterator. */

type Visit = (value: unknown, index: number, result: unknown) => boolean;

function each(evaluation: GuardedEvaluation, self: unknown, fn: unknown, visit: Visit, backwards = false): void {
  const length = evaluation.lengthOf(self);
  for (let step = 0; step < length; step++) {
    const index = backwards ? length - 1 - step : step;
    const value = evaluation.itemOf(self, index);
    const result = fn === undefined ? value : evaluation.invoke(fn, undefined, [value, index, self], 'callback');
    if (!visit(value, index, result)) return;
  }
}

function fresh(evaluation: GuardedEvaluation): unknown[] {
  const list: unknown[] = [];
  return evaluation.own(list);
}

const finding =
  (backwards: boolean, index: boolean): Builtin =>
  (evaluation, self, args) => {
    let found: unknown = index ? -1 : undefined;
    each(
      evaluation,
      self,
      args[0] ?? null,
      (value, position, result) => {
        if (!evaluation.truth(result)) return true;
        found = index ? position : value;
        return false;
      },
      backwards,
    );
    return found;
  };

const deciding =
  (wanted: boolean): Builtin =>
  (evaluation, self, args) => {
    let answer = !wanted;
    each(evaluation, self, args[0] ?? null, (_value, _index, result) => {
      if (evaluation.truth(result) === wanted) answer = wanted;
      return answer !== wanted;
    });
    return answer;
  };

const reducing =
  (backwards: boolean): Builtin =>
  (evaluation, self, args) => {
    let has = args.length > 1;
    let accumulated = args[1];
    const collect: Visit = (value, index) => {
      accumulated = has ? evaluation.invoke(args[0], undefined, [accumulated, value, index, self], 'callback') : value;
      has = true;
      return true;
    };
    each(evaluation, self, undefined, collect, backwards);
    if (!has) throw new TypeError('Reduce of empty array with no initial value');
    return accumulated;
  };

/** `===`, whose time grows with the length of equally long strings. */
export function same(evaluation: GuardedEvaluation, left: unknown, right: unknown): boolean {
  if (isMarker(left)) throw new Tainted(left);
  if (typeof left === 'string' && typeof right === 'string')
    evaluation.charge(left.length === right.length ? left.length : 0);
  return left === right;
}

const position =
  (backwards: boolean): Builtin =>
  (evaluation, self, args) => {
    let found = -1;
    const compare: Visit = (value, index) => {
      if (same(evaluation, value, args[0])) found = index;
      return found < 0;
    };
    each(evaluation, self, undefined, compare, backwards);
    return found;
  };

function flatten(evaluation: GuardedEvaluation, list: unknown, depth: number, into: unknown[]): unknown[] {
  const length = evaluation.lengthOf(list);
  for (let index = 0; index < length; index++) {
    const value = evaluation.itemOf(list, index);
    if (isObject(value) && isProxy(value)) throw new Tainted(PROXY);
    if (depth > 0 && isArray(value)) flatten(evaluation, value, depth - 1, into);
    else append(into, value);
  }
  return into;
}

/** @returns the position that `slice` means: counted from the end when negative, and within the array. */
function within(length: number, value: number): number {
  return value < 0 ? max(length + value, 0) : min(value, length);
}

function compare(evaluation: GuardedEvaluation, by: unknown, left: unknown, right: unknown): number {
  evaluation.tick();
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
  if (by !== undefined) return evaluation.number(evaluation.invoke(by, undefined, [left, right], 'comparison'));
  const first = evaluation.string(left);
  const second = evaluation.string(right);
  evaluation.charge(min(first.length, second.length));
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Merge sort, stable as the language's. */
function sorted(evaluation: GuardedEvaluation, list: unknown[], by: unknown): unknown[] {
  if (list.length < 2) return list;
  const middle = list.length >> 1;
  const head: unknown[] = [];
  const tail: unknown[] = [];
  for (let index = 0; index < list.length; index++) append(index < middle ? head : tail, list[index]);
  const left = sorted(evaluation, head, by);
  const right = sorted(evaluation, tail, by);
  const merged: unknown[] = [];
  let first = 0;
  let second = 0;
  while (first < left.length || second < right.length) {
    const takeLeft =
      second >= right.length || (first < left.length && compare(evaluation, by, left[first], right[second]) <= 0);
    append(merged, takeLeft ? left[first++] : right[second++]);
  }
  return merged;
}

function copyOf(evaluation: GuardedEvaluation, self: unknown): unknown[] {
  return flatten(evaluation, self, 0, fresh(evaluation));
}

/** For `sort` and `reverse`, which change their array: allowed only when the expression itself made it. */
const inPlace =
  (change: (evaluation: GuardedEvaluation, list: unknown[], by: unknown) => unknown[]): Builtin =>
  (evaluation, self, args) => {
    if (!isArray(self) || !evaluation.isOwn(self)) {
      throw new SideEffectRefused('this would change the array; use toSorted or toReversed, or copy it first');
    }
    const changed = change(evaluation, copyOf(evaluation, self), args[0]);
    for (let index = 0; index < changed.length; index++) define(self, index, changed[index]);
    return self;
  };

function reversed(evaluation: GuardedEvaluation, list: unknown[]): unknown[] {
  const result = fresh(evaluation);
  for (let index = list.length - 1; index >= 0; index--) append(result, list[index]);
  return result;
}

function join(evaluation: GuardedEvaluation, self: unknown, separator: string): string {
  const length = evaluation.lengthOf(self);
  let text = '';
  for (let index = 0; index < length; index++) {
    const value = evaluation.itemOf(self, index);
    if (index > 0) text += separator;
    if (value !== undefined && value !== null) text += evaluation.string(value);
    evaluation.refuseLength(text.length);
  }
  return text;
}

const METHODS: Readonly<Record<string, Builtin>> = {
  at: (evaluation, self, args) => {
    const index = evaluation.integer(args[0]);
    const length = evaluation.lengthOf(self);
    const from = index < 0 ? length + index : index;
    return from < 0 || from >= length ? undefined : evaluation.itemOf(self, from);
  },
  every: deciding(false),
  some: deciding(true),
  find: finding(false, false),
  findIndex: finding(false, true),
  findLast: finding(true, false),
  findLastIndex: finding(true, true),
  forEach: (evaluation, self, args) => each(evaluation, self, args[0] ?? null, () => true),
  includes: (evaluation, self, args) => {
    let found = false;
    each(evaluation, self, undefined, (value) => {
      found = same(evaluation, value, args[0]) || (isNotANumber(value) && isNotANumber(args[0]));
      return !found;
    });
    return found;
  },
  indexOf: position(false),
  lastIndexOf: position(true),
  join: (evaluation, self, args) => join(evaluation, self, args[0] === undefined ? ',' : evaluation.string(args[0])),
  reduce: reducing(false),
  reduceRight: reducing(true),
};

const text: Builtin = (evaluation, self) => join(evaluation, self, ',');

const MAKING: Readonly<Record<string, Builtin>> = {
  concat: (evaluation, self, args) => {
    const result = copyOf(evaluation, self);
    for (let index = 0; index < args.length; index++) {
      const value = args[index];
      if (isArray(value)) flatten(evaluation, value, 0, result);
      else append(result, value);
    }
    return result;
  },
  entries: (evaluation, self) => {
    const result = fresh(evaluation);
    each(evaluation, self, undefined, (value, index) => {
      append(result, [index, value]);
      return true;
    });
    return result;
  },
  filter: (evaluation, self, args) => {
    const result = fresh(evaluation);
    each(evaluation, self, args[0] ?? null, (value, _index, kept) => {
      if (evaluation.truth(kept)) append(result, value);
      return true;
    });
    return result;
  },
  flat: (evaluation, self, args) => flatten(evaluation, self, evaluation.integer(args[0], 1), fresh(evaluation)),
  flatMap: (evaluation, self, args) => {
    const result = fresh(evaluation);
    each(evaluation, self, args[0] ?? null, (_value, _index, made) => {
      if (isArray(made)) flatten(evaluation, made, 0, result);
      else append(result, made);
      return true;
    });
    return result;
  },
  keys: (evaluation, self) => {
    const result = fresh(evaluation);
    each(evaluation, self, undefined, (_value, index) => {
      append(result, index);
      return true;
    });
    return result;
  },
  map: (evaluation, self, args) => {
    const result = fresh(evaluation);
    each(evaluation, self, args[0] ?? null, (_value, _index, made) => {
      append(result, made);
      return true;
    });
    return result;
  },
  reverse: inPlace(reversed),
  sort: inPlace(sorted),
  slice: (evaluation, self, args) => {
    const length = evaluation.lengthOf(self);
    const start = within(length, evaluation.integer(args[0]));
    const end = within(length, evaluation.integer(args[1], length));
    const result = fresh(evaluation);
    for (let index = start; index < end; index++) append(result, evaluation.itemOf(self, index));
    return result;
  },
  toReversed: (evaluation, self) => reversed(evaluation, copyOf(evaluation, self)),
  toSorted: (evaluation, self, args) => evaluation.own(sorted(evaluation, copyOf(evaluation, self), args[0])),
  values: (evaluation, self) => copyOf(evaluation, self),
};

export function addArrays(table: BuiltinTable): void {
  table.addAll(Array.prototype, METHODS);
  table.addAll(Array.prototype, MAKING);
  table.add(Array.prototype, 'toString', () => text);
  const typed = Object.getPrototypeOf(Uint8Array.prototype);
  table.addAll(typed, METHODS);
  table.add(Array, 'isArray', () => (_, _self, args) => {
    if (isObject(args[0]) && isProxy(args[0])) throw new Tainted(PROXY);
    return isArray(args[0]);
  });
  table.add(Array, 'of', () => (evaluation, _, args) => copyOf(evaluation, args));
  table.add(Array, 'from', () => (evaluation, _, args) => {
    const source = args[0];
    const isList = isObject(source) && !isProxy(source) && evaluation.get(source, Symbol.iterator) === undefined;
    const items = isList && !isTypedArray(source) ? copyOf(evaluation, source) : iterate(evaluation, source);
    if (args[1] === undefined) return items;
    const made = fresh(evaluation);
    for (let index = 0; index < items.length; index++)
      append(made, evaluation.invoke(args[1], undefined, [items[index], index]));
    return made;
  });
}
