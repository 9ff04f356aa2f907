import type { CapturedValue } from '../../../../protocol/value.ts';
import { isBehindName } from '../../../../redaction/flat-pairs.ts';
import {
  append,
  apply,
  builtinGetter,
  getPrototypeOf,
  isArray,
  isMap,
  isSet,
  isTypedArray,
  ownProperty,
} from '../guard/intrinsics.ts';
import { GETTER } from '../guard/markers.ts';

const typedLength = builtinGetter(getPrototypeOf(Uint8Array.prototype) ?? {}, 'length');
const mapSize = builtinGetter(Map.prototype, 'size');
const setSize = builtinGetter(Set.prototype, 'size');

function slot(getter: ReturnType<typeof builtinGetter>, value: object): number {
  return getter === undefined ? 0 : (apply(getter, value, []) as number);
}

/** How many items an array, typed array, Map or Set has; undefined for everything else. */
export function sizeOf(value: object): number | undefined {
  if (isArray(value)) return value.length;
  if (isMap(value)) return slot(mapSize, value);
  if (isSet(value)) return slot(setSize, value);
  return isTypedArray(value) ? slot(typedLength, value) : undefined;
}

/**
 * The first items of an array. Holes that follow each other are one item of type `empty`; `all` says whether the end was
 * reached within the limit and before `full`.
 */
export function elementsOf(
  list: object,
  limit: number,
  full: () => boolean,
  capture: (item: unknown, isHidden: boolean) => CapturedValue,
): { items: CapturedValue[]; all: boolean } {
  const items: CapturedValue[] = [];
  const size = sizeOf(list) ?? 0;
  let previous: unknown;
  let holes = 0;
  let index = 0;
  for (; index < size && index < limit && !full(); index++) {
    const property = ownProperty(list, index);
    if (property === undefined) {
      previous = undefined;
      holes++;
      continue;
    }
    if (holes > 0) append(items, { type: 'empty', size: holes });
    holes = 0;
    const item = !property.isAccessor ? property.value : GETTER;
    append(items, capture(item, isBehindName(previous, index, size)));
    previous = item;
  }
  if (holes > 0) append(items, { type: 'empty', size: holes });
  return { items, all: index >= size };
}
