import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { errorCode } from '../error-code.ts';
import { ApiError } from './api-error.ts';
import type { Credentials } from './credentials.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SendOptions {
  readonly query?: Query;
  /** Any value that JSON can hold. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** From sending to the last byte of the answer, in milliseconds; 0 for streams, which have no such limit. */
  readonly timeoutMs: number;
}

/** One answer whose body is still to be read. The reader must read it to its end or abort. */
export interface Answer {
  readonly body: AsyncIterable<Uint8Array>;
  text(): Promise<string>;
}

const MAX_ATTEMPTS = 5;
const MAX_RETRY_AFTER_SECONDS = 30;

/**
 * Sends requests over the one pool. A request that the server asks to repeat (429 or 503 with Retry-After) is repeated up to four
 * times; one that is safe to repeat is repeated once when a kept-alive connection turns out to be closed; refused credentials are read
 * again once.
 */
export class Transport {
  readonly #credentials: Credentials;
  readonly #userAgent: string;

  constructor(credentials: Credentials, userAgent: string) {
    this.#credentials = credentials;
    this.#userAgent = userAgent;
  }

  /** @throws ApiError, or the reason of `signal` if the caller aborted. */
  async send(method: Method, path: string, options: SendOptions): Promise<Answer> {
    const deadline = options.timeoutMs > 0 ? AbortSignal.timeout(options.timeoutMs) : undefined;
    const signals = [options.signal, deadline].filter((signal) => signal !== undefined);
    const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
    const explain = (error: unknown): Error => {
      if (options.signal?.aborted) return asError(options.signal.reason);
      return deadline?.aborted
        ? new ApiError(`${method} ${path} took longer than ${options.timeoutMs} ms`, { status: 0, reason: 'Timeout' })
        : unreachable(error, this.#credentials.origin);
    };
    const repeatable = method === 'GET' || options.contentType === 'application/apply-patch+yaml';
    let readAgain = true;
    let reconnected = false;
    for (let attempt = 1; ; attempt++) {
      let response: Dispatcher.ResponseData;
      try {
        response = await this.#once(method, path, options, signal);
      } catch (error) {
        if (repeatable && !reconnected && isClosedConnection(error) && !signal?.aborted) {
          reconnected = true;
          continue;
        }
        throw explain(error);
      }
      if (response.statusCode < 300) {
        return { body: explained(response.body, explain), text: () => readText(response.body, explain) };
      }
      const error = ApiError.fromAnswer(
        response.statusCode,
        await readText(response.body, explain),
        parseRetryAfter(response.headers['retry-after']),
      );
      if (error.status === 401 && readAgain) {
        readAgain = false;
        this.#credentials.forget();
        continue;
      }
      const wait = error.retryAfterSeconds;
      if ((error.status !== 429 && error.status !== 503) || wait === undefined || attempt >= MAX_ATTEMPTS) throw error;
      // Jitter, so that clients that were told the same time do not all come back at once.
      const milliseconds = Math.min(wait, MAX_RETRY_AFTER_SECONDS) * 1000 * (1 + Math.random() / 4);
      await delay(milliseconds, undefined, { signal }).catch((cause) => {
        throw explain(cause);
      });
    }
  }

  async #once(
    method: Method,
    path: string,
    { query, body, contentType, timeoutMs }: SendOptions,
    signal: AbortSignal | undefined,
  ): Promise<Dispatcher.ResponseData> {
    const { dispatcher, headers } = await this.#credentials.access();
    return dispatcher.request({
      origin: this.#credentials.origin,
      path: this.#credentials.basePath + path + queryString(query),
      method,
      headers: [
        ...['Accept', 'application/json', 'User-Agent', this.#userAgent],
        ...(body === undefined ? [] : ['Content-Type', contentType ?? 'application/json']),
        ...headers,
      ],
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      headersTimeout: timeoutMs > 0 ? timeoutMs : 30_000,
      bodyTimeout: timeoutMs,
    });
  }
}

function queryString(query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size > 0 ? `?${search}` : '';
}

/** Only the form in seconds: Kubernetes never sends a date. */
function parseRetryAfter(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

async function* explained(
  body: AsyncIterable<Uint8Array>,
  explain: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw explain(error);
  }
}

async function readText(body: { text(): Promise<string> }, explain: (error: unknown) => Error): Promise<string> {
  try {
    return await body.text();
  } catch (error) {
    throw explain(error);
  }
}

function isClosedConnection(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

function unreachable(error: unknown, origin: string): Error {
  // A KubeConfigError has a message of its own.
  if (error instanceof Error && error.name === 'KubeConfigError') return error;
  const { message } = asError(error);
  return new ApiError(
    `the API server at ${origin} cannot be reached: ${message || 'connection refused'}`,
    { status: 0, reason: 'Unreachable' },
    { cause: error },
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
