import { append, apply, isObject, round } from '../../guard/intrinsics.ts';

/** Activations that are remembered at a time; the oldest is forgotten for the next. */
const MAX_OPEN = 1000;
/** Characters of the longest string that is kept; of a longer one only the length is. */
const LONGEST_STRING = 128;

const OwnWeakRef = WeakRef;
const { deref } = WeakRef.prototype;
const { is } = Object;

/** A value that tells one activation from another, kept so that no object of the application is kept alive. */
type Kept = { readonly weak: WeakRef<object> } | { readonly strong: unknown };

interface Activation {
  readonly key: readonly Kept[];
  readonly entered: number;
  /** Number of the exception watch during which the activation began; 0 where exceptions were not watched. */
  readonly watch: number;
}

/**
 * The activations of one function that have begun and not ended. The beginning of an activation that ends is found by `this` and
 * the parameters. Where several activations have the same, it is not known which one ends, so all of them are forgotten.
 */
export class Activations {
  readonly #isSync: boolean;
  #open: Activation[] = [];

  constructor(isSync: boolean) {
    this.#isSync = isSync;
  }

  /** @param watch number of the exception watch: where it differs from another one, ends by exception may have been missed between. */
  enter(values: readonly unknown[], now: number, watch: number): void {
    const key: Kept[] = [];
    for (let index = 0; index < values.length; index++) append(key, keep(values[index]));
    if (this.#open.length >= MAX_OPEN) this.#remove((_one, index) => index === 0);
    append(this.#open, { key, entered: now, watch });
  }

  /** @returns milliseconds since the activation began; undefined where it is not known which one it is. */
  elapsed(values: readonly unknown[], now: number, watch: number): number | undefined {
    const found = this.#find(values, watch);
    return found === undefined ? undefined : since(found, now);
  }

  /** The activation ends. @returns milliseconds since it began; undefined where it is not known which one it is. */
  leave(values: readonly unknown[], now: number, watch: number): number | undefined {
    const found = this.#find(values, watch);
    this.#remove((one) => (found === undefined ? isKey(one.key, values) : one === found));
    return found === undefined ? undefined : since(found, now);
  }

  forget(): void {
    this.#open = [];
  }

  #find(values: readonly unknown[], watch: number): Activation | undefined {
    let found: Activation | undefined;
    let count = 0;
    let isSeen = this.#isSync && watch !== 0;
    for (let index = 0; index < this.#open.length; index++) {
      const one = this.#open[index];
      if (one === undefined || !isKey(one.key, values)) continue;
      found = one;
      count++;
      if (one.watch !== watch) isSeen = false;
    }
    // Where no end was missed, the activation that began last is the current one.
    return count === 1 || isSeen ? found : undefined;
  }

  #remove(isGone: (one: Activation, index: number) => boolean): void {
    const left: Activation[] = [];
    for (let index = 0; index < this.#open.length; index++) {
      const one = this.#open[index];
      if (one !== undefined && !isGone(one, index)) append(left, one);
    }
    this.#open = left;
  }
}

function keep(value: unknown): Kept {
  if (isObject(value)) return { weak: new OwnWeakRef(value) };
  return { strong: kept(value) };
}

function kept(value: unknown): unknown {
  if (typeof value === 'bigint') return 'bigint';
  return typeof value === 'string' && value.length > LONGEST_STRING ? value.length : value;
}

function isKey(key: readonly Kept[], values: readonly unknown[]): boolean {
  if (key.length !== values.length) return false;
  for (let index = 0; index < key.length; index++) {
    const one = key[index];
    const value = values[index];
    if (one === undefined) return false;
    if ('weak' in one) {
      if (!isObject(value) || apply(deref, one.weak, []) !== value) return false;
    } else if (isObject(value) || !is(one.strong, kept(value))) return false;
  }
  return true;
}

/** @returns milliseconds since the activation began, rounded to microseconds. */
function since({ entered }: Activation, now: number): number {
  return round((now - entered) * 1000) / 1000;
}
