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

/** Key of globalThis under which OpenTelemetry's API package keeps its state, and the context key of the active span. */
const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

const storagePrototype: object = AsyncLocalStorage.prototype;
const getStore = AsyncLocalStorage.prototype.getStore as Callable;

/**
 * @returns the active trace and span of the application, where it has OpenTelemetry with a context manager on AsyncLocalStorage, as
 * the SDK and Sentry have. No code of theirs is called, which could have effects: only plain data properties are read, and the store
 * is read by Node.js' own `getStore`. Never throws.
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

/** @returns the active trace of one hit, looked up at the first call. */
export function activeTraceOnce(): () => TraceContext | undefined {
  let isKnown = false;
  let known: TraceContext | undefined;
  return () => {
    if (!isKnown) known = activeTrace();
    isKnown = true;
    return known;
  };
}

/** @returns the value of an own data property, without running code; undefined where there is none. */
function data(holder: unknown, key: PropertyKey): unknown {
  if (!isObject(holder) || isProxy(holder)) return undefined;
  const property = ownProperty(holder, key);
  return property === undefined || property.isAccessor ? undefined : property.value;
}

/** Whether the storage is Node.js' own. Before Node.js 24 `getStore` reads two of its properties, which must be plain data. */
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
