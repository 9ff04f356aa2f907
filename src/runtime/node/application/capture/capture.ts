import type { CapturedField, CapturedValue, NotCaptured } from '../../../../protocol/value.ts';
import { isRedactedName } from '../../../../redaction/identifiers.ts';
import { HASHED_LENGTH, type RawValue } from '../../../../redaction/raw-value.ts';
import {
  append,
  define,
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
  round,
  setValues,
} from '../guard/intrinsics.ts';
import { knownSize, shownKeys } from '../guard/keys.ts';
import { GETTER, isMarker, Sealed } from '../guard/markers.ts';
import { readProperty, stackIsSafe } from '../guard/read.ts';
import { CaptureBudget, type CaptureLimits } from './capture-budget.ts';
import { classNameOf, errorNameOf, inheritedText } from './capture-classes.ts';
import { captureHidden, capturePrimitive, leafOf } from './capture-leaves.ts';
import { elementsOf, sizeOf } from './capture-lists.ts';

export type { CaptureLimits } from './capture-budget.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const MAX_KEY_LENGTH = 255;
/** A shorter text is the same as another by chance. */
const SHORTEST_HIDDEN = 6;
const MAX_HIDDEN = 64;
/** Longer texts come after everything that is small. */
const SHORT_TEXT = 128;
/** What a value gets in one turn, beyond what its next object takes. */
const BYTES_PER_TURN = 1024;
/** What an object is like in characters, as long as nothing is known of its content. */
const WEIGHT_OF_OBJECT = 256;
/** More different objects than these are rare among the variables of some frames. */
const MAX_KNOWN = 64;
const MAX_STACK_LENGTH = 4096;

/** The objects around a value, so that a cycle ends. */
interface Above {
  readonly object: object;
  readonly above: Above | undefined;
  readonly level: number;
}

/** An object whose content, or a long text that, is still to be looked at, and where that goes. */
interface Task {
  readonly value: object | string;
  readonly node: Mutable<CapturedValue>;
  readonly above: Above | undefined;
}

/** One variable, or all that show the same object. */
interface Root {
  readonly value: unknown;
  readonly isChosen: boolean;
  node: CapturedValue;
  /** How often it is shown: each time it takes its bytes. */
  shown: number;
  /** What is to be looked at in it, level by level, and the index of the next. */
  readonly tasks: Task[];
  next: number;
  /** Roughly how much it is, from outside. */
  weight: number;
}

/**
 * One look at values, breadth first: before anything is looked at inside of a value, every value has been looked at from
 * outside; then they have turns, the smallest first, in each of which one gets some more of its bytes, level by level. So a
 * small one is whole soon, and none is missing because another one is large.
 */
export class Capturing {
  readonly #limits: CaptureLimits;
  readonly #budget: CaptureBudget;
  /** Texts of variables with redacted names. */
  readonly #hidden: string[] = [];
  readonly #roots: Root[] = [];
  #root: Root | undefined;
  #above: Above | undefined;

  constructor(limits: CaptureLimits) {
    this.#limits = limits;
    this.#budget = new CaptureBudget(limits);
  }

