import { isBehindName } from '../../../../redaction/flat-pairs.ts';
import { isRedactedName } from '../../../../redaction/identifiers.ts';
import { refuseLongText } from './guard-errors.ts';
import {
  apply,
  builtinGetter,
  type Callable,
  getPrototypeOf,
  includes,
  isArray,
  isNative,
  isObject,
  isProxy,
  ownProperty,
  sourceOf,
  stackGetter,
} from './intrinsics.ts';
import { GETTER, isMarker, PROXY, REDACTED } from './markers.ts';

const { iterator, toPrimitive, toStringTag } = Symbol;
const description = builtinGetter(Symbol.prototype, 'description');

/** Getters of the language that only read an internal slot of their receiver, such as Map#size. */
const pureGetters = new Set<unknown>();
const hasGetter: (getter: unknown) => boolean = Function.prototype.call.bind(Set.prototype.has, pureGetters);

function trust(holder: object | null, ...keys: PropertyKey[]): void {
  if (holder === null) return;
  for (const key of keys) {
    const property = ownProperty(holder, key);
    if (property?.isAccessor && property.accessor && isNative(property.accessor)) {
      pureGetters.add(property.accessor);
    }
  }
}

trust(Map.prototype, 'size');
trust(Set.prototype, 'size');
trust(Symbol.prototype, 'description');
trust(ArrayBuffer.prototype, 'byteLength', 'maxByteLength', 'resizable', 'detached');
trust(SharedArrayBuffer.prototype, 'byteLength');
trust(DataView.prototype, 'byteLength', 'byteOffset', 'buffer');
trust(getPrototypeOf(Uint8Array.prototype), 'length', 'byteLength', 'byteOffset', 'buffer', Symbol.toStringTag);
trust(
  RegExp.prototype,
  'source',
  'global',
  'ignoreCase',
  'multiline',
  'dotAll',
  'unicode',
  'sticky',
  'hasIndices',
  'unicodeSets',
);
trust(Object.prototype, '__proto__');

/** Whether the application has a stack formatter, which may do anything; that of Node.js only reads name and message. */
function formatsStacks(): boolean {
  const formatter = ownProperty(Error, 'prepareStackTrace');
  if (formatter === undefined) return false;
  if (formatter.isAccessor) return true;
  const { value } = formatter;
  return (
    typeof value === 'function' &&
    !(!isProxy(value) && includes(sourceOf(value as Callable), 'internalPrepareStackTrace(error, trace)'))
  );
}

/**
 * Whether reading `stack` of this object runs no code of the application: V8 makes the text when it is first read, with the
 * application's formatter, and from a name and a message that may be getters.
 */
export function stackIsSafe(holder: object): boolean {
  if (formatsStacks()) return false;
  return isText(readOwnOrInherited(holder, 'name', holder)) && isText(readOwnOrInherited(holder, 'message', holder));
}

/** Whether formatting the value runs no code: an object, which a marker is too, would be converted. */
function isText(value: unknown): boolean {
  return !isObject(value) && typeof value !== 'symbol';
}

function readOwnOrInherited(start: object, key: PropertyKey, receiver: unknown): unknown {
  for (let holder: object | null = start; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return PROXY;
    if (key === 'stack' && !stackIsSafe(holder)) return GETTER;
    const property = ownProperty(holder, key);
    if (property === undefined) continue;
    if (!property.isAccessor) return property.value;
    const { accessor } = property;
    if (accessor === undefined) return undefined;
    if (!hasGetter(accessor) && accessor !== stackGetter) return GETTER;
    const value: unknown = apply(accessor, receiver, []);
    return key === '__proto__' && isObject(value) && isProxy(value) ? PROXY : value;
  }
  return undefined;
}

/** @returns the getter that reading a property would run, if any. */
export function getterOf(value: object, key: PropertyKey): Callable | undefined {
  for (let holder: object | null = value; holder !== null && !isProxy(holder); holder = getPrototypeOf(holder)) {
    const property = ownProperty(holder, key);
    if (property !== undefined) return property.isAccessor ? property.accessor : undefined;
  }
  return undefined;
}

/** @returns an own property of a string: a character or its length. */
function readString(text: string, key: PropertyKey): { value: unknown } | undefined {
  if (key === 'length') return { value: text.length };
  const index = typeof key === 'number' ? key : typeof key === 'string' && key !== '' ? +key : -1;
  if (!(index >= 0 && index < text.length && `${index}` === `${key as string}`)) return undefined;
  refuseLongText(text);
  return { value: text[index] };
}

const prototypes: Readonly<Record<string, object>> = Object.freeze(
  Object.assign(Object.create(null), {
    string: String.prototype,
    number: Number.prototype,
    bigint: BigInt.prototype,
    boolean: Boolean.prototype,
    symbol: Symbol.prototype,
  }),
);

