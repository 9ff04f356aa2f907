import {
  append,
  apply,
  type Callable,
  getPrototypeOf,
  isCallable,
  isObject,
  isUint8Array,
  ownProperty,
} from '../intrinsics.ts';
import { isMarker } from '../markers.ts';
import type { BuiltinTable } from './builtin-table.ts';

/** @returns a function of Node.js' Buffer. These are written in JavaScript, so `isNative` does not recognize them. */
function functionOf(holder: object, key: string): Callable | undefined {
  const property = ownProperty(holder, key);
  return property !== undefined && !property.isAccessor && isCallable(property.value) ? property.value : undefined;
}

const { prototype } = Buffer;
const toText = functionOf(prototype, 'toString');
const isBuffer = functionOf(Buffer, 'isBuffer');

/** Whether the object is a Buffer: a Uint8Array, which no Proxy can pretend to be, with Buffer's prototype. */
export function isBufferObject(value: object): boolean {
  return isUint8Array(value) && getPrototypeOf(value) === prototype;
}

export function addBuffers(table: BuiltinTable): void {
  if (toText !== undefined) {
    table.byFunction.set(toText, (evaluation, self, args) => {
      if (!isObject(self) || !isBufferObject(self)) throw new TypeError('the receiver is not a Buffer');
      const converted: unknown[] = [];
      for (let index = 0; index < args.length; index++) append(converted, evaluation.primitive(args[index], 'string'));
      evaluation.charge(evaluation.lengthOf(self) * 2);
      const text = apply(toText, self, converted as never[]) as string;
      if (converted.length > 1) evaluation.cuts.add(apply(toText, self, [converted[0]] as never[]) as string, text);
      return text;
    });
  }
  if (isBuffer !== undefined) {
    table.byFunction.set(
      isBuffer,
      (_, _self, args) => isObject(args[0]) && !isMarker(args[0]) && isUint8Array(args[0]),
    );
  }
}
