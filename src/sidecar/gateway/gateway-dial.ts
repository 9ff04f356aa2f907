import { lookup } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import { GATEWAY_PATH, GATEWAY_SUBPROTOCOL } from '../../protocol/gateway-messages.ts';
import { MAX_FRAME_BYTES } from '../../protocol/limits.ts';

export interface DialOptions {
  /** `wss://host:port`; the path is always {@link GATEWAY_PATH}. */
  readonly url: string;
  /** PEM of the authority that the gateway's certificate must come from. */
  readonly ca: string;
  /** The token of the agent; asked for at every dial, because it is renewed. */
  token(): string;
  /** IP address of the gateway, for when the name in `url` cannot be resolved. */
  readonly address?: string;
}

/** A dial that did not lead to a connection; the message is for the agent's log. */
export class DialError extends Error {
  /** The HTTP status with which the gateway refused, if it answered. */
  readonly status: number | undefined;
  /** Seconds after which the gateway asked to come back. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, answer: { readonly status?: number; readonly retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = 'DialError';
    this.status = answer.status;
    this.retryAfterSeconds = answer.retryAfterSeconds;
  }

  /** Whether the gateway does not accept the token. */
  get isRefusal(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

const HANDSHAKE_MILLISECONDS = 10_000;

/**
 * Opens a connection to the gateway. A replica that does not lead answers 307 with the address of the one that does, which
 * is followed once; the certificate there must still be for the name that was dialled first.
 * @throws DialError
 */
export async function dialGateway(options: DialOptions, signal: AbortSignal): Promise<WebSocket> {
  const token = options.token();
  const servername = new URL(options.url).hostname;
  const target = new URL(GATEWAY_PATH, options.url);
  const first = await open(target, token, servername, options, signal);
  if (first instanceof WebSocket) return first;
  const second = await open(first, token, servername, options, signal);
  if (second instanceof WebSocket) return second;
  throw new DialError(`${target.host} and ${first.host} redirect to each other; leadership is changing`);
}

/** @returns the connection, or where to dial instead. */
function open(
  url: URL,
  token: string,
  servername: string,
  { ca, address }: DialOptions,
  signal: AbortSignal,
): Promise<WebSocket | URL> {
  return new Promise((resolve, reject) => {
    const tls: ConnectionOptions = { ca, servername, ...(address !== undefined && { lookup: lookupOr(address) }) };
    const socket = new WebSocket(url, GATEWAY_SUBPROTOCOL, {
      ...tls,
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE_MILLISECONDS,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    });
    const abort = (): void => socket.terminate();
    signal.addEventListener('abort', abort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', abort);
    socket.once('open', () => {
      settle();
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error) => {
      settle();
      reject(new DialError(`${url.host}: ${describe(error)}`));
    });
    socket.once('unexpected-response', (request, response) => {
      settle();
      answerOf(response, url)
        .then(resolve, reject)
        .finally(() => request.destroy());
    });
  });
}

/** Resolves the name each time, since its address may change; `address` is for pods that cannot resolve the cluster's names. */
function lookupOr(address: string): LookupFunction {
  const family = isIP(address);
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, found, foundFamily) => {
      if (error === null) callback(null, found, foundFamily);
      else if (options.all) callback(null, [{ address, family }]);
      else callback(null, address, family);
    });
  };
}

/** OpenSSL's error codes for a certificate that no trusted authority has issued. */
const DISTRUST = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

function describe(error: NodeJS.ErrnoException): string {
  if (!DISTRUST.has(error.code ?? '')) return error.message;
  return `its certificate is of another authority than this pod was given when it was created (${error.message}); restart the pod, or have the Secret davylamp-ca restored`;
}

async function answerOf(response: IncomingMessage, url: URL): Promise<URL> {
  const { statusCode, headers } = response;
  if (statusCode === 307 && headers.location !== undefined && URL.canParse(headers.location)) {
    const location = new URL(headers.location);
    // The token is sent on only over TLS.
    if (location.protocol === 'wss:') return location;
  }
  const text = await textOf(response);
  const retryAfter = Number(headers['retry-after']);
  throw new DialError(`${url.host} answered ${statusCode}${text === '' ? '' : `: ${text}`}`, {
    status: statusCode,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : undefined,
  });
}

/** The beginning of the answer's body, for the log. */
async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      text += chunk;
      if (text.length > 512) break;
    }
  } catch {
    // The answer was cut off: the status says enough.
  }
  return text.slice(0, 512).replace(/\s+/g, ' ').trim();
}
