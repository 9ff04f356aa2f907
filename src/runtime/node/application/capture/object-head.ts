import type { CapturedValue } from '../../../../protocol/value.ts';
import { getPrototypeOf, isArray, isMap, isNativeError, isSet } from '../guard/intrinsics.ts';
import type { CaptureLimits } from './capture-budget.ts';
import { classNameOf, errorNameOf, inheritedText } from './capture-classes.ts';
import { capturePrimitive } from './capture-leaves.ts';
import { sizeOf } from './capture-lists.ts';
import type { Mutable } from './capture-roots.ts';

/** @returns type, class and size: all that is shown of an object whose content is not captured. */
export function headOf(value: object, limits: CaptureLimits): Mutable<CapturedValue> {
  const type = kindOf(value);
  const head: Mutable<CapturedValue> = { type };
  const className = type === 'error' ? errorNameOf(value) : classNameOf(value);
  if (className !== undefined && className !== PLAIN[type]) head.className = className;
  const size = type === 'object' ? undefined : sizeOf(value);
  if (size !== undefined) head.size = size;
  if (type === 'error') {
    const message = inheritedText(value, 'message');
    if (message !== undefined)
      return { ...head, ...capturePrimitive(message, limits.stringLength, limits.margin), type };
  }
  return head;
}

/** Class names that say nothing more than the type. */
const PLAIN: Readonly<Record<string, string>> = Object.freeze(
  Object.assign(Object.create(null), { object: 'Object', array: 'Array', map: 'Map', set: 'Set', error: 'Error' }),
);

const plainPrototype = Object.prototype;

/** Whether it is an array or an object without a class, as most are, so that no other type has to be tested for. */
export function isPlain(value: object): boolean {
  return isArray(value) || (typeof value === 'object' && getPrototypeOf(value) === plainPrototype);
}

function kindOf(value: object): string {
  if (getPrototypeOf(value) === plainPrototype) return 'object';
  if (isArray(value)) return 'array';
  if (isMap(value)) return 'map';
  if (isSet(value)) return 'set';
  if (isNativeError(value)) return 'error';
  return sizeOf(value) === undefined ? 'object' : 'typedarray';
}
