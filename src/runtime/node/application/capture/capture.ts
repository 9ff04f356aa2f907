import type { CapturedField, CapturedValue } from '../../../../protocol/value.ts';
import { isRedactedName } from '../../../../redaction/identifiers.ts';
import type { RawValue } from '../../../../redaction/raw-value.ts';
import {
  append,
  define,
  hasOwn,
  isObject,
  isProxy,
  max,
  min,
  ownKeys,
  ownProperty,
  round,
} from '../guard/intrinsics.ts';
import { GETTER, isMarker, Sealed } from '../guard/markers.ts';
import { CaptureBudget, type CaptureLimits } from './capture-budget.ts';
import { captureHidden, capturePrimitive, leafOf } from './capture-leaves.ts';
import { type Above, bySize, type Mutable, type Root, type Task } from './capture-roots.ts';
import { HiddenTexts } from './hidden-texts.ts';
import { contentOf, type InnerCapture, shownName } from './object-content.ts';
import { headOf, isPlain } from './object-head.ts';

export type { CaptureLimits } from './capture-budget.ts';

/** Characters of a text that is captured at once; longer texts wait for a turn. */
const SHORT_TEXT = 128;
/** Bytes that a root gets in one turn, beyond what its next object takes. */
const BYTES_PER_TURN = 1024;
/** Characters that an object counts as, as long as nothing is known of its content. */
const WEIGHT_OF_OBJECT = 256;
/** Objects that are recognized when another variable shows them too; more are rare among the variables of some frames. */
const MAX_KNOWN = 64;

/**
 * Captures values breadth first. First every value is taken without its content; then the values take turns, the smallest first,
 * and in each turn one gets some more of its content, level by level. So small values are soon complete, and none is missing
 * because another one is large.
 */
export class Capturing implements InnerCapture {
  readonly limits: CaptureLimits;
  readonly budget: CaptureBudget;
  readonly #hidden = new HiddenTexts();
  readonly #roots: Root[] = [];
  #root: Root | undefined;
  #above: Above | undefined;

  constructor(limits: CaptureLimits) {
    this.limits = limits;
    this.budget = new CaptureBudget(limits);
  }

  /** Notes texts that must not be shown under another name either; to be called before the first value that could be one of them. */
  hide(variables: object): void {
    this.#hidden.add(variables);
  }

  /** Captures a value without its content, which `finish` adds, of chosen values first. Never throws. */
  take(value: unknown, name?: string, isChosen = false): CapturedValue {
    return safely(() => {
      const known = isObject(value) && !this.#isRedacted(value, name) ? this.#known(value) : undefined;
      if (known !== undefined) {
        known.shown++;
        this.budget.take(name === undefined ? 0 : name.length);
        return known.node;
      }
      const root: Root = { value, node: { type: typeof value }, isChosen, shown: 1, tasks: [], next: 0, weight: 0 };
      this.#root = root;
      this.#above = undefined;
      root.node = this.inner(value, name);
      if (root.tasks.length > 0) append(this.#roots, root);
      return root.node;
    });
  }

  /** Captures the variables of a scope without their contents. Never throws. */
  variables(variables: object, only: readonly string[] = []): CapturedField[] {
    const captured: CapturedField[] = [];
    const names = isProxy(variables) ? [] : ownKeys(variables);
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      if (typeof name !== 'string') continue;
      const property = ownProperty(variables, name);
      const value = property === undefined ? undefined : property.isAccessor ? GETTER : property.value;
      append(captured, { name: shownName(name, this.limits), value: this.take(value, name, includes(only, name)) });
    }
    return captured;
  }

  /** Adds the contents of everything that was taken, for as long as there are bytes and time. Never throws. */
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

