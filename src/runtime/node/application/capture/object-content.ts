import type { CapturedField, CapturedValue, NotCaptured } from '../../../../protocol/value.ts';
import type { RawValue } from '../../../../redaction/raw-value.ts';
import {
  append,
  isMap,
  isSet,
  mapEntries,
  min,
  nextOfMap,
  nextOfSet,
  type OwnProperty,
  ownProperty,
  setValues,
} from '../guard/intrinsics.ts';
import { GETTER } from '../guard/markers.ts';
import { knownSize, shownKeys } from '../guard/own-keys.ts';
import { readProperty, stackIsSafe } from '../guard/read.ts';
import type { CaptureBudget, CaptureLimits } from './capture-budget.ts';
import { captureHidden, capturePrimitive } from './capture-leaves.ts';
import { elementsOf } from './capture-lists.ts';

const MAX_KEY_LENGTH = 255;
const MAX_STACK_LENGTH = 4096;

/** Captures the values inside of an object. */
export interface InnerCapture {
  readonly limits: CaptureLimits;
  readonly budget: CaptureBudget;
  /** Captures a value without its content. @param name of the field that holds it. */
  inner(value: unknown, name: string | undefined): CapturedValue;
  /** Takes a capture that is complete already, if there is room for it. */
  leaf(captured: RawValue): CapturedValue;
}

/** @returns the head together with the content of the object, as far as there is room and time. */
export function contentOf(value: object, head: CapturedValue, capture: InnerCapture): CapturedValue {
  if (isMap(value)) return entriesOf(value, head, capture);
  if (isSet(value)) return membersOf(value, head, capture);
  if (head.type === 'array' || head.type === 'typedarray') {
    const { items, all } = elementsOf(
      value,
      capture.limits.items,
      () => capture.budget.exhausted !== undefined,
      (item, isHidden) => (isHidden ? captureHidden(item) : capture.inner(item, undefined)),
    );
    return all ? { ...head, items } : { ...head, items, notCaptured: capture.budget.exhausted ?? 'items' };
  }
  return fieldsOf(value, head, capture);
}

function entriesOf(map: ReadonlyMap<unknown, unknown>, head: CapturedValue, capture: InnerCapture): CapturedValue {
  const entries: [CapturedValue, CapturedValue][] = [];
  const iterator = mapEntries(map);
  for (let next = nextOfMap(iterator); !next.done; next = nextOfMap(iterator)) {
    const reason = stopped(capture, entries.length, capture.limits.items, 'items');
    if (reason !== undefined) return { ...head, entries, notCaptured: reason };
    const entry = next.value as readonly [unknown, unknown];
    const key = capture.inner(entry[0], undefined);
    append(entries, [key, capture.inner(entry[1], typeof entry[0] === 'string' ? entry[0] : undefined)]);
  }
  return { ...head, entries };
}

function membersOf(set: ReadonlySet<unknown>, head: CapturedValue, capture: InnerCapture): CapturedValue {
  const items: CapturedValue[] = [];
  const iterator = setValues(set);
  for (let next = nextOfSet(iterator); !next.done; next = nextOfSet(iterator)) {
    const reason = stopped(capture, items.length, capture.limits.items, 'items');
    if (reason !== undefined) return { ...head, items, notCaptured: reason };
    append(items, capture.inner(next.value, undefined));
  }
  return { ...head, items };
}

function fieldsOf(value: object, head: CapturedValue, capture: InnerCapture): CapturedValue {
  const fields: CapturedField[] = [];
  if (head.type === 'error') addErrorFields(value, fields, capture);
  const size = knownSize(value);
  if (size !== undefined) return { ...head, size, fields, notCaptured: 'time' };
  const keys = shownKeys(value);
  let count = 0;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === undefined || (head.type === 'error' && isShownOfErrors(key))) continue;
    // Even reading its descriptor would have V8 format the stack.
    if (key === 'stack' && !stackIsSafe(value)) continue;
    const reason = stopped(capture, count, capture.limits.fields, 'fields');
    if (reason !== undefined) return { ...head, size: keys.length, fields, notCaptured: reason };
    const property = ownProperty(value, key);
    if (property === undefined || !property.enumerable) continue;
    count++;
    append(fields, fieldOf(key, property, capture));
  }
  return { ...head, fields };
}

/** @returns why a list of values ends here; undefined while it goes on. */
function stopped(
  capture: InnerCapture,
  count: number,
  limit: number,
  reason: 'items' | 'fields',
): NotCaptured | undefined {
  return capture.budget.exhausted ?? (count >= limit ? reason : undefined);
}

function addErrorFields(error: object, fields: CapturedField[], capture: InnerCapture): void {
  const stack = readProperty(error, 'stack');
  if (typeof stack === 'string') {
    const length = min(capture.limits.stringLength * 4, MAX_STACK_LENGTH);
    append(fields, { name: 'stack', value: capture.leaf(capturePrimitive(stack, length, capture.limits.margin)) });
  }
  const cause = ownProperty(error, 'cause');
  if (cause !== undefined) append(fields, fieldOf('cause', cause, capture));
  const errors = ownProperty(error, 'errors');
  if (errors !== undefined) append(fields, fieldOf('errors', errors, capture));
}

function fieldOf(key: string | symbol, property: OwnProperty, capture: InnerCapture): CapturedField {
  const name = typeof key === 'symbol' ? (capturePrimitive(key, longestName(capture.limits)).text ?? 'Symbol()') : key;
  const value = !property.isAccessor ? property.value : GETTER;
  const captured = capture.inner(value, typeof key === 'symbol' ? symbolName(name) : key);
  return { name: shownName(name, capture.limits), value: captured };
}

/** @returns `token` for `Symbol(token)`, so that the value behind such a symbol is redacted by name too. */
function symbolName(text: string): string {
  let name = '';
  for (let index = 7; index < text.length - 1; index++) name += text[index];
  return name;
}

function isShownOfErrors(key: string | symbol): boolean {
  return key === 'stack' || key === 'message' || key === 'cause' || key === 'errors';
}

function longestName({ margin = 0 }: CaptureLimits): number {
  return MAX_KEY_LENGTH + margin;
}

/** @returns the name as it is shown: cut where it is very long. */
export function shownName(name: string, limits: CaptureLimits): string {
  const longest = longestName(limits);
  return name.length > longest ? (capturePrimitive(name, longest).text ?? '') : name;
}
