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
  readonly #indexes = new Map<string, { values: (object: T) => readonly string[]; keys: Map<string, Set<string>> }>();

  constructor(indexes: Indexes<T> = {}) {
    for (const [name, values] of Object.entries(indexes)) this.#indexes.set(name, { values, keys: new Map() });
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
    for (const { values, keys } of this.#indexes.values()) {
      for (const value of values(object)) {
        const found = keys.get(value);
        if (found) found.add(key);
        else keys.set(value, new Set([key]));
      }
    }
    return before;
  }

  delete(key: string): T | undefined {
    const before = this.#objects.get(key);
    if (before === undefined) return undefined;
    this.#objects.delete(key);
    for (const { values, keys } of this.#indexes.values()) {
      for (const value of values(before)) {
        const found = keys.get(value);
        found?.delete(key);
        if (found?.size === 0) keys.delete(value);
      }
    }
    return before;
  }

  /** How many objects `by` would find. @throws RangeError if there is no such index. */
  count(index: string, value: string): number {
    return this.#keysOf(index).get(value)?.size ?? 0;
  }

  /** @throws RangeError if there is no such index. */
  by(index: string, value: string): T[] {
    const objects: T[] = [];
    for (const key of this.#keysOf(index).get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }

  #keysOf(index: string): ReadonlyMap<string, ReadonlySet<string>> {
    const found = this.#indexes.get(index);
    if (!found) throw new RangeError(`no index ${JSON.stringify(index)}`);
    return found.keys;
  }
}
