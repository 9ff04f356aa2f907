import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceContext } from '../../channel/raw-values.ts';
import {
  apply,
  type Callable,
  getPrototypeOf,
  isMap,
  isObject,
  isProxy,
  mapGet,
  ownProperty,
  slice,
} from '../guard/intrinsics.ts';

/** Where OpenTelemetry's API package keeps its global, and the key of the active span. */
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

const storagePrototype: object = AsyncLocalStorage.prototype;
const getStore = AsyncLocalStorage.prototype.getStore as Callable;

/**
 * The active trace and span of the application, where it has OpenTelemetry with a context manager on AsyncLocalStorage, as the SDK and
 * Sentry have. Nothing of theirs is called, since whoever put it there may have replaced it: only properties that are plain data are
 * read, and the store is asked for by Node.js's own code. Never throws.
 */
function activeTrace(): TraceContext | undefined {
  try {
    const storage = data(data(data(globalThis, API), 'context'), '_asyncLocalStorage');
    if (!isStorage(storage)) return undefined;
    const values = data(apply(getStore, storage, []), '_currentContext');
    if (!isMap(values)) return undefined;
    const context = data(mapGet(values as ReadonlyMap<unknown, unknown>, SPAN), '_spanContext');
    const traceID = data(context, 'traceId');
    const spanID = data(context, 'spanId');
    if (typeof traceID !== 'string' || typeof spanID !== 'string') return undefined;
    return { traceID: slice(traceID, 0, 32), spanID: slice(spanID, 0, 16) };
  } catch {
    return undefined;
  }
}

/** Of one hit: looked for when it is asked for first. */
export function activeTraceOnce(): () => TraceContext | undefined {
  let isKnown = false;
  let known: TraceContext | undefined;
  return () => {
    if (!isKnown) known = activeTrace();
    isKnown = true;
    return known;
  };
}

/** @returns what an object has under a key as its own, without running anything; undefined where it is not data. */
function data(holder: unknown, key: PropertyKey): unknown {
  if (!isObject(holder) || isProxy(holder)) return undefined;
  const property = ownProperty(holder, key);
  return property === undefined || property.isAccessor ? undefined : property.value;
}

/** Before Node.js 24 the store is looked up through two of its properties. */
function isStorage(value: unknown): value is object {
  if (!isObject(value) || isProxy(value) || getPrototypeOf(value) !== storagePrototype) return false;
  return (
    !isAccessor(value, 'enabled') &&
    !isAccessor(value, 'kResourceStore') &&
    ownProperty(value, 'getStore') === undefined
  );
}

function isAccessor(holder: object, key: string): boolean {
  return ownProperty(holder, key)?.isAccessor === true;
}
