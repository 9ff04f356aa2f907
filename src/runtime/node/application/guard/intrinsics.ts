import { types } from 'node:util';

/**
 * Everything that the guard and the capture use of the language, taken once when this file is loaded: what the application
 * does to prototypes and globals afterwards changes nothing here. Code in these files must therefore not call methods on
 * values (`text.slice()`), spread, iterate with for-of, destructure arrays, or assign past the end of an array.
 */
export type Callable = (...args: never[]) => unknown;

export const { apply, construct, getPrototypeOf, ownKeys } = Reflect;
const { defineProperty, getOwnPropertyDescriptor, setPrototypeOf } = Reflect;
export const { hasOwn } = Object;
export const { isArray } = Array;
export const { isNaN: isNotANumber } = Number;
export const { ceil, exp, max, min, round } = Math;
export const { stringify } = JSON;
export const { add: atomicAdd, load: atomicLoad, store: atomicStore } = Atomics;
export const { isProxy, isDate, isRegExp, isMap, isSet, isPromise, isWeakMap, isWeakSet, isNativeError } = types;
export const { isAnyArrayBuffer, isTypedArray, isUint8Array, isDataView, isBoxedPrimitive, isArgumentsObject } = types;
export const { isStringObject, isNumberObject, isBooleanObject, isSymbolObject, isBigIntObject } = types;
export const { isGeneratorObject, isSharedArrayBuffer, isMapIterator, isSetIterator, isModuleNamespaceObject } = types;

/** A method as a function of its receiver. */
export function uncurry<Receiver, Rest extends unknown[], Result>(
  method: (this: Receiver, ...rest: Rest) => Result,
): (self: Receiver, ...rest: Rest) => Result {
  return (self, ...rest) => apply(method, self, rest);
}

/** A getter of a builtin as a function of its receiver; the receiver is checked by the getter itself. */
export function builtinGetter(holder: object, key: PropertyKey): Callable | undefined {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  return descriptor?.get;
}

const codeOf = uncurry(Function.prototype.toString);
export const endsWith = uncurry(String.prototype.endsWith);
export const startsWith = uncurry(String.prototype.startsWith);
export const includes = uncurry(String.prototype.includes);
export const slice = uncurry(String.prototype.slice);
export const indexOf = uncurry(String.prototype.indexOf);

/** The source of a function, which the engine makes without running anything. */
export function sourceOf(fn: Callable): string {
  return codeOf(fn);
}

/** Whether this is a function of the language, by its source, in which a bound function has no name, and so does not count. */
export function isNative(fn: Callable): boolean {
  const code = codeOf(fn);
  return endsWith(code, '{ [native code] }') && !startsWith(code, 'function () {') && startsWith(code, 'function ');
}

/** An own property. `isAccessor` tells the two shapes apart, as `in` would also find what somebody put on Object.prototype. */
export type OwnProperty =
  | { readonly isAccessor: false; readonly value: unknown; readonly enumerable: boolean }
  | { readonly isAccessor: true; readonly accessor: Callable | undefined; readonly enumerable: boolean };

/** @returns an own property, without running a getter; undefined where there is none. Must not be given a Proxy. */
export function ownProperty(holder: object, key: PropertyKey): OwnProperty | undefined {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  if (descriptor === undefined) return undefined;
  const enumerable = descriptor.enumerable === true;
  return hasOwn(descriptor, 'value')
    ? { isAccessor: false, value: descriptor.value, enumerable }
    : { isAccessor: true, accessor: descriptor.get, enumerable };
}

export function isEnumerable(holder: object, key: PropertyKey): boolean {
  return getOwnPropertyDescriptor(holder, key)?.enumerable === true;
}

/** The one descriptor of all definitions: without a prototype, so that a poisoned Object.prototype takes no part. */
const plain: PropertyDescriptor = Object.assign(Object.create(null), {
  value: undefined,
  writable: true,
  enumerable: true,
  configurable: true,
});

/** Sets a property of an object of the runtime, without running a setter of its prototypes. */
export function define(holder: object, key: PropertyKey, value: unknown): void {
  plain.value = value;
  defineProperty(holder, key, plain);
  plain.value = undefined;
}

