import type { RawAsyncFrame } from '../../channel/raw-values.ts';
import { append, apply, define, getPrototypeOf, hasOwn, isArray, isCallable, isObject } from '../guard/intrinsics.ts';

/** Frames, synchronous and async, that V8 walks. Of a stack with more synchronous ones no async frame is found. */
const MAX_WALKED = 100;
const MAX_FRAMES = 20;

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, isExtensible, setPrototypeOf } = Reflect;
const OwnError = Error;
const { captureStackTrace } = Error;

type Method = (site: unknown) => unknown;
type Methods = Readonly<Record<'function' | 'script' | 'line' | 'column' | 'isAsync', Method>>;

/** Methods of V8's call sites, taken before the application can change them. */
const methods = readMethods();

function readMethods(): Methods | undefined {
  const site = callSites()?.[0];
  const prototype = isObject(site) ? getPrototypeOf(site) : null;
  if (prototype === null) return undefined;
  const method = (name: string): Method => {
    const found: unknown = getOwnPropertyDescriptor(prototype, name)?.value;
    return (receiver) => (isCallable(found) ? apply(found, receiver, []) : undefined);
  };
  return {
    function: method('getFunctionName'),
    script: method('getScriptNameOrSourceURL'),
    line: method('getLineNumber'),
    column: method('getColumnNumber'),
    isAsync: method('isAsync'),
  };
}

/**
 * @returns the async functions that await the one that is running. V8 knows them without any preparation: 25 µs for a short stack
 * (Node.js 20 to 26). The application's `Error.prepareStackTrace` and `stackTraceLimit` are replaced meanwhile and restored
 * afterwards; empty where they cannot be restored. Never throws, and runs nothing of the application.
 */
export function asyncFrames(): RawAsyncFrame[] {
  const found: RawAsyncFrame[] = [];
  try {
    const sites = methods === undefined ? undefined : callSites();
    if (methods === undefined || sites === undefined) return found;
    for (let index = 0; index < sites.length && found.length < MAX_FRAMES; index++) {
      const site = sites[index];
      const url = methods.script(site);
      const line = methods.line(site);
      const column = methods.column(site);
      if (methods.isAsync(site) !== true || typeof url !== 'string' || url === '') continue;
      if (typeof line !== 'number' || typeof column !== 'number') continue;
      const name = methods.function(site);
      append(found, { functionName: typeof name === 'string' ? name : '', url, line: line - 1, column: column - 1 });
    }
  } catch {
    // The stack is nearly full.
  }
  return found;
}

/** @returns V8's call sites of the current stack; undefined where the application's settings could not be restored. */
function callSites(): readonly unknown[] | undefined {
  if (settingOf(globalThis, 'Error')?.value !== OwnError) return undefined;
  const prepare = settingOf(OwnError, 'prepareStackTrace');
  const limit = settingOf(OwnError, 'stackTraceLimit');
  if (!isReplaceable(prepare) || !isReplaceable(limit)) return undefined;
  const holder: { stack?: unknown } = {};
  try {
    if (!replaced('prepareStackTrace', keepSites) || !replaced('stackTraceLimit', MAX_WALKED)) return undefined;
    captureStackTrace(holder);
    const { stack } = holder;
    return isArray(stack) ? stack : undefined;
  } finally {
    restore('prepareStackTrace', prepare);
    restore('stackTraceLimit', limit);
  }
}

function keepSites(_error: unknown, sites: unknown): unknown {
  return sites;
}

type Key = 'prepareStackTrace' | 'stackTraceLimit';

/** @returns the descriptor of an own property, without a prototype, so that a poisoned Object.prototype takes no part. */
function settingOf(holder: object, key: string): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  if (descriptor !== undefined) setPrototypeOf(descriptor, null);
  return descriptor;
}

/** Whether a setting can be replaced and restored: a configurable property without accessors, whose code would run, or an absent one. */
function isReplaceable(setting: PropertyDescriptor | undefined): boolean {
  if (setting === undefined) return isExtensible(OwnError);
  return setting.configurable === true && hasOwn(setting, 'value');
}

function replaced(key: Key, value: unknown): boolean {
  define(OwnError, key, value);
  return settingOf(OwnError, key)?.value === value;
}

function restore(key: Key, before: PropertyDescriptor | undefined): void {
  if (before === undefined) deleteProperty(OwnError, key);
  else defineProperty(OwnError, key, before);
}
