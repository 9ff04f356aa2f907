import { SideEffectRefused } from '../guard-errors.ts';
import type { Builtin, GuardedEvaluation } from '../guarded-evaluation.ts';
import {
  append,
  apply,
  type Callable,
  define,
  isArray,
  isMap,
  isObject,
  isProxy,
  isSet,
  max,
  min,
} from '../intrinsics.ts';
import { isMarker, Tainted } from '../markers.ts';
import { readProperty } from '../read.ts';
import type { BuiltinTable } from './builtin-table.ts';
import { enumerableKeys } from './object.ts';

/** Methods that change their receiver, which is allowed only when the evaluation itself made it. */

function ownArray(evaluation: GuardedEvaluation, self: unknown, name: string): unknown[] {
  if (isArray(self) && evaluation.isOwn(self)) return self;
  throw new SideEffectRefused(`calls ${name}, which would change an array of the application`);
}

function position(length: number, value: number): number {
  return value < 0 ? max(length + value, 0) : min(value, length);
}

/** Replaces the items of an array. */
function refill(list: unknown[], items: readonly unknown[]): void {
  list.length = min(list.length, items.length);
  for (let index = 0; index < items.length; index++) define(list, index, items[index]);
}

const METHODS: Readonly<Record<string, Builtin>> = {
  push: (evaluation, self, args) => {
    const list = ownArray(evaluation, self, 'push');
    for (let index = 0; index < args.length; index++) {
      evaluation.tick();
      append(list, args[index]);
    }
    return list.length;
  },
  pop: (evaluation, self) => {
    const list = ownArray(evaluation, self, 'pop');
    if (list.length === 0) return undefined;
    const last = evaluation.itemOf(list, list.length - 1);
    list.length--;
    return last;
  },
  shift: (evaluation, self) => splice(evaluation, ownArray(evaluation, self, 'shift'), 0, 1, [])[0],
  unshift: (evaluation, self, args) => {
    const list = ownArray(evaluation, self, 'unshift');
    splice(evaluation, list, 0, 0, args);
    return list.length;
  },
  splice: (evaluation, self, args) => {
    const list = ownArray(evaluation, self, 'splice');
    const start = position(list.length, evaluation.integer(args[0]));
    const rest = list.length - start;
    const count = args.length === 0 ? 0 : args.length === 1 ? rest : min(max(evaluation.integer(args[1]), 0), rest);
    const added: unknown[] = [];
    for (let index = 2; index < args.length; index++) append(added, args[index]);
    return splice(evaluation, list, start, count, added);
  },
  fill: (evaluation, self, args) => {
    const list = ownArray(evaluation, self, 'fill');
    const start = position(list.length, evaluation.integer(args[1]));
    const end = position(list.length, evaluation.integer(args[2], list.length));
    for (let index = start; index < end; index++) {
      evaluation.tick();
      define(list, index, args[0]);
    }
    return list;
  },
};

/** `Array.prototype.splice`. @returns the items that were removed. */
function splice(
  evaluation: GuardedEvaluation,
  list: unknown[],
  start: number,
  count: number,
  added: readonly unknown[],
): unknown[] {
  const taken: unknown[] = [];
  evaluation.own(taken);
  const kept: unknown[] = [];
  for (let index = 0; index < list.length; index++) {
    const item = evaluation.itemOf(list, index);
    if (index === start) for (let at = 0; at < added.length; at++) append(kept, added[at]);
    append(index >= start && index < start + count ? taken : kept, item);
  }
  if (start >= list.length) for (let at = 0; at < added.length; at++) append(kept, added[at]);
  refill(list, kept);
  return taken;
}

/** Methods of Maps and Sets that only change their receiver. */
const changing =
  (isKind: (value: unknown) => boolean, name: string) =>
  (fn: Callable): Builtin =>
  (evaluation, self, args) => {
    if (!isKind(self) || !evaluation.isOwn(self)) {
      throw new SideEffectRefused(`calls ${name}, which would change a collection of the application`);
    }
    return apply(fn, self, [args[0], args[1]] as never[]);
  };

const assign: Builtin = (evaluation, _, args) => {
  const target = args[0];
  if (!isObject(target) || isArray(target) || !evaluation.isOwn(target)) {
    throw new SideEffectRefused('calls Object.assign, which would change an object of the application');
  }
  for (let index = 1; index < args.length; index++) {
    const from = args[index];
    if (isMarker(from)) throw new Tainted(from);
    if (!isObject(from)) continue;
    if (isProxy(from)) throw new SideEffectRefused('reads a Proxy');
    const keys = enumerableKeys(evaluation, from);
    for (let at = 0; at < keys.length; at++) define(target, keys[at] ?? '', readProperty(from, keys[at] ?? ''));
  }
  return target;
};

export function addMutations(table: BuiltinTable): void {
  table.addAll(Array.prototype, METHODS);
  for (const key of ['set', 'delete', 'clear']) table.add(Map.prototype, key, changing(isMap, key));
  for (const key of ['add', 'delete', 'clear']) table.add(Set.prototype, key, changing(isSet, key));
  table.add(Object, 'assign', () => assign);
}