/** Sets a property that is not enumerable and that may be overwritten and deleted, without running a setter. */
export function defineHidden(holder: object, key: PropertyKey, value: unknown): void {
  plain.enumerable = false;
  define(holder, key, value);
  plain.enumerable = true;
}

const accessor: PropertyDescriptor = Object.assign(Object.create(null), {
  get: undefined,
  enumerable: true,
  configurable: true,
});

/** Gives an object of the runtime a property that is computed when it is read. */
export function defineGetter(holder: object, key: PropertyKey, get: () => unknown): void {
  accessor.get = get;
  defineProperty(holder, key, accessor);
  accessor.get = undefined;
}

/** @returns a character, or an empty text past the end, where an index of a string would be looked up on String.prototype. */
export function characterAt(text: string, index: number): string {
  return index < text.length ? (text[index] ?? '') : '';
}

const arrayPrototype = Array.prototype;
const objectPrototype = Object.prototype;

/** `push` that runs no setter on Array.prototype. */
export function append<T>(list: T[], value: T): void {
  const index = list.length;
  if (getPrototypeOf(arrayPrototype) === objectPrototype && !(index in arrayPrototype)) list[index] = value;
  else define(list, index, value);
}

/**
 * Makes missing arguments undefined, whatever Array.prototype has at their indexes. The array belongs to the runtime, so its
 * prototype may be removed.
 */
export function withoutInherited(args: unknown[]): unknown[] {
  if (0 in arrayPrototype || 1 in arrayPrototype || 2 in arrayPrototype) setPrototypeOf(args, null);
  return args;
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

export function isCallable(value: unknown): value is Callable {
  return typeof value === 'function';
}

/** @returns the first items of a list of the runtime. */
export function firstOf<T>(list: readonly T[], count: number): T[] {
  const first: T[] = [];
  for (let index = 0; index < list.length && index < count; index++) append(first, list[index] as T);
  return first;
}

/** `map` of a list of the runtime, without the method. */
export function mapped<T, R>(list: readonly T[], turn: (item: T, index: number) => R): R[] {
  const turned: R[] = [];
  for (let index = 0; index < list.length; index++) append(turned, turn(list[index] as T, index));
  return turned;
}

/** Methods of Map and WeakSet as functions, which the application cannot replace. */
export const mapGet: <K, V>(map: ReadonlyMap<K, V>, key: K) => V | undefined = uncurry(Map.prototype.get);
export const mapDelete: <K, V>(map: Map<K, V>, key: K) => boolean = uncurry(Map.prototype.delete);
export const mapSet: <K, V>(map: Map<K, V>, key: K, value: V) => unknown = uncurry(Map.prototype.set);
export const weakSetAdd: (set: WeakSet<object>, value: object) => void = uncurry(WeakSet.prototype.add);
export const weakSetDelete: (set: WeakSet<object>, value: object) => boolean = uncurry(WeakSet.prototype.delete);
export const weakSetHas: (set: WeakSet<object>, value: object) => boolean = uncurry(WeakSet.prototype.has);
export const weakMapGet: <K extends WeakKey, V>(map: WeakMap<K, V>, key: K) => V | undefined = uncurry(
  WeakMap.prototype.get,
);
export const weakMapSet: <K extends WeakKey, V>(map: WeakMap<K, V>, key: K, value: V) => void = uncurry(
  WeakMap.prototype.set,
);
export const weakMapDelete: <K extends WeakKey, V>(map: WeakMap<K, V>, key: K) => boolean = uncurry(
  WeakMap.prototype.delete,
);

export const mapEntries: (map: ReadonlyMap<unknown, unknown>) => Iterator<unknown> = uncurry(Map.prototype.entries);
export const setValues: (set: ReadonlySet<unknown>) => Iterator<unknown> = uncurry(Set.prototype.values);

function next(iterator: Iterator<unknown>): (self: Iterator<unknown>) => IteratorResult<unknown> {
  const method = iterator.next;
  return (self) => apply(method, self, []);
}
export const nextOfMap = next(new Map().entries());
export const nextOfSet = next(new Set().values());

/** The getter that every error has for `stack`, where V8 has one (Node.js 22 and later). */
export const stackGetter =
  // Before version 21 there is none, and looking for it would run the application's Error.prepareStackTrace.
  Number.parseInt(process.versions.node, 10) < 21 ? undefined : builtinGetter(new Error('probe'), 'stack');
