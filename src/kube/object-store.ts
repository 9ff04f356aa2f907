/** What an object must have to be stored; `namespace` is absent or empty for cluster-scoped objects. */
export interface StoredObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

export type Indexes<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** `namespace/name`, or `/name` without a namespace. */
export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/** The inverse of `objectKey`. */
export function splitObjectKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Objects by key and by any number of indexes. */
export class ObjectStore<T extends StoredObject> {
  readonly #objects = new Map<string, T>();
  /** Of each index its objects by value and key. */
  readonly #indexes = new Map<
    string,
    { values: (object: T) => readonly string[]; found: Map<string, Map<string, T>> }
  >();

  constructor(indexes: Indexes<T> = {}) {
    for (const [name, values] of Object.entries(indexes)) this.#indexes.set(name, { values, found: new Map() });
  }

  get size(): number {
    return this.#objects.size;
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** @returns the object that it replaces, if any. */
  set(key: string, object: T): T | undefined {
    const before = this.delete(key);
    this.#objects.set(key, object);
    for (const { values, found } of this.#indexes.values()) {
      for (const value of values(object)) {
        const objects = found.get(value) ?? new Map<string, T>();
        found.set(value, objects.set(key, object));
      }
    }
    return before;
  }

  delete(key: string): T | undefined {
    const before = this.#objects.get(key);
    if (before === undefined) return undefined;
    this.#objects.delete(key);
    for (const { values, found } of this.#indexes.values()) {
      for (const value of values(before)) {
        const objects = found.get(value);
        objects?.delete(key);
        if (objects?.size === 0) found.delete(value);
      }
    }
    return before;
  }

  /** How many objects `by` would find. @throws RangeError if there is no such index. */
  count(index: string, value: string): number {
    return this.#foundIn(index).get(value)?.size ?? 0;
  }

  /** @throws RangeError if there is no such index. */
  by(index: string, value: string): T[] {
    return [...(this.#foundIn(index).get(value)?.values() ?? [])];
  }

  #foundIn(index: string): ReadonlyMap<string, ReadonlyMap<string, T>> {
    const known = this.#indexes.get(index);
    if (!known) throw new RangeError(`no index ${JSON.stringify(index)}`);
    return known.found;
  }
}
