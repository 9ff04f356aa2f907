import type { CapturedField, CapturedValue, NotCaptured } from '../../../protocol/value.ts';
import { isRedactedName } from '../../../redaction/identifiers.ts';
import { HASHED_LENGTH, type RawValue } from '../../../redaction/raw-value.ts';
import {
  append,
  getPrototypeOf,
  hasOwn,
  isArray,
  isMap,
  isNativeError,
  isObject,
  isProxy,
  isSet,
  mapEntries,
  max,
  min,
  nextOfMap,
  nextOfSet,
  type OwnProperty,
  ownKeys,
  ownProperty,
  setValues,
} from '../guard/guard-intrinsics.ts';
import { knownSize, shownKeys } from '../guard/guard-keys.ts';
import { GETTER, isMarker, Sealed } from '../guard/guard-markers.ts';
import { readProperty, stackIsSafe } from '../guard/guard-read.ts';
import { CaptureBudget, type CaptureLimits } from './capture-budget.ts';
import { classNameOf, errorNameOf, inheritedText } from './capture-classes.ts';
import { captureHidden, capturePrimitive, leafOf } from './capture-leaves.ts';
import { elementsOf, sizeOf } from './capture-lists.ts';
import type { CaptureMemo } from './capture-memo.ts';

export type { CaptureLimits } from './capture-budget.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const MAX_KEY_LENGTH = 255;
/** A shorter text is the same as another by chance. */
const SHORTEST_HIDDEN = 6;
const MAX_HIDDEN = 16;
const MAX_STACK_LENGTH = 4096;

/** One walk over values: depth first, with the objects above known, so that a cycle ends. */
class Walk {
  readonly budget: CaptureBudget;
  readonly #limits: CaptureLimits;
  readonly #above: object[] = [];
  /** Values of variables with redacted names. */
  hidden: readonly string[] = [];
  readonly #memo: CaptureMemo | undefined;

  constructor(limits: CaptureLimits, memo?: CaptureMemo) {
    this.#limits = limits;
    this.#memo = memo;
    this.budget = new CaptureBudget(limits);
  }

  value(value: unknown, name: string | undefined): CapturedValue {
    if (isMarker(value)) {
      const { marker } = value;
      return { type: marker === 'getter' || marker === 'proxy' ? marker : 'unknown', notCaptured: marker };
    }
    const sealed = Sealed.open(value);
    if (sealed !== undefined) return captureHidden(sealed.value);
    if ((name !== undefined && isRedactedName(name)) || this.#isHidden(value)) return captureHidden(value);
    const over = this.budget.take(name === undefined ? 0 : name.length);
    // A primitive is there already: however late it is, it takes no time.
    if (over === 'time' && this.budget.left >= 0 && this.#above.length === 0 && !isObject(value)) {
      return this.#primitive(value);
    }
    if (over !== undefined) return { type: typeof value, notCaptured: over };
    if (!isObject(value)) return this.#leaf(this.#primitive(value));
    if (isProxy(value)) return { type: 'proxy', notCaptured: 'proxy' };
    const leaf = isPlain(value) ? undefined : leafOf(value, this.#limits);
    if (leaf !== undefined) return this.#leaf(leaf);
    return this.#above.length === 0 && this.#memo !== undefined ? this.#once(value, this.#memo) : this.#object(value);
  }

  #once(value: object, memo: CaptureMemo): CapturedValue {
    const known = memo.find(value);
    if (known !== undefined && known.bytes < this.budget.left) {
      this.budget.take(known.bytes);
      return known.captured;
    }
    const before = this.budget.left;
    const captured = this.#object(value);
    if (this.budget.exhausted === undefined) memo.add(value, captured, before - this.budget.left);
    return captured;
  }

  #primitive(value: unknown): RawValue {
    return capturePrimitive(value, this.#limits.stringLength, this.#limits.margin);
  }

  /** The same text as that of a variable with a redacted name, under another one: in `arguments`, in a copy. */
  #isHidden(value: unknown): boolean {
    if (typeof value !== 'string' || value.length < SHORTEST_HIDDEN || value.length > HASHED_LENGTH) return false;
    for (let index = 0; index < this.hidden.length; index++) if (this.hidden[index] === value) return true;
    return false;
  }

