import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Access } from './credentials.ts';
import { type ObjectRef, PODS, resourcePath } from './resource.ts';

/** A container of a pod. */
export interface ContainerRef extends ObjectRef {
  readonly namespace: string;
  readonly container: string;
}

export interface InputOptions {
  readonly signal?: AbortSignal;
  /** From dialing until the text was handed over. Default 30 s. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
/** v5 can end the input alone (Kubernetes 1.30); with v4 the input ends with the connection. */
const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** First byte of every message. */
const CHANNEL = { input: 0, status: 3, close: 255 } as const;
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_ANSWER_CHARACTERS = 4096;

const streamStatusSchema = z.object({
  status: z.string(),
  message: z.string().default(''),
  reason: z.string().default(''),
  code: z.int().optional(),
});

/** The container is there and does not run: not yet, or no longer. The answer of a kubelet, which has no reason for it. */
export const isNotRunning = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status === 500 && /^[^:]*: container \S+ not found in pod /.test(error.message);

/**
 * Writes `text` to the standard input of a container and ends that input, by `pods/attach`.
 *
 * It is done when the node says that it has passed all of it on. That says nothing of the program: a node also takes a text for a container
 * whose input ended before (`stdinOnce`), and throws it away.
 * @throws ApiError, which never has `text` in it, or the reason of `signal`.
 */
export async function writeInput(
  origin: string,
  { headers, connection }: Pick<Access, 'headers' | 'connection'>,
  ref: ContainerRef,
  text: string,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: InputOptions,
): Promise<void> {
  signal?.throwIfAborted();
  const query = new URLSearchParams({ container: ref.container, stdin: 'true' });
  const path = resourcePath(PODS, { namespace: ref.namespace, name: ref.name, subresource: 'attach' });
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}${path}?${query}`, PROTOCOLS, {
    ...connection,
    headers: headersOf(headers),
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  const deadline = AbortSignal.timeout(timeoutMs);
  const end = (): void => socket.terminate();
  deadline.addEventListener('abort', end);
  signal?.addEventListener('abort', end);
  try {
    await handOver(socket, text);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!deadline.aborted) throw error;
    throw new ApiError(`attach to ${ref.name} took longer than ${timeoutMs} ms`, { status: 0, reason: 'Timeout' });
  } finally {
    deadline.removeEventListener('abort', end);
    signal?.removeEventListener('abort', end);
    socket.terminate();
  }
}

function handOver(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_request, response) => {
      refusalOf(response).then(reject, reject);
    });
    socket.on('error', (error) => {
      const message = `the API server cannot be reached: ${error.message}`;
      reject(new ApiError(message, { status: 0, reason: 'Unreachable' }, { cause: error }));
    });
    socket.on('open', () => {
      socket.send(Buffer.concat([Buffer.of(CHANNEL.input), Buffer.from(text)]));
      if (socket.protocol === PROTOCOLS[0]) socket.send(Buffer.of(CHANNEL.close, CHANNEL.input));
      else socket.close(1000);
    });
    socket.on('message', (data) => {
      // The first message of each channel is empty: it says that the channel is there.
      if (!Buffer.isBuffer(data) || data[0] !== CHANNEL.status || data.length === 1) return;
      const failure = failureOf(data.subarray(1).toString());
      if (failure === undefined) resolve();
      else reject(failure);
    });
    socket.on('close', (code) => {
      if (code === 1000 && socket.protocol === PROTOCOLS[1]) resolve();
      const message = 'the stream to the container ended before the text was passed on; it may have no standard input';
      reject(new ApiError(message, { status: 0, reason: 'StreamClosed' }));
    });
  });
}

function failureOf(text: string): ApiError | undefined {
  let status: unknown;
  try {
    status = JSON.parse(text);
  } catch {
    return new ApiError('the stream to the container ended with an unreadable status', { status: 500, reason: '' });
  }
  const { data } = streamStatusSchema.safeParse(status);
  if (data?.status === 'Success') return undefined;
  const message = data?.message || 'the node did not pass the text on';
  return new ApiError(message, { status: data?.code ?? 500, reason: data?.reason ?? '' });
}

async function refusalOf(response: IncomingMessage): Promise<ApiError> {
  let body = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      body += chunk;
      if (body.length > MAX_ANSWER_CHARACTERS) break;
    }
  } catch {
    // The answer was cut off: the status says enough.
  }
  return ApiError.fromAnswer(response.statusCode ?? 0, body);
}

/** A name may occur more than once: groups to impersonate. */
function headersOf(pairs: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    const [name = '', value = ''] = pairs.slice(index, index + 2);
    headers[name] = [...(headers[name] ?? []), value];
  }
  return headers;
}