  /** Takes note of what is not to be shown under another name either; before the first value that could be it. */
  hide(variables: object): void {
    const names = isProxy(variables) ? [] : ownKeys(variables);
    for (let index = 0; index < names.length && this.#hidden.length < MAX_HIDDEN; index++) {
      const name = names[index];
      if (typeof name !== 'string' || !isRedactedName(name)) continue;
      const property = ownProperty(variables, name);
      if (property === undefined || property.isAccessor || typeof property.value !== 'string') continue;
      append(this.#hidden, property.value);
    }
  }

  /** A value as it is from outside; `finish` adds what is inside, of chosen ones first. Never throws. */
  take(value: unknown, name?: string, isChosen = false): CapturedValue {
    return safely(() => {
      const known = isObject(value) && !this.#isRedacted(value, name) ? this.#known(value) : undefined;
      if (known !== undefined) {
        known.shown++;
        this.#budget.take(name === undefined ? 0 : name.length);
        return known.node;
      }
      const root: Root = { value, node: { type: typeof value }, isChosen, shown: 1, tasks: [], next: 0, weight: 0 };
      this.#root = root;
      this.#above = undefined;
      root.node = this.#value(value, name);
      if (root.tasks.length > 0) append(this.#roots, root);
      return root.node;
    });
  }

  /** The variables of a scope as they are from outside. Never throws. */
  variables(variables: object, only: readonly string[] = []): CapturedField[] {
    const captured: CapturedField[] = [];
    const names = isProxy(variables) ? [] : ownKeys(variables);
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      if (typeof name !== 'string') continue;
      const property = ownProperty(variables, name);
      const value = property === undefined ? undefined : property.isAccessor ? GETTER : property.value;
      append(captured, { name: this.#shownName(name), value: this.take(value, name, includes(only, name)) });
    }
    return captured;
  }

  /** Looks into everything that was taken, for as long as there are bytes and time. Never throws. */
  finish(): void {
    let roots: Root[] = this.#roots;
    bySize(roots);
    while (roots.length > 0) {
      const unfinished: Root[] = [];
      for (let index = 0; index < roots.length; index++) {
        const root = roots[index] as Root;
        const others = roots.length - index - 1 + unfinished.length;
        this.#turn(root, others);
        if (root.next < root.tasks.length) append(unfinished, root);
      }
      roots = unfinished;
    }
  }

  /** One turn of a root, in which it gets some of the bytes; at least its next object is looked at. */
  #turn(root: Root, others: number): void {
    this.#root = root;
    const before = this.#budget.left;
    // No single list takes more than its share of what is left for all.
    const reserved = root.isChosen || before <= 0 ? 0 : before - before / (others + 1);
    const end = root.isChosen ? 0 : before - BYTES_PER_TURN;
    this.#budget.reserve(reserved);
    do this.#look(root.tasks[root.next++] as Task);
    while (root.next < root.tasks.length && this.#budget.left + reserved > end);
    this.#budget.release(reserved);
  }

  #look({ value, node, above }: Task): void {
    const over = this.#budget.exhausted;
    // A text is there already: however late it is, it takes no time.
    if (over === 'bytes' || (over === 'time' && (typeof value !== 'string' || above !== undefined))) {
      if (typeof value === 'string') define(node, 'size', value.length);
      define(node, 'notCaptured', over);
      return;
    }
    this.#above = above;
    try {
      if (typeof value === 'string') this.#longText(value, node);
      else fill(node, this.#content(value, node));
    } catch {
      define(node, 'notCaptured', 'unavailable');
    }
  }

  #known(value: object): Root | undefined {
    for (let index = 0; index < this.#roots.length && index < MAX_KNOWN; index++) {
      if (this.#roots[index]?.value === value) return this.#roots[index];
    }
    return undefined;
  }

  #later(
    value: object | string,
    node: Mutable<CapturedValue>,
    above: Above | undefined,
    weight: number,
  ): CapturedValue {
    if (this.#root !== undefined) {
      append(this.#root.tasks, { value, node, above });
      this.#root.weight += weight;
    }
    return node;
  }

  #take(characters: number): 'bytes' | 'time' | undefined {
    return this.#budget.take(characters, this.#root?.shown);
  }

  #isRedacted(value: unknown, name: string | undefined): boolean {
    return (name !== undefined && isRedactedName(name)) || this.#isHidden(value);
  }

  #value(value: unknown, name: string | undefined): CapturedValue {
    if (isMarker(value)) {
      const { marker } = value;
      return { type: marker === 'getter' || marker === 'proxy' ? marker : 'unknown', notCaptured: marker };
    }
    const sealed = Sealed.open(value);
    if (sealed !== undefined) return captureHidden(sealed.value);
    if (this.#isRedacted(value, name)) return captureHidden(value);
    const over = this.#take(name === undefined ? 0 : name.length);
    // A primitive is there already: however late it is, it takes no time.
    if (over === 'time' && this.#budget.left >= 0 && this.#above === undefined && !isObject(value)) {
      return this.#primitive(value);
    }
    if (over !== undefined) return { type: typeof value, notCaptured: over };
    if (!isObject(value)) {
      if (typeof value !== 'string' || min(value.length, this.#limits.stringLength) <= SHORT_TEXT)
        return this.#leaf(this.#primitive(value));
      return this.#later(value, { type: 'string' }, this.#above, value.length);
    }
    if (isProxy(value)) return { type: 'proxy', notCaptured: 'proxy' };
    const leaf = isPlain(value) ? undefined : leafOf(value, this.#limits);
    if (leaf !== undefined) return this.#leaf(leaf);
    return this.#object(value);
  }

  /** As much of a long text as there is room for. */
  #longText(text: string, node: Mutable<CapturedValue>): void {
    const room = max(0, round(this.#budget.left / (this.#root?.shown ?? 1)));
    const length = min(this.#limits.stringLength, text.length, room);
    fill(node, capturePrimitive(text, length, this.#limits.margin));
    this.#take(length);
  }

  #primitive(value: unknown): RawValue {
    return capturePrimitive(value, this.#limits.stringLength, this.#limits.margin);
  }

  /** The same text as that of a variable with a redacted name, under another one: in `arguments`, in a copy. */
  #isHidden(value: unknown): boolean {
    if (typeof value !== 'string' || value.length < SHORTEST_HIDDEN || value.length > HASHED_LENGTH) return false;
    for (let index = 0; index < this.#hidden.length; index++) if (this.#hidden[index] === value) return true;
    return false;
  }

  #leaf(captured: RawValue): CapturedValue {
    const text = hasOwn(captured, 'text') ? (captured.text?.length ?? 0) : 0;
    const length = hasOwn(captured, 'shown') ? min(text, captured.shown ?? text) : text;
    const over = length === 0 ? undefined : this.#take(length);
    return over === undefined ? captured : { type: captured.type, notCaptured: over };
  }

  #object(value: object): CapturedValue {
    const node: Mutable<CapturedValue> = this.#head(value);
    const above = this.#above;
    for (let one = above; one !== undefined; one = one.above) {
      if (one.object === value) {
        define(node, 'notCaptured', 'circular');
        return node;
      }
    }
    const level = above === undefined ? 1 : above.level + 1;
    if (level > this.#limits.depth) {
      define(node, 'notCaptured', 'depth');
      return node;
    }
    return this.#later(value, node, { object: value, above, level }, WEIGHT_OF_OBJECT);
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
        () => this.#budget.exhausted !== undefined,
        (item, isHidden) => (isHidden ? captureHidden(item) : this.#value(item, undefined)),
      );
      return all ? { ...head, items } : { ...head, items, notCaptured: this.#budget.exhausted ?? 'items' };
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
      const key = this.#value(entry[0], undefined);
      append(entries, [key, this.#value(entry[1], typeof entry[0] === 'string' ? entry[0] : undefined)]);
    }
    return { ...head, entries };
  }

  #members(set: ReadonlySet<unknown>, head: CapturedValue): CapturedValue {
    const items: CapturedValue[] = [];
    const iterator = setValues(set);
    for (let next = nextOfSet(iterator); !next.done; next = nextOfSet(iterator)) {
      const reason = this.#stop(items.length, this.#limits.items, 'items');
      if (reason !== undefined) return { ...head, items, notCaptured: reason };
      append(items, this.#value(next.value, undefined));
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
    return this.#budget.exhausted ?? (count >= limit ? reason : undefined);
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

  #field(key: string | symbol, property: OwnProperty): CapturedField {
    const name = typeof key === 'symbol' ? (capturePrimitive(key, this.#longestName).text ?? 'Symbol()') : key;
    const value = !property.isAccessor ? property.value : GETTER;
    const captured = this.#value(value, typeof key === 'symbol' ? symbolName(name) : key);
    return { name: this.#shownName(name), value: captured };
  }

  get #longestName(): number {
    return MAX_KEY_LENGTH + (this.#limits.margin ?? 0);
  }

  #shownName(name: string): string {
    return name.length > this.#longestName ? (capturePrimitive(name, this.#longestName).text ?? '') : name;
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
export function captureValue(value: unknown, limits: CaptureLimits, name?: string): CapturedValue {
  const capturing = new Capturing(limits);
  const captured = capturing.take(value, name);
  capturing.finish();
  return captured;
}

/** Variables of one scope, by the same rules. Never throws. */
export function captureVariables(variables: object, limits: CaptureLimits): CapturedField[] {
  const capturing = new Capturing(limits);
  capturing.hide(variables);
  const captured = capturing.variables(variables);
  capturing.finish();
  return captured;
}

const PARTS = ['text', 'size', 'fields', 'items', 'entries', 'notCaptured', 'shown'] as const;

/** Puts what was found inside of a value into its place; as its own, whatever the application has put into Object.prototype. */
function fill(node: object, found: RawValue): void {
  for (let index = 0; index < PARTS.length; index++) {
    const part = PARTS[index] as (typeof PARTS)[number];
    if (hasOwn(found, part)) define(node, part, found[part]);
  }
}

function includes(names: readonly string[], wanted: string): boolean {
  for (let index = 0; index < names.length; index++) if (names[index] === wanted) return true;
  return false;
}

/** Sorts the roots, those that were asked for by name and then the smallest first; in place, as no method of the application's may be called. */
function bySize(roots: Root[]): void {
  for (let index = 1; index < roots.length; index++) {
    const root = roots[index] as Root;
    let at = index;
    for (; at > 0 && isBefore(root, roots[at - 1] as Root); at--) roots[at] = roots[at - 1] as Root;
    roots[at] = root;
  }
}

const isBefore = (one: Root, other: Root): boolean =>
  one.isChosen === other.isChosen ? one.weight < other.weight : one.isChosen;

/** A stack that is nearly full, or an exotic object that throws: the value is unavailable, the application unharmed. */
function safely(capture: () => CapturedValue): CapturedValue {
  try {
    return capture();
  } catch {
    return { type: 'unknown', notCaptured: 'unavailable' };
  }
}
