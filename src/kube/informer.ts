import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { TimeSlice } from '../time-slice.ts';
import { isGone } from './api-error.ts';
import { backoffMs } from './backoff.ts';
import type { KubeClient } from './client.ts';
import { type Indexes, ObjectStore, objectKey, type StoredObject } from './object-store.ts';
import type { Resource } from './resource.ts';

export interface Change<T> {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly object: T;
  /** The object as it was; only for `modified`. */
  readonly before?: T;
}

export interface InformerOptions<T> {
  /** Turns raw JSON into the object that is kept: validates it and leaves out what nobody reads. May throw. */
  parse(raw: unknown): T;
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** `metadata.name=…` where rights are for one name only. */
  readonly fieldSelector?: string;
  /** Named functions from an object to the values under which `by` finds it. */
  readonly indexes?: Indexes<T>;
  /** An object that `parse` refused. It is treated as absent, and stops nothing. */
  onBadObject?(error: Error, raw: unknown): void;
  /** A failed list or watch (it is tried again), or a listener that threw. */
  onError?(error: Error): void;
  /** Longest life of one watch; each ends at a random moment in the second half. Default 600. */
  readonly watchSeconds?: number;
}

const MIN_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;
/** A watch that lasted longer resets the back-off; a shorter one does not prove that the server is well. */
const HEALTHY_WATCH_MS = 5000;

/** The members that even an object that `parse` refuses must have. */
const identitySchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().optional(), resourceVersion: z.string() }),
});
const versionSchema = z.object({ metadata: z.object({ resourceVersion: z.string().min(1) }) });

/**
 * A local copy of all objects of one resource, kept up to date: a paged list, then a watch with bookmarks from its resourceVersion.
 * After the end of a watch the next one goes on from there; a resourceVersion that is too old (410) leads to a new list, whose differences
 * to the copy are reported as changes. After an error it waits 0.5–30 s with jitter and tries again, without end. An object that was
 * deleted and created again under its name (its UID differs) is reported as both, even if the watch missed it.
 */
export class Informer<T extends StoredObject> {
  readonly #client: KubeClient;
  readonly #resource: Resource;
  readonly #options: InformerOptions<T>;
  readonly #store: ObjectStore<T>;
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #synced = Promise.withResolvers<void>();
  #resourceVersion: string | undefined;
  #isSynced = false;
  #started = false;

  constructor(client: KubeClient, resource: Resource, options: InformerOptions<T>) {
    this.#client = client;
    this.#resource = resource;
    this.#options = options;
    this.#store = new ObjectStore(options.indexes);
    this.#synced.promise.catch(() => undefined);
  }

  /** Whether the first list is in the copy. Before, objects that are missing in it may exist all the same. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Called for each change, and at once as `added` for each object that is there already. Called in order, never twice for one version. */
  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.add(listener);
    for (const object of this.#store.list()) this.#call(listener, { type: 'added', object });
  }

  /** Begins to list and watch, until `signal` aborts. Can be called once. */
  start(signal: AbortSignal): void {
    if (this.#started) throw new Error(`the informer of ${this.#resource.plural} has been started before`);
    this.#started = true;
    void this.#run(signal);
  }

  /** Resolves with the first complete list; rejects if the informer is stopped before. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#store.get(objectKey(namespace, name));
  }

  list(): T[] {
    return this.#store.list();
  }

  /** How many objects `by` would find. @throws RangeError if there is no such index. */
  count(index: string, value: string): number {
    return this.#store.count(index, value);
  }

  /** @throws RangeError if there is no such index. */
  by(index: string, value: string): T[] {
    return this.#store.by(index, value);
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const startedAt = performance.now();
      let failed = false;
      try {
        if (this.#resourceVersion === undefined) await this.#relist(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) break;
        failed = true;
        if (isGone(error)) this.#resourceVersion = undefined;
        this.#options.onError?.(asError(error));
        // A 410 after a long quiet time is normal: list again at once.
        if (isGone(error) && failures === 0) {
          failures = 1;
          continue;
        }
      }
      if (performance.now() - startedAt > HEALTHY_WATCH_MS) failures = 0;
      else if (failed) failures += 1;
      if (failed || performance.now() - startedAt < MIN_BACKOFF_MS) {
        const wait = backoffMs(Math.max(0, failures - 1), MIN_BACKOFF_MS * 2, MAX_BACKOFF_MS);
        await delay(wait, undefined, { signal }).catch(() => undefined);
      }
    }
    this.#synced.reject(asError(signal.reason));
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    const selected = { namespace, labelSelector, fieldSelector, signal };
    const { items, resourceVersion } = await this.#client.list(this.#resource, selected);
    const listed = new Set<string>();
    for (const raw of items) {
      const identity = identitySchema.safeParse(raw);
      if (identity.success) listed.add(objectKey(identity.data.metadata.namespace, identity.data.metadata.name));
    }
    // Deletions are reported first, so that no listener counts an object together with its successor.
    for (const key of this.#store.keys()) if (!listed.has(key)) this.#remove(key);
    // Thousands of objects take a second to parse, so this is done in slices of time.
    const slice = new TimeSlice();
    for (const raw of items) {
      await slice.remaining();
      this.#take(raw);
    }
    this.#resourceVersion = resourceVersion;
    if (!this.#isSynced) {
      this.#isSynced = true;
      this.#synced.resolve();
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { namespace, labelSelector, fieldSelector, watchSeconds = 600 } = this.#options;
    const timeoutSeconds = Math.ceil(watchSeconds * (0.5 + Math.random() / 2));
    const resourceVersion = this.#resourceVersion;
    const selection = { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal };
    for await (const { type, object } of this.#client.watchStream(this.#resource, selection)) {
      if (type === 'DELETED') {
        const identity = identitySchema.safeParse(object);
        if (identity.success)
          this.#remove(objectKey(identity.data.metadata.namespace, identity.data.metadata.name), object);
      } else if (type !== 'BOOKMARK') {
        this.#take(object);
      }
      const version = versionSchema.safeParse(object);
      if (version.success) this.#resourceVersion = version.data.metadata.resourceVersion;
    }
  }

  /** Parses an object and puts it into the copy. */
  #take(raw: unknown): void {
    const object = this.#parse(raw);
    if (object === undefined) {
      const identity = identitySchema.safeParse(raw);
      // Its earlier version could be parsed, but is outdated, so the object is removed.
      if (identity.success) this.#remove(objectKey(identity.data.metadata.namespace, identity.data.metadata.name));
      return;
    }
    const key = objectKey(object.metadata.namespace, object.metadata.name);
    const known = this.#store.get(key);
    if (known && known.metadata.uid !== object.metadata.uid) this.#remove(key);
    else if (known && known.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const before = this.#store.set(key, object);
    this.#tell(before === undefined ? { type: 'added', object } : { type: 'modified', object, before });
  }

  /** @param last the final state as the watch told it, which is newer than the copy. */
  #remove(key: string, last?: unknown): void {
    const known = this.#store.delete(key);
    if (known === undefined) return;
    const object = last === undefined ? undefined : this.#parse(last);
    this.#tell({ type: 'deleted', object: object ?? known });
  }

  #parse(raw: unknown): T | undefined {
    try {
      return this.#options.parse(raw);
    } catch (error) {
      this.#options.onBadObject?.(asError(error), raw);
      return undefined;
    }
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) this.#call(listener, change);
  }

  #call(listener: (change: Change<T>) => void, change: Change<T>): void {
    try {
      listener(change);
    } catch (error) {
      this.#options.onError?.(asError(error));
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
