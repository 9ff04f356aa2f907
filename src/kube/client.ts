import { z } from 'zod';
import { ApiError, isGone, isUnauthorized } from './api-error.ts';
import { type ContainerRef, type InputOptions, writeInput } from './attach-stream.ts';
import { type CredentialOptions, Credentials } from './credentials.ts';
import { decodeLines } from './line-decoder.ts';
import { type ObjectRef, PODS, type Resource, resourcePath } from './resource.ts';
import { type Method, type Query, Transport } from './transport.ts';

export interface ClientOptions extends CredentialOptions {
  /** Default `davylamp`. */
  readonly userAgent?: string;
}

export interface RequestOptions {
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers; only for fields that nobody else should write. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface Selection {
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface List {
  readonly items: unknown[];
  readonly resourceVersion: string;
}

/** `BOOKMARK` carries only a newer `metadata.resourceVersion`. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: unknown;
}

export interface LogOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly sinceSeconds?: number;
  readonly tailLines?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const PAGE_SIZE = 500;

const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string().default(''), continue: z.string().optional() }).default({
    resourceVersion: '',
  }),
  items: z.array(z.unknown()).nullable(),
});

const watchEventSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});

/**
 * The API server, over one pool of connections. Answers are unchecked JSON, which the caller parses; errors are ApiError.
 * client-node reads kubeconfig files and credentials; requests are our own, because its client opens a connection for each.
 */
export class KubeClient {
  readonly #credentials: Credentials;
  readonly #transport: Transport;

  constructor(options: ClientOptions = {}) {
    this.#credentials = new Credentials(options);
    this.#transport = new Transport(this.#credentials, options.userAgent ?? 'davylamp');
  }

  /** With credentials from `kubeconfig`, else `KUBECONFIG`, else `~/.kube/config`, else the pod's service account. @throws KubeConfigError */
  static fromDefault(options: ClientOptions = {}): KubeClient {
    return new KubeClient(options);
  }

  /** Namespace of the context, or of the pod; `default` if it names none. */
  get defaultNamespace(): string {
    return this.#credentials.defaultNamespace;
  }

  /** Scheme, host and port of the server. */
  get origin(): string {
    return this.#credentials.origin;
  }

  /** @returns the parsed JSON body, or the text if it is not JSON (`/readyz`). */
  async request(method: Method, path: string, options: RequestOptions = {}): Promise<unknown> {
    const answer = await this.#transport.send(method, path, { timeoutMs: DEFAULT_TIMEOUT_MS, ...options });
    const text = await answer.text();
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  /** @throws ApiError, `isNotFound` if there is none. */
  get(resource: Resource, ref: ObjectRef, options: { signal?: AbortSignal } = {}): Promise<unknown> {
    return this.request('GET', resourcePath(resource, ref), options);
  }

  /** @param ref where; its name is only needed for subresources such as `serviceaccounts/token`. */
  create(
    resource: Resource,
    ref: { namespace?: string; name?: string; subresource?: string },
    body: unknown,
    options: { signal?: AbortSignal; fieldManager?: string; query?: Query } = {},
  ): Promise<unknown> {
    const place = ref.subresource === undefined ? { namespace: ref.namespace } : ref;
    const query = { ...options.query, fieldManager: options.fieldManager };
    return this.request('POST', resourcePath(resource, place), { body, query, signal: options.signal });
  }

  /** Replaces the whole object; with `metadata.resourceVersion` in `body` it fails with a conflict if the object has changed. */
  replace(resource: Resource, ref: ObjectRef, body: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown> {
    return this.request('PUT', resourcePath(resource, ref), { body, signal: options.signal });
  }

  /** Server-side apply: `body` holds the fields that are ours, and `apiVersion` and `kind`. Creates what does not exist. */
  apply(resource: Resource, ref: ObjectRef, body: unknown, options: ApplyOptions): Promise<unknown> {
    return this.#apply(resourcePath(resource, ref), body, options);
  }

  /** Server-side apply of the status subresource. @throws ApiError, `isNotFound` if the object is gone. */
  applyStatus(resource: Resource, ref: ObjectRef, body: unknown, options: ApplyOptions): Promise<unknown> {
    return this.#apply(resourcePath(resource, { ...ref, subresource: 'status' }), body, options);
  }

  /** Merges lists by the keys that Kubernetes' own types have; with `metadata.resourceVersion` in `body` it fails with a conflict if the object has changed. */
  strategicMergePatch(
    resource: Resource,
    ref: ObjectRef & { subresource?: string },
    body: unknown,
    options: { signal?: AbortSignal } = {},
  ): Promise<unknown> {
    return this.request('PATCH', resourcePath(resource, ref), {
      body,
      contentType: 'application/strategic-merge-patch+json',
      signal: options.signal,
    });
  }

  mergePatch(
    resource: Resource,
    ref: ObjectRef & { subresource?: string },
    body: unknown,
    options: { signal?: AbortSignal; fieldManager?: string } = {},
  ): Promise<unknown> {
    return this.request('PATCH', resourcePath(resource, ref), {
      body,
      contentType: 'application/merge-patch+json',
      query: { fieldManager: options.fieldManager },
      signal: options.signal,
    });
  }

  /** @param options.uid deletes only the object with this uid, not a later one of the same name. */
  delete(
    resource: Resource,
    ref: ObjectRef,
    options: { signal?: AbortSignal; uid?: string; gracePeriodSeconds?: number } = {},
  ): Promise<unknown> {
    const { signal, uid, gracePeriodSeconds } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds,
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    };
    return this.request('DELETE', resourcePath(resource, ref), { body, signal });
  }

  /** All matching objects, from as many pages as it takes. */
  async list(resource: Resource, selection: Selection & { signal?: AbortSignal } = {}): Promise<List> {
    const items: unknown[] = [];
    let resourceVersion = '';
    try {
      for await (const page of this.pages(resource, selection)) {
        for (const item of page.items) items.push(item);
        resourceVersion = page.resourceVersion;
      }
    } catch (error) {
      if (!isGone(error)) throw error;
      // The list took so long that etcd compacted its version away; a list without pages cannot fail like this.
      const { namespace, signal, ...query } = selection;
      const whole = await this.request('GET', resourcePath(resource, { namespace }), { query, signal });
      const parsed = parseAnswer(listSchema, whole);
      return { items: parsed.items ?? [], resourceVersion: parsed.metadata.resourceVersion };
    }
    return { items, resourceVersion };
  }

  /** All matching objects page by page, for lists that should not be in memory at once. @throws ApiError, `isGone` if it took too long. */
  async *pages(resource: Resource, selection: Selection & { signal?: AbortSignal } = {}): AsyncGenerator<List> {
    const { namespace, signal, labelSelector, fieldSelector } = selection;
    let token: string | undefined;
    do {
      const query = { labelSelector, fieldSelector, limit: PAGE_SIZE, continue: token };
      const answer = await this.request('GET', resourcePath(resource, { namespace }), { query, signal });
      const { items, metadata } = parseAnswer(listSchema, answer);
      yield { items: items ?? [], resourceVersion: metadata.resourceVersion };
      token = metadata.continue || undefined;
    } while (token !== undefined);
  }

  /**
   * Changes after `resourceVersion`, until the server ends the watch (after `timeoutSeconds` at the latest), which is not an error.
   * @throws ApiError, `isGone` if the resourceVersion is too old.
   */
  async *watchStream(
    resource: Resource,
    options: Selection & { resourceVersion?: string; timeoutSeconds: number; signal?: AbortSignal },
  ): AsyncGenerator<WatchEvent> {
    const { namespace, signal, ...rest } = options;
    const query = { ...rest, watch: true, allowWatchBookmarks: true };
    // The server ends the watch after `timeoutSeconds`; if it does not, the connection is dead.
    const timeoutMs = (options.timeoutSeconds + 30) * 1000;
    const answer = await this.#transport.send('GET', resourcePath(resource, { namespace }), {
      query,
      signal,
      timeoutMs,
    });
    for await (const line of decodeLines(answer.body, false)) {
      if (line === '') continue;
      const event = parseAnswer(watchEventSchema, JSON.parse(line));
      if (event.type === 'ERROR') throw ApiError.fromWatch(event.object);
      yield { type: event.type, object: event.object };
    }
  }

  /** Lines of a container's log, without line ends; endless with `follow`. */
  async *podLogs(namespace: string, pod: string, options: LogOptions = {}): AsyncGenerator<string> {
    const { signal, ...query } = options;
    const path = resourcePath(PODS, { namespace, name: pod, subresource: 'log' });
    const answer = await this.#transport.send('GET', path, { query, signal, timeoutMs: 0 });
    yield* decodeLines(answer.body, true);
  }

  /**
   * Writes `text` to the standard input of a running container, and ends that input. That it was taken does not say that the program got it
   * ({@link writeInput}). Needs `get` and, since Kubernetes 1.35, `create` of `pods/attach`.
   * @throws ApiError: `isForbidden`, `isNotFound` (no such pod), `isNotRunning` (not yet, or no longer), `isUnreachable`. None has `text` in it.
   */
  async sendInput(ref: ContainerRef, text: string, options: InputOptions = {}): Promise<void> {
    const write = async (): Promise<void> => {
      const access = await this.#credentials.access();
      await writeInput(this.#credentials.origin + this.#credentials.basePath, access, ref, text, options);
    };
    try {
      await write();
    } catch (error) {
      if (!isUnauthorized(error)) throw error;
      this.#credentials.forget();
      await write();
    }
  }

  /** Ends all requests, watches included. */
  close(): Promise<void> {
    return this.#credentials.close();
  }

  #apply(path: string, body: unknown, { fieldManager, force, signal }: ApplyOptions): Promise<unknown> {
    return this.request('PATCH', path, {
      body,
      // JSON is YAML; `application/apply-patch+json` needs 1.34.
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager, force: force ?? false },
      signal,
    });
  }
}

function parseAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ApiError(`the API server's answer is not what was asked for: ${z.prettifyError(parsed.error)}`, {
    status: 500,
    reason: 'BadAnswer',
  });
}
