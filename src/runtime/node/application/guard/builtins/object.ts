import { refuseLongText, SideEffectRefused } from '../guard-errors.ts';
import type { Builtin, GuardedEvaluation } from '../guarded-evaluation.ts';
import {
  append,
  apply,
  type Callable,
  define,
  getPrototypeOf,
  isArgumentsObject,
  isArray,
  isCallable,
  isDate,
  isEnumerable,
  isNativeError,
  isNotANumber,
  isObject,
  isProxy,
  isRegExp,
  isStringObject,
  ownKeys,
  ownProperty,
  sourceOf,
} from '../intrinsics.ts';
import { iterate } from '../iteration.ts';
import { isMarker, PROXY, Tainted } from '../markers.ts';
import { knownSize, shownKeys } from '../own-keys.ts';
import { hasProperty, readProperty, stackIsSafe } from '../read.ts';
import { same } from './array.ts';
import type { BuiltinTable } from './builtin-table.ts';

function target(value: unknown): object {
  if (isMarker(value)) throw new Tainted(value);
  if (value === undefined || value === null) throw new TypeError('Cannot convert undefined or null to object');
  if (typeof value === 'string') {
    refuseLongText(value);
    return new OwnString(value);
  }
  if (!isObject(value)) return {};
  if (isProxy(value)) throw new Tainted(PROXY);
  return value;
}
const OwnString = String;

/** @returns the keys of an object that may be shown. Refuses an object whose list of keys would take too long to make. */
function listed(evaluation: GuardedEvaluation, holder: object): readonly (string | symbol)[] {
  const size = isArray(holder) || isStringObject(holder) ? (holder as ArrayLike<unknown>).length : knownSize(holder);
  if (size !== undefined) evaluation.tick(size);
  return shownKeys(holder);
}

/** @returns the own enumerable string keys. Values are read by their names through the guard, so redacted ones stay hidden. */
export function enumerableKeys(evaluation: GuardedEvaluation, holder: object): string[] {
  const keys: string[] = [];
  const all = listed(evaluation, holder);
  for (let index = 0; index < all.length; index++) {
    const key = all[index];
    evaluation.tick();
    if (typeof key === 'string' && (key !== 'stack' || stackIsSafe(holder)) && isEnumerable(holder, key))
      append(keys, key);
  }
  return keys;
}

const collecting =
  (make: (key: string, value: () => unknown) => unknown): Builtin =>
  (evaluation, _, args) => {
    const holder = target(args[0]);
    if (typeof args[0] === 'string') evaluation.cuts.add(args[0]);
    const keys = enumerableKeys(evaluation, holder);
    const collected: unknown[] = [];
    evaluation.own(collected);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] ?? '';
      append(
        collected,
        make(key, () => readProperty(holder, key)),
      );
    }
    return collected;
  };

const hasOwnKey = (evaluation: GuardedEvaluation, value: unknown, key: unknown): boolean => {
  const holder = target(value);
  const name = evaluation.key(key);
  return (name !== 'stack' || stackIsSafe(holder)) && ownProperty(holder, name) !== undefined;
};

const fromEntries: Builtin = (evaluation, _, args) => {
  const entries = iterate(evaluation, args[0]);
  const made = evaluation.own({});
  for (let index = 0; index < entries.length; index++) {
    define(made, evaluation.key(readProperty(entries[index], '0')), readProperty(entries[index], '1'));
  }
  return made;
};

const inherits = (self: unknown, value: unknown): boolean => {
  if (!isObject(value) || !isObject(self)) return false;
  for (let holder: object | null = value; ; ) {
    if (isProxy(holder)) throw new Tainted(PROXY);
    holder = getPrototypeOf(holder);
    if (holder === null) return false;
    if (holder === self) return true;
  }
};

/** @returns `[object Order]`; the tag is read like any property. */
function tagOf(evaluation: GuardedEvaluation, self: unknown): string {
  if (self === undefined) return '[object Undefined]';
  if (self === null) return '[object Null]';
  const tag = evaluation.get(self, Symbol.toStringTag);
  if (isMarker(tag)) throw new Tainted(tag);
  if (typeof tag === 'string') return `[object ${tag}]`;
  if (isArray(self)) return '[object Array]';
  if (isArgumentsObject(self)) return '[object Arguments]';
  if (isCallable(self)) return '[object Function]';
  if (isNativeError(self)) return '[object Error]';
  if (isDate(self)) return '[object Date]';
  if (isRegExp(self)) return '[object RegExp]';
  if (typeof self === 'string') return '[object String]';
  return typeof self === 'number'
    ? '[object Number]'
    : typeof self === 'boolean'
      ? '[object Boolean]'
      : '[object Object]';
}