  #leaf(captured: RawValue): CapturedValue {
    const text = hasOwn(captured, 'text') ? (captured.text?.length ?? 0) : 0;
    const length = hasOwn(captured, 'shown') ? min(text, captured.shown ?? text) : text;
    const over = length === 0 ? undefined : this.budget.take(length);
    return over === undefined ? captured : { type: captured.type, notCaptured: over };
  }

  #object(value: object): CapturedValue {
    const head = this.#head(value);
    for (let index = 0; index < this.#above.length; index++) {
      if (this.#above[index] === value) return { ...head, notCaptured: 'circular' };
    }
    if (this.#above.length >= this.#limits.depth) return { ...head, notCaptured: 'depth' };
    append(this.#above, value);
    const captured = this.#content(value, head);
    this.#above.length--;
    return captured;
  }

  /** Type, class and size: all that is said of an object whose content is not shown. */
  #head(value: object): CapturedValue {
    const type = kindOf(value);
    const head: Mutable<CapturedValue> = { type };
    const className = type === 'error' ? errorNameOf(value) : classNameOf(value);
    if (className !== undefined && className !== PLAIN[type]) head.className = className;
    const size = type === 'object' ? undefined : sizeOf(value);
    if (size !== undefined) head.size = size;
    if (type === 'error') {
      const message = inheritedText(value, 'message');
      if (message !== undefined) return { ...head, ...this.#primitive(message), type };
    }
    return head;
  }

  #content(value: object, head: CapturedValue): CapturedValue {
    if (isMap(value)) return this.#entries(value, head);
    if (isSet(value)) return this.#members(value, head);
    if (head.type === 'array' || head.type === 'typedarray') {
      const { items, all } = elementsOf(
        value,
        this.#limits.items,
        () => this.budget.exhausted !== undefined,
        (item, isHidden) => (isHidden ? captureHidden(item) : this.value(item, undefined)),
      );
      return all ? { ...head, items } : { ...head, items, notCaptured: this.budget.exhausted ?? 'items' };
    }
    return this.#fields(value, head);
  }

  #entries(map: ReadonlyMap<unknown, unknown>, head: CapturedValue): CapturedValue {
    const entries: [CapturedValue, CapturedValue][] = [];
    const iterator = mapEntries(map);
    for (let next = nextOfMap(iterator); !next.done; next = nextOfMap(iterator)) {
      const reason = this.#stop(entries.length, this.#limits.items, 'items');
      if (reason !== undefined) return { ...head, entries, notCaptured: reason };
      const entry = next.value as readonly [unknown, unknown];
      const key = this.value(entry[0], undefined);
      append(entries, [key, this.value(entry[1], typeof entry[0] === 'string' ? entry[0] : undefined)]);
    }
    return { ...head, entries };
  }

  #members(set: ReadonlySet<unknown>, head: CapturedValue): CapturedValue {
    const items: CapturedValue[] = [];
    const iterator = setValues(set);
    for (let next = nextOfSet(iterator); !next.done; next = nextOfSet(iterator)) {
      const reason = this.#stop(items.length, this.#limits.items, 'items');
      if (reason !== undefined) return { ...head, items, notCaptured: reason };
      append(items, this.value(next.value, undefined));
    }
    return { ...head, items };
  }

  #fields(value: object, head: CapturedValue): CapturedValue {
    const fields: CapturedField[] = [];
    if (head.type === 'error') this.#errorFields(value, fields);
    const size = knownSize(value);
    if (size !== undefined) return { ...head, size, fields, notCaptured: 'time' };
    const keys = shownKeys(value);
    let count = 0;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index];
      if (key === undefined || (head.type === 'error' && isShownOfErrors(key))) continue;
      // Its descriptor would already make the text of the stack.
      if (key === 'stack' && !stackIsSafe(value)) continue;
      const reason = this.#stop(count, this.#limits.fields, 'fields');
      if (reason !== undefined) return { ...head, size: keys.length, fields, notCaptured: reason };
      const property = ownProperty(value, key);
      if (property === undefined || !property.enumerable) continue;
      count++;
      append(fields, this.#field(key, property));
    }
    return { ...head, fields };
  }

  /** Why a list of values ends here. */
  #stop(count: number, limit: number, reason: 'items' | 'fields'): NotCaptured | undefined {
    return this.budget.exhausted ?? (count >= limit ? reason : undefined);
  }

  #errorFields(error: object, fields: CapturedField[]): void {
    const stack = readProperty(error, 'stack');
    if (typeof stack === 'string') {
      const length = min(this.#limits.stringLength * 4, MAX_STACK_LENGTH);
      append(fields, { name: 'stack', value: this.#leaf(capturePrimitive(stack, length, this.#limits.margin)) });
    }
    const cause = ownProperty(error, 'cause');
    if (cause !== undefined) append(fields, this.#field('cause', cause));
    const errors = ownProperty(error, 'errors');
    if (errors !== undefined) append(fields, this.#field('errors', errors));
  }

  /** A variable of a scope. */
  variable(scope: object, name: string): CapturedValue {
    const property = ownProperty(scope, name);
    return property === undefined ? { type: 'undefined' } : this.#field(name, property).value;
  }

  #field(key: string | symbol, property: OwnProperty): CapturedField {
    const longest = MAX_KEY_LENGTH + (this.#limits.margin ?? 0);
    const name = typeof key === 'symbol' ? (capturePrimitive(key, longest).text ?? 'Symbol()') : key;
    const value = !property.isAccessor ? property.value : GETTER;
    const shown = name.length > longest ? (capturePrimitive(name, longest).text ?? '') : name;
    return { name: shown, value: this.value(value, typeof key === 'symbol' ? symbolName(name) : key) };
  }
}

/** `token` of `Symbol(token)`, so that its value is redacted too. */
function symbolName(text: string): string {
  let name = '';
  for (let index = 7; index < text.length - 1; index++) name += text[index];
  return name;
}

function isShownOfErrors(key: string | symbol): boolean {
  return key === 'stack' || key === 'message' || key === 'cause' || key === 'errors';
}

/** Class names that say nothing more than the type. */
const PLAIN: Readonly<Record<string, string>> = Object.freeze(
  Object.assign(Object.create(null), { object: 'Object', array: 'Array', map: 'Map', set: 'Set', error: 'Error' }),
);

const plainPrototype = Object.prototype;

/** Most objects and arrays: what they are needs no further questions. */
function isPlain(value: object): boolean {
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

/** The value as it may leave the process: cut to the limits, redacted by name, nothing of the application run. Never throws. */
export function captureValue(value: unknown, limits: CaptureLimits, name?: string, memo?: CaptureMemo): CapturedValue {
  return safely(() => new Walk(limits, memo).value(value, name));
}

function hiddenTexts(variables: Record<string, unknown>, keys: readonly PropertyKey[]): readonly string[] {
  const texts: string[] = [];
  for (let index = 0; index < keys.length && texts.length < MAX_HIDDEN; index++) {
    const key = keys[index];
    if (typeof key !== 'string' || !isRedactedName(key)) continue;
    const property = ownProperty(variables, key);
    if (property === undefined || property.isAccessor || typeof property.value !== 'string') continue;
    append(texts, property.value);
  }
  return texts;
}

/**
 * The variables of a scope. Each may use half of the bytes that are left, or its equal share where that is more, so that one
 * huge variable cannot hide the others. Never throws.
 */
export function captureVariables(
  variables: Record<string, unknown>,
  limits: CaptureLimits,
  memo?: CaptureMemo,
): CapturedField[] {
  const captured: CapturedField[] = [];
  const walk = new Walk(limits, memo);
  const keys = isProxy(variables) ? [] : ownKeys(variables);
  walk.hidden = hiddenTexts(variables, keys);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (typeof key !== 'string') continue;
    const left = walk.budget.left;
    const others = keys.length - index - 1;
    const reserved = left <= 0 || others === 0 ? 0 : left - max(left / 2, left / (others + 1));
    walk.budget.reserve(reserved);
    append(captured, { name: key, value: safely(() => walk.variable(variables, key)) });
    walk.budget.release(reserved);
  }
  return captured;
}

/** A stack that is nearly full, or an exotic object that throws: the value is unavailable, the application unharmed. */
function safely(capture: () => CapturedValue): CapturedValue {
  try {
    return capture();
  } catch {
    return { type: 'unknown', notCaptured: 'unavailable' };
  }
}
