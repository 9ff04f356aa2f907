import { append, isModuleNamespaceObject, isTypedArray, ownKeys, weakMapGet, weakMapSet } from './intrinsics.ts';

const now: () => number = performance.now.bind(performance);
const { keys: enumerableNames, getOwnPropertySymbols } = Object;

/**
 * JavaScript can neither list only some of an object's keys nor count them: V8 makes the whole list, 0.4 µs per key of a large
 * object, and cannot be stopped meanwhile. So an object whose list took longer than this is never listed again.
 */
const LONG_MILLISECONDS = 2;
/** An object with fewer keys only took long because the machine was busy. */
const MANY = 4096;
const sizes = new WeakMap<object, number>();

/** @returns the number of keys of an object that is not to be listed again; undefined for all others. */
export function knownSize(holder: object): number | undefined {
  // Each element is a key.
  if (isTypedArray(holder) && holder.length > MANY) return holder.length;
  return weakMapGet(sizes, holder);
}

/** @returns the own keys that may be shown: the enumerable strings, and all symbols. Must not be given a Proxy. */
export function shownKeys(holder: object): readonly (string | symbol)[] {
  // The namespace of a module with an uninitialized variable throws when it is asked which keys are enumerable.
  if (isModuleNamespaceObject(holder)) return ownKeys(holder);
  const started = now();
  const keys: (string | symbol)[] = enumerableNames(holder);
  if (keys.length > MANY && now() - started > LONG_MILLISECONDS) weakMapSet(sizes, holder, keys.length);
  const symbols = getOwnPropertySymbols(holder);
  for (let index = 0; index < symbols.length; index++) append(keys, symbols[index] ?? '');
  return keys;
}
