import type { CapturedValue } from '../../../../protocol/value.ts';
import { keepsRedacted } from '../../../../redaction/identifiers.ts';
import { LONGEST_TEXT } from '../../../../redaction/longest-text.ts';
import { HASHED_LENGTH, type RawValue } from '../../../../redaction/raw-value.ts';
import { isBufferObject } from '../guard/builtins/buffer.ts';
import { unwrap } from '../guard/builtins/number.ts';
import { regExpFlags, regExpSource } from '../guard/builtins/regexp.ts';
import {
  apply,
  builtinGetter,
  isAnyArrayBuffer,
  isBoxedPrimitive,
  isCallable,
  isDataView,
  isDate,
  isGeneratorObject,
  isMapIterator,
  isObject,
  isPromise,
  isRegExp,
  isSetIterator,
  isSharedArrayBuffer,
  isStringObject,
  isWeakMap,
  isWeakSet,
  min,
  slice,
  uncurry,
} from '../guard/intrinsics.ts';
import type { CaptureLimits } from './capture-budget.ts';
import { classNameOf, ownText } from './capture-classes.ts';
import { sizeOf } from './capture-lists.ts';

const getTime = uncurry(Date.prototype.getTime);
const toISOString = uncurry(Date.prototype.toISOString);
const stringValue = uncurry(String.prototype.valueOf);
const hexadecimal = uncurry(Number.prototype.toString);
const description = builtinGetter(Symbol.prototype, 'description');
const arrayBufferLength = builtinGetter(ArrayBuffer.prototype, 'byteLength');
const sharedBufferLength = builtinGetter(SharedArrayBuffer.prototype, 'byteLength');

/** Larger numbers are not shown: converting them to text takes long. */
const LARGEST_BIGINT = 2n ** 1024n;
const MAX_BUFFER_BYTES = 32;

function cut(type: string, text: string, length: number, margin: number): RawValue {
  if (text.length <= length) return { type, text };
  if (text.length > LONGEST_TEXT) return { type, size: text.length, notCaptured: 'length' };
  const captured = { type, text: slice(text, 0, length + margin), size: text.length, notCaptured: 'length' } as const;
  return margin === 0 ? captured : { ...captured, shown: length };
}

/** The capture of a value behind a redacted name. Its text is kept only where the probe wants to have it hashed or measured. */
export function captureHidden(value: unknown): RawValue {
  const type = typeof value;
  if (!keepsRedacted() || isObject(value)) return { type, notCaptured: 'redacted' };
  const { text, size } = capturePrimitive(value, HASHED_LENGTH);
  return size === undefined ? { type, text, notCaptured: 'redacted' } : { type, text, size, notCaptured: 'redacted' };
}

/** The capture of a value that is no object. */
export function capturePrimitive(value: unknown, stringLength: number, margin = 0): RawValue {
  switch (typeof value) {
    case 'string':
      return cut('string', value, stringLength, margin);
    case 'number':
      return { type: 'number', text: value === 0 && 1 / value < 0 ? '-0' : `${value}` };
    case 'bigint':
      if (value > LARGEST_BIGINT || value < -LARGEST_BIGINT) return { type: 'bigint', notCaptured: 'length' };
      return { type: 'bigint', text: `${value}` };
    case 'boolean':
      return { type: 'boolean', text: value ? 'true' : 'false' };
    case 'symbol': {
      const text = description === undefined ? undefined : (apply(description, value, []) as string | undefined);
      return cut('symbol', `Symbol(${text ?? ''})`, stringLength, margin);
    }
    case 'undefined':
      return { type: 'undefined' };
    default:
      return { type: 'null' };
  }
}

function buffer(value: object, limits: CaptureLimits): CapturedValue {
  const size = sizeOf(value) ?? 0;
  const bytes = value as unknown as Readonly<Record<number, number>>;
  const shown = min(size, min(limits.items, MAX_BUFFER_BYTES));
  let text = '';
  for (let index = 0; index < shown; index++) {
    const byte = bytes[index] ?? 0;
    text += (byte < 16 ? '0' : '') + hexadecimal(byte, 16);
  }
  return shown < size ? { type: 'buffer', text, size, notCaptured: 'items' } : { type: 'buffer', text, size };
}

/** The capture of an object that one line describes and whose fields are of no interest; undefined for all others. */
export function leafOf(value: object, limits: CaptureLimits): CapturedValue | undefined {
  if (isCallable(value)) {
    const name = ownText(value, 'name');
    return name === undefined || name === ''
      ? { type: 'function' }
      : cut('function', name, limits.stringLength, limits.margin ?? 0);
  }
  if (isDate(value)) {
    const time = getTime(value);
    return { type: 'date', text: time - time === 0 ? toISOString(value) : 'Invalid Date' };
  }
  if (isRegExp(value)) {
    const text = `/${regExpSource(value)}/${regExpFlags(value)}`;
    return cut('regexp', text, limits.stringLength, limits.margin ?? 0);
  }
  if (isPromise(value)) return { type: 'promise' };
  if (isBoxedPrimitive(value)) {
    const inner = isStringObject(value) ? stringValue(value as unknown as string) : unwrap(value);
    return {
      ...capturePrimitive(inner, limits.stringLength, limits.margin),
      className: classNameOf(value) ?? 'Object',
    };
  }
  if (isBufferObject(value)) return buffer(value, limits);
  return opaque(value);
}

/** The capture of an object that holds values but does not show them; undefined for all others. */
function opaque(value: object): CapturedValue | undefined {
  if (isAnyArrayBuffer(value)) {
    const shared = isSharedArrayBuffer(value);
    const getter = shared ? sharedBufferLength : arrayBufferLength;
    const size = getter === undefined ? 0 : (apply(getter, value, []) as number);
    return { type: 'arraybuffer', className: shared ? 'SharedArrayBuffer' : 'ArrayBuffer', size };
  }
  if (isWeakMap(value)) return { type: 'weakref', className: 'WeakMap' };
  if (isWeakSet(value)) return { type: 'weakref', className: 'WeakSet' };
  if (isDataView(value)) return { type: 'object', className: 'DataView', notCaptured: 'unavailable' };
  if (isGeneratorObject(value)) return { type: 'object', className: 'Generator', notCaptured: 'unavailable' };
  if (isMapIterator(value)) return { type: 'object', className: 'Map Iterator', notCaptured: 'unavailable' };
  if (isSetIterator(value)) return { type: 'object', className: 'Set Iterator', notCaptured: 'unavailable' };
  return undefined;
}
