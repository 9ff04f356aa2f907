import events from 'node:events';
import fs from 'node:fs';
import timers from 'node:timers';
import util from 'node:util';
import v8 from 'node:v8';
import threads, { MessagePort } from 'node:worker_threads';

/**
 * Intrinsics of the language and of Node.js as they were when this file was loaded, which is before the application. Files of the
 * runtime that are loaded later take their intrinsics then, and must not get those that the application has replaced.
 */

const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } =
  Reflect;
const { create, is } = Object;

interface Property {
  readonly key: PropertyKey;
  readonly descriptor: PropertyDescriptor;
}
interface Holder {
  readonly object: object;
  readonly properties: readonly Property[];
  /** All its keys at that time, where added properties have to be removed too. */
  readonly keys?: ReadonlySet<PropertyKey>;
}
interface Change {
  readonly object: object;
  readonly key: PropertyKey;
  readonly descriptor: PropertyDescriptor | undefined;
}

const constructors: readonly { readonly prototype: object }[] = [
  Object,
  Function,
  Array,
  String,
  Number,
  Boolean,
  Symbol,
  BigInt,
  RegExp,
  Date,
  Map,
  Set,
  WeakMap,
  WeakSet,
  WeakRef,
  Promise,
  Error,
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
  getPrototypeOf(Uint8Array) as unknown as { readonly prototype: object },
  Uint8Array,
  Int32Array,
  Float64Array,
  Buffer,
  URL,
  URLSearchParams,
];

const others: readonly object[] = [
  Math,
  JSON,
  Reflect,
  Atomics,
  prototypeOf([].values()),
  prototypeOf(new Map().entries()),
  prototypeOf(new Set().values()),
  prototypeOf(performance),
  performance,
  process,
  prototypeOf(process),
  events.prototype,
  MessagePort.prototype,
  prototypeOf(MessagePort.prototype),
  threads,
  timers,
  fs,
  v8,
  util.types,
  module.constructor,
  prototypeOf(module),
];

/** Not those globals that Node.js creates at their first use. */
const GLOBALS: readonly PropertyKey[] = [
  'Object',
  'Function',
  'Array',
  'String',
  'Number',
  'Boolean',
  'Symbol',
  'BigInt',
  'RegExp',
  'Date',
  'Map',
  'Set',
  'WeakMap',
  'WeakSet',
  'WeakRef',
  'Promise',
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'Proxy',
  'Reflect',
  'JSON',
  'Math',
  'Atomics',
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'Uint8Array',
  'Int32Array',
  'Float64Array',
  'Buffer',
  'process',
  'performance',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
  'globalThis',
  'URL',
  'URLSearchParams',
  'MessagePort',
  'MessageChannel',
  'parseInt',
  'parseFloat',
  'isNaN',
  'structuredClone',
];

const ADDED_COUNTS: readonly object[] = [Object.prototype, Array.prototype, Function.prototype];
const { has } = Set.prototype;

const holders = remember();

/**
 * Does the work, which must not call the application, with the original intrinsics, and restores those of the application
 * afterwards. @returns what the work gives. @throws what it throws.
 */
export function withOriginalIntrinsics<T>(work: () => T): T {
  const changes: Change[] = [];
  let count = 0;
  const change = (object: object, key: PropertyKey, wanted: PropertyDescriptor | undefined): void => {
    const present = plain(getOwnPropertyDescriptor(object, key));
    if (isSame(present, wanted)) return;
    const isDone = wanted === undefined ? deleteProperty(object, key) : defineProperty(object, key, wanted);
    if (isDone) put(changes, count++, { object, key, descriptor: present });
  };
  try {
    for (let index = 0; index < holders.length; index++) {
      const { object, properties, keys } = holders[index] as Holder;
      if (keys !== undefined) {
        const present = ownKeys(object);
        for (let place = 0; place < present.length; place++) {
          const key = present[place] as PropertyKey;
          if (!apply(has, keys, [key])) change(object, key, undefined);
        }
      }
      for (let place = 0; place < properties.length; place++) {
        const { key, descriptor } = properties[place] as Property;
        change(object, key, descriptor);
      }
    }
    return work();
  } finally {
    for (let index = count - 1; index >= 0; index--) {
      const { object, key, descriptor } = changes[index] as Change;
      if (descriptor === undefined) deleteProperty(object, key);
      else defineProperty(object, key, descriptor);
    }
  }
}

/** Remembers methods and accessors only: other properties change as a program runs. */
function remember(): Holder[] {
  const all: Holder[] = [];
  const seen = new Set<object>();
  const add = (object: object, keys: readonly PropertyKey[], isAll: boolean): void => {
    if (seen.has(object)) return;
    seen.add(object);
    const properties: Property[] = [];
    for (const key of keys) {
      const descriptor = plain(getOwnPropertyDescriptor(object, key));
      if (descriptor === undefined || descriptor.configurable !== true) continue;
      if (isAll || descriptor.get !== undefined || typeof descriptor.value === 'function')
        properties.push({ key, descriptor });
    }
    all.push({ object, properties, ...(ADDED_COUNTS.includes(object) ? { keys: new Set(keys) } : {}) });
  };
  for (const one of constructors) {
    add(one.prototype, ownKeys(one.prototype), false);
    add(one, ownKeys(one), false);
  }
  for (const object of others) add(object, ownKeys(object), false);
  const { _extensions: loaders } = module.constructor as unknown as { _extensions?: object };
  if (loaders !== undefined) add(loaders, ownKeys(loaders), false);
  add(globalThis, GLOBALS, true);
  return all;
}

/** A descriptor that inherits nothing, so that a poisoned Object.prototype takes no part. */
function plain(descriptor: PropertyDescriptor | undefined): PropertyDescriptor | undefined {
  if (descriptor !== undefined) setPrototypeOf(descriptor, null);
  return descriptor;
}

function isSame(one: PropertyDescriptor | undefined, other: PropertyDescriptor | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    is(one.value, other.value) && one.get === other.get && one.set === other.set && one.writable === other.writable
  );
}

/** Sets an item by a descriptor, since an assignment would run a setter on Array.prototype. */
function put<T>(list: T[], index: number, value: T): void {
  const descriptor: PropertyDescriptor = create(null);
  descriptor.value = value;
  descriptor.writable = true;
  descriptor.configurable = true;
  descriptor.enumerable = true;
  defineProperty(list, index, descriptor);
}

function prototypeOf(value: object): object {
  return getPrototypeOf(value) ?? value;
}