/** For functions that ask about an object, such as `Object.isFrozen`: only a Proxy would run code for the answer. */
const asking =
  (fn: Callable): Builtin =>
  (_, _self, args) => {
    if (isObject(args[0]) && isProxy(args[0])) throw new Tainted(PROXY);
    return apply(fn, undefined, [args[0]] as never[]);
  };

function errorText(evaluation: GuardedEvaluation, self: unknown): string {
  const name = evaluation.get(self, 'name');
  const message = evaluation.get(self, 'message');
  const first = name === undefined ? 'Error' : evaluation.string(name);
  const second = message === undefined ? '' : evaluation.string(message);
  return first === '' ? second : second === '' ? first : `${first}: ${second}`;
}

const OF_OBJECTS: readonly (readonly [string, Builtin])[] = [
  ['hasOwnProperty', (evaluation, self, args) => hasOwnKey(evaluation, self, args[0])],
  ['isPrototypeOf', (_, self, args) => inherits(self, args[0])],
  [
    'propertyIsEnumerable',
    (evaluation, self, args) => {
      const key = evaluation.key(args[0]);
      return hasOwnKey(evaluation, self, key) && isEnumerable(target(self), key);
    },
  ],
  ['toString', (evaluation, self) => tagOf(evaluation, self)],
  ['toLocaleString', (evaluation, self) => evaluation.string(self)],
  ['valueOf', (_, self) => self],
];

const OF_FUNCTIONS: readonly (readonly [string, Builtin])[] = [
  [
    'call',
    (evaluation, self, args) => {
      const rest: unknown[] = [];
      for (let index = 1; index < args.length; index++) append(rest, args[index]);
      return evaluation.invoke(self, args[0], rest);
    },
  ],
  [
    'apply',
    (evaluation, self, args) => {
      const list: unknown[] = [];
      const length = args[1] === undefined || args[1] === null ? 0 : evaluation.lengthOf(args[1]);
      for (let index = 0; index < length; index++) append(list, evaluation.itemOf(args[1], index));
      return evaluation.invoke(self, args[0], list);
    },
  ],
  [
    'toString',
    (evaluation, self) => {
      if (!isCallable(self)) throw new TypeError('the receiver is not a function');
      const source = sourceOf(self);
      evaluation.charge(source.length);
      return source;
    },
  ],
];

export function addObjects(table: BuiltinTable): void {
  table.addAll(Object, {
    keys: collecting((key) => key),
    values: collecting((_, value) => value()),
    entries: collecting((key, value) => [key, value()]),
    fromEntries,
    hasOwn: (evaluation, _, args) => hasOwnKey(evaluation, args[0], args[1]),
    is: (evaluation, _, args) => {
      const isSame = same(evaluation, args[0], args[1]);
      if (isSame) return args[0] !== 0 || 1 / (args[0] as number) === 1 / (args[1] as number);
      return isNotANumber(args[0]) && isNotANumber(args[1]);
    },
    getPrototypeOf: (_, _self, args) => {
      const prototype = getPrototypeOf(target(args[0]));
      return prototype !== null && isProxy(prototype) ? PROXY : prototype;
    },
    getOwnPropertyNames: (evaluation, _, args) => {
      const names: unknown[] = [];
      const holder = target(args[0]);
      listed(evaluation, holder);
      const all = ownKeys(holder);
      for (let index = 0; index < all.length; index++) {
        evaluation.tick();
        if (typeof all[index] === 'string') append(names, all[index]);
      }
      return evaluation.own(names);
    },
  });
  for (const key of ['isFrozen', 'isSealed', 'isExtensible']) table.add(Object, key, asking);
  for (const [key, builtin] of OF_OBJECTS) table.add(Object.prototype, key, () => builtin);
  table.add(Error.prototype, 'toString', () => errorText);
  table.addAll(Reflect, {
    has: (evaluation, _, args) => {
      const found = hasProperty(target(args[0]), evaluation.key(args[1]));
      return found;
    },
    get: (evaluation, _, args) => {
      const holder = target(args[0]);
      if (typeof args[0] === 'string') evaluation.cuts.add(args[0]);
      return evaluation.read(holder, evaluation.key(args[1]));
    },
  });
  for (const [key, builtin] of OF_FUNCTIONS) table.add(Function.prototype, key, () => builtin);
}

/** Functions that compile code from text: refused always, whatever their arguments are. */
const CODE_MAKERS: readonly unknown[] = [
  // biome-ignore lint/security/noGlobalEval: it is named here to refuse it
  eval,
  Function,
  getPrototypeOf(async () => undefined)?.constructor,
  getPrototypeOf(function* () {})?.constructor,
];

export function refuseCodeMakers(table: BuiltinTable): void {
  for (const maker of CODE_MAKERS) {
    table.byFunction.set(maker, () => {
      throw new SideEffectRefused('text cannot be run as code');
    });
  }
}