  /** One turn of a root, in which it gets some of the bytes; at least its next object is captured. */
  #turn(root: Root, others: number): void {
    this.#root = root;
    const before = this.budget.left;
    // No root takes more in one turn than an equal share of what is left for all.
    const reserved = root.isChosen || before <= 0 ? 0 : before - before / (others + 1);
    const end = root.isChosen ? 0 : before - BYTES_PER_TURN;
    this.budget.reserve(reserved);
    do this.#look(root.tasks[root.next++] as Task);
    while (root.next < root.tasks.length && this.budget.left + reserved > end);
    this.budget.release(reserved);
  }

  #look({ value, node, above }: Task): void {
    const over = this.budget.exhausted;
    // Capturing a text takes no time, so it is captured however late it is.
    if (over === 'bytes' || (over === 'time' && (typeof value !== 'string' || above !== undefined))) {
      if (typeof value === 'string') define(node, 'size', value.length);
      define(node, 'notCaptured', over);
      return;
    }
    this.#above = above;
    try {
      if (typeof value === 'string') this.#longText(value, node);
      else fill(node, contentOf(value, node, this));
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
    return this.budget.take(characters, this.#root?.shown);
  }

  #isRedacted(value: unknown, name: string | undefined): boolean {
    return (name !== undefined && isRedactedName(name)) || this.#hidden.has(value);
  }

  inner(value: unknown, name: string | undefined): CapturedValue {
    if (isMarker(value)) {
      const { marker } = value;
      return { type: marker === 'getter' || marker === 'proxy' ? marker : 'unknown', notCaptured: marker };
    }
    const sealed = Sealed.open(value);
    if (sealed !== undefined) return captureHidden(sealed.value);
    if (this.#isRedacted(value, name)) return captureHidden(value);
    const over = this.#take(name === undefined ? 0 : name.length);
    // Capturing a primitive takes no time, so it is captured however late it is.
    if (over === 'time' && this.budget.left >= 0 && this.#above === undefined && !isObject(value)) {
      return this.#primitive(value);
    }
    if (over !== undefined) return { type: typeof value, notCaptured: over };
    if (!isObject(value)) {
      if (typeof value !== 'string' || min(value.length, this.limits.stringLength) <= SHORT_TEXT)
        return this.leaf(this.#primitive(value));
      return this.#later(value, { type: 'string' }, this.#above, value.length);
    }
    if (isProxy(value)) return { type: 'proxy', notCaptured: 'proxy' };
    const leaf = isPlain(value) ? undefined : leafOf(value, this.limits);
    if (leaf !== undefined) return this.leaf(leaf);
    return this.#object(value);
  }

  /** Captures as much of a long text as there is room for. */
  #longText(text: string, node: Mutable<CapturedValue>): void {
    const room = max(0, round(this.budget.left / (this.#root?.shown ?? 1)));
    const length = min(this.limits.stringLength, text.length, room);
    fill(node, capturePrimitive(text, length, this.limits.margin));
    this.#take(length);
  }

  #primitive(value: unknown): RawValue {
    return capturePrimitive(value, this.limits.stringLength, this.limits.margin);
  }

  leaf(captured: RawValue): CapturedValue {
    const text = hasOwn(captured, 'text') ? (captured.text?.length ?? 0) : 0;
    const length = hasOwn(captured, 'shown') ? min(text, captured.shown ?? text) : text;
    const over = length === 0 ? undefined : this.#take(length);
    return over === undefined ? captured : { type: captured.type, notCaptured: over };
  }

  #object(value: object): CapturedValue {
    const node = headOf(value, this.limits);
    const above = this.#above;
    for (let one = above; one !== undefined; one = one.above) {
      if (one.object === value) {
        define(node, 'notCaptured', 'circular');
        return node;
      }
    }
    const level = above === undefined ? 1 : above.level + 1;
    if (level > this.limits.depth) {
      define(node, 'notCaptured', 'depth');
      return node;
    }
    return this.#later(value, node, { object: value, above, level }, WEIGHT_OF_OBJECT);
  }
}

/** Captures a value: cut to the limits, redacted by name, without running any code of the application. Never throws. */
export function captureValue(value: unknown, limits: CaptureLimits, name?: string): CapturedValue {
  const capturing = new Capturing(limits);
  const captured = capturing.take(value, name);
  capturing.finish();
  return captured;
}

/** Captures the variables of one scope, by the rules of {@link captureValue}. Never throws. */
export function captureVariables(variables: object, limits: CaptureLimits): CapturedField[] {
  const capturing = new Capturing(limits);
  capturing.hide(variables);
  const captured = capturing.variables(variables);
  capturing.finish();
  return captured;
}

const PARTS = ['text', 'size', 'fields', 'items', 'entries', 'notCaptured', 'shown'] as const;

/** Copies what was found inside of a value into its node, as own properties, whatever setters Object.prototype has. */
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

/** Where the stack is nearly full or an exotic object throws, the value is unavailable and the application unharmed. */
function safely(capture: () => CapturedValue): CapturedValue {
  try {
    return capture();
  } catch {
    return { type: 'unknown', notCaptured: 'unavailable' };
  }
}
