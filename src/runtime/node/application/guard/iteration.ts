import { SideEffectRefused } from './guard-errors.ts';
import type { GuardedEvaluation } from './guarded-evaluation.ts';
import {
  append,
  characterAt,
  isMap,
  isMapIterator,
  isObject,
  isProxy,
  isSet,
  isSetIterator,
  mapEntries,
  nextOfMap,
  nextOfSet,
  setValues,
} from './intrinsics.ts';
import { isMarker, PROXY, Tainted } from './markers.ts';

const ARRAY_VALUES = Array.prototype.values;
const TYPED_VALUES = Uint8Array.prototype.values;
const MAP_ENTRIES = Map.prototype.entries;
const SET_VALUES = Set.prototype.values;

/** @returns the values that spreading gives. Iterators of the application are refused, since reading advances them. */
export function iterate(evaluation: GuardedEvaluation, value: unknown): unknown[] {
  if (isMarker(value)) throw new Tainted(value);
  const items: unknown[] = [];
  evaluation.own(items);
  if (typeof value === 'string') {
    evaluation.charge(value.length * 16);
    evaluation.cuts.add(value);
    return evaluation.own(stringToArray(value));
  }
  if (!isObject(value)) throw new TypeError(`${typeof value} is not iterable`);
  if (isProxy(value)) throw new Tainted(PROXY);
  const iterator = evaluation.get(value, Symbol.iterator);
  if (isMarker(iterator)) throw new Tainted(iterator);
  if (iterator === undefined || iterator === null) throw new TypeError('object is not iterable');
  if (iterator === ARRAY_VALUES || iterator === TYPED_VALUES) {
    const length = evaluation.lengthOf(value);
    for (let index = 0; index < length; index++) append(items, evaluation.itemOf(value, index));
  } else if (iterator === MAP_ENTRIES && isMap(value)) {
    const entries = mapEntries(value);
    for (let next = nextOfMap(entries); !next.done; next = nextOfMap(entries)) take(evaluation, items, next.value);
  } else if (iterator === SET_VALUES && isSet(value)) {
    const values = setValues(value);
    for (let next = nextOfSet(values); !next.done; next = nextOfSet(values)) take(evaluation, items, next.value);
  } else if (evaluation.isOwn(value) && (isMapIterator(value) || isSetIterator(value))) {
    const next = isMapIterator(value) ? nextOfMap : nextOfSet;
    const own = value as unknown as Iterator<unknown>;
    for (let result = next(own); !result.done; result = next(own)) take(evaluation, items, result.value);
  } else {
    throw new SideEffectRefused('iterating over this object runs code of the application');
  }
  return items;
}

/** @returns a function that gives the same values one by one, then `end`: what the evaluation itself made may change meanwhile. */
export function iterator(evaluation: GuardedEvaluation, value: unknown, end: unknown): () => unknown {
  if (isObject(value) && !isMarker(value) && !isProxy(value)) {
    const method = evaluation.get(value, Symbol.iterator);
    const isList = method === ARRAY_VALUES || method === TYPED_VALUES;
    if (isList) {
      let index = 0;
      return () => (index < evaluation.lengthOf(value) ? evaluation.itemOf(value, index++) : end);
    }
    const entries = method === MAP_ENTRIES && isMap(value) ? mapEntries(value) : undefined;
    const values = entries ?? (method === SET_VALUES && isSet(value) ? setValues(value) : undefined);
    if (values !== undefined) {
      const next = entries === undefined ? nextOfSet : nextOfMap;
      return () => {
        const result = next(values);
        return result.done ? end : result.value;
      };
    }
  }
  const items = iterate(evaluation, value);
  let index = 0;
  return () => (index < items.length ? evaluation.itemOf(items, index++) : end);
}

function take(evaluation: GuardedEvaluation, items: unknown[], value: unknown): void {
  evaluation.tick();
  append(items, value);
}

function stringToArray(text: string): string[] {
  const items: string[] = [];
  for (let index = 0; index < text.length; index++) {
    const first = characterAt(text, index);
    const second = characterAt(text, index + 1);
    const pair = first >= '\ud800' && first <= '\udbff' && second >= '\udc00' && second <= '\udfff';
    append(items, pair ? first + second : first);
    if (pair) index++;
  }
  return items;
}