/**
 * `value[key]` without running anything of the application: a getter yields GETTER, a Proxy on the way PROXY, a redacted name
 * REDACTED. Throws the TypeError of the language for null and undefined. A marker stays what it is.
 */
export function readProperty(value: unknown, key: PropertyKey): unknown {
  if (isMarker(value)) return value;
  if (value === undefined || value === null) {
    const shown = typeof key === 'symbol' ? 'Symbol()' : `${key}`;
    throw new TypeError(`Cannot read properties of ${value} (reading '${shown}')`);
  }
  if (typeof key === 'string' ? isRedactedName(key) : typeof key === 'symbol' && isRedactedSymbol(key)) {
    // A missing property is no secret: that it is missing, `in` tells too.
    return isObject(value) && hasProperty(value, key) === false ? undefined : REDACTED;
  }
  if (isObject(value)) {
    const index = typeof key === 'number' ? key : key === '1' ? 1 : 0;
    if (index > 0 && !isProxy(value) && isHiddenItem(value, index)) return REDACTED;
    return readOwnOrInherited(value, key, value);
  }
  if (typeof value === 'string') {
    const own = readString(value, key);
    if (own !== undefined) return own.value;
  }
  const prototype = prototypes[typeof value];
  return prototype === undefined ? undefined : readOwnOrInherited(prototype, key, value);
}

/** Reads a property as {@link readProperty} does, also under a redacted name: the caller seals the value at once. */
export function readHidden(value: unknown, key: string): unknown {
  if (isMarker(value)) return value;
  if (!isObject(value)) return readProperty(value, key);
  return readOwnOrInherited(value, key, value);
}

/** Whether a value that is looked up is a redacted name. @throws EvaluationTimeout for a text that is too long to be read. */
export function isHiddenKey(key: unknown): boolean {
  if (typeof key !== 'string') return false;
  refuseLongText(key);
  return isRedactedName(key);
}

/** Whether the description of a symbol is a redacted name, as of `Symbol(token)`. Symbols of the language are not. */
function isRedactedSymbol(key: symbol): boolean {
  if (key === iterator || key === toPrimitive || key === toStringTag || description === undefined) return false;
  const text: unknown = apply(description, key, []);
  return typeof text === 'string' && isRedactedName(text);
}

/** Whether the item before is a redacted name, as in `[name, value]` pairs. */
function isHiddenItem(list: object, index: number): boolean {
  if (!isArray(list)) return false;
  const previous = ownProperty(list, index - 1);
  return previous !== undefined && !previous.isAccessor && isBehindName(previous.value, index, list.length);
}

/** Reads an item of an array, which must not be a Proxy. A hole gives undefined. */
export function readItem(list: object, index: number): unknown {
  if (index > 0 && isHiddenItem(list, index)) return REDACTED;
  const property = ownProperty(list, index);
  if (property === undefined) return undefined;
  return !property.isAccessor ? property.value : GETTER;
}

/** `key in object`; PROXY where a trap of a Proxy would have to run. */
export function hasProperty(start: object, key: PropertyKey): unknown {
  for (let holder: object | null = start; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return PROXY;
    if (key === 'stack' && !stackIsSafe(holder)) return GETTER;
    if (ownProperty(holder, key) !== undefined) return true;
  }
  return false;
}

/** Accessors that Node.js itself has on the global object (20 to 26), some of which load seldom used modules. */
const NODE_ACCESSORS = new Set<unknown>([
  ...['process', 'Buffer', 'performance', 'navigator', 'crypto', 'localStorage', 'sessionStorage', 'fetch', 'Storage'],
  ...['DOMException', 'AbortController', 'AbortSignal', 'TextEncoder', 'TextDecoder', 'atob', 'btoa', 'Blob', 'File'],
  ...['TransformStream', 'WritableStream', 'ReadableStream', 'BroadcastChannel', 'MessageChannel', 'MessagePort'],
  ...['MessageEvent', 'FormData', 'Headers', 'Request', 'Response', 'Crypto', 'CryptoKey', 'SubtleCrypto'],
  ...['Performance', 'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'PerformanceObserver'],
  ...['CompressionStream', 'DecompressionStream', 'CustomEvent', 'WebSocket', 'EventSource', 'CloseEvent'],
]);
const isNodeAccessor: (name: string) => boolean = Function.prototype.call.bind(Set.prototype.has, NODE_ACCESSORS);
const application = globalThis;

/** Whether reading a variable with this name could run a getter that the application put on the global object. */
export function isGlobalAccessor(name: string): boolean {
  for (let holder: object | null = application; holder !== null; holder = getPrototypeOf(holder)) {
    if (isProxy(holder)) return false;
    const property = ownProperty(holder, name);
    if (property !== undefined) return property.isAccessor && !isNodeAccessor(name);
  }
  return false;
}
