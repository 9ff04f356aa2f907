import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer } from 'ws';
import { GATEWAY_PATH, GATEWAY_SUBPROTOCOL, HEARTBEAT_SECONDS } from '../protocol/gateway-messages.ts';
import { MAX_FRAME_BYTES } from '../protocol/limits.ts';
import { SlicedCalls, TimeSlice } from '../time-slice.ts';
import { AcceptQueue } from './accept-queue.ts';
import { AgentConnection, CLOSE } from './agents/agent-connection.ts';
import { AuthenticationRefused } from './agents/authenticate.ts';
import type { AttachedIdentity, PodIdentity } from './agents/identity.ts';
import type { Leaf } from './certificates/authority.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { GatewayEvent, GatewayMetrics } from './gateway-metrics.ts';
import { Heartbeats } from './heartbeats.ts';

/** Whether this replica leads, and so serves agents. */
export interface Leadership {
  readonly self: boolean;
  /** IP address of the leader's pod when another replica leads, if known. Its port is assumed to be the same. */
  readonly address?: string;
}

export interface GatewayServerOptions {
  readonly fleet: Fleet;
  /** @throws {AuthenticationRefused} */
  authenticate(token: string): Promise<PodIdentity>;
  /** The credential with which an attached agent comes back; sent to it when it has said hello, and again in time. */
  credentialFor?(identity: AttachedIdentity): string | undefined;
  /** Whether the container of an attached agent still runs; asked at each heartbeat, and its connection ends with it. */
  isPresent?(identity: AttachedIdentity): boolean;
  leader(): Leadership;
  readonly tls: Pick<Leaf, 'certPem' | 'keyPem'>;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  /** Milliseconds; default {@link HEARTBEAT_SECONDS}. */
  readonly heartbeatMilliseconds?: number;
  /** Milliseconds between two credentials of an attached agent; default 20 minutes. */
  readonly credentialMilliseconds?: number;
}

const HANDSHAKE_MILLISECONDS = 10_000;
const CLOSE_MILLISECONDS = 2_000;
/** Length of each listen queue: all agents dial at once when the leader changes. */
const BACKLOG = 4096;
/** Most connections that wait for the review of their token; more are refused. */
const MAX_PENDING = 5_000;
/** With so many connections that wait, or that were made within a second, the gateway is busy. */
const BUSY = 50;
/** It counts as busy for so long afterwards. */
const BUSY_MILLISECONDS = 1000;
/** From this number on, further connections wait before their handshake, where they cost least. */
const MANY_PENDING = 512;

/**
 * Where agents connect: HTTPS on which nothing but the WebSocket of {@link GATEWAY_PATH} is served, and only by the leader.
 * One connection per pod; the token tells which pod it is.
 */
export class GatewayServer {
  readonly #options: GatewayServerOptions;
  readonly #server: Server;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handleProtocols: () => GATEWAY_SUBPROTOCOL,
  });
  readonly #connections = new Heartbeats<AgentConnection>();
  readonly #calls = new SlicedCalls();
  readonly #accepting: AcceptQueue;
  readonly #pending = new Set<Duplex>();
  #port = 0;
  #busyUntil = 0;
  /** Connections that were made since a moment within the last second. */
  #recent = { since: 0, count: 0 };
  #closing = false;

  constructor(options: GatewayServerOptions) {
    this.#options = options;
    const { certPem, keyPem } = options.tls;
    this.#server = createServer(
      {
        cert: certPem,
        key: keyPem,
        handshakeTimeout: HANDSHAKE_MILLISECONDS,
        headersTimeout: HANDSHAKE_MILLISECONDS,
        requestTimeout: HANDSHAKE_MILLISECONDS,
      },
      (request, response) => answerPlain(request, response),
    );
    this.#accepting = new AcceptQueue({
      take: (socket) => void this.#server.emit('connection', socket),
      isBusy: () => this.#pending.size >= MANY_PENDING,
      patienceMilliseconds: HANDSHAKE_MILLISECONDS,
    });
    for (const end of ['secureConnection', 'tlsClientError']) this.#server.on(end, () => this.#accepting.handshaken());
    this.#server.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        options.log.error({ error }, 'gateway could not handle a connection');
        socket.destroy();
      });
    });
  }

  /** @returns the port that it listens on. */
  async listen(port: number, host?: string): Promise<number> {
    this.#port = await this.#accepting.listen({ port, host, backlog: BACKLOG });
    this.#connections.start(this.#options.heartbeatMilliseconds ?? HEARTBEAT_SECONDS * 1000);
    return this.#port;
  }

  /** Whether many agents are connecting, or were a second ago. */
  get isBusy(): boolean {
    const now = performance.now();
    if (this.#pending.size + this.#accepting.size >= BUSY) this.#busyUntil = now + BUSY_MILLISECONDS;
    return now < this.#busyUntil;
  }

  /** Uses another certificate for new connections; open ones stay. */
  updateCertificate(tls: Pick<Leaf, 'certPem' | 'keyPem'>): void {
    this.#server.setSecureContext({ cert: tls.certPem, key: tls.keyPem });
  }

  /** Stops accepting, closes every agent with 1001, so that it dials again, and then waits for them for two seconds at most. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#connections.stop();
    const closed = this.#accepting.close();
    for (const socket of this.#pending) socket.destroy();
    this.#server.closeIdleConnections();
    await this.#eachConnection((connection) => connection.close(CLOSE.goingAway, 'the operator stops'));
    const timer = setTimeout(() => {
      void this.#eachConnection((connection) => connection.terminate()).then(() => this.#server.closeAllConnections());
    }, CLOSE_MILLISECONDS);
    await closed;
    clearTimeout(timer);
  }

  /** In slices of time: to close ten thousand connections in one turn takes seconds, in which the Lease could not be given back. */
  async #eachConnection(end: (connection: AgentConnection) => void): Promise<void> {
    const slice = new TimeSlice();
    for (const connection of this.#connections.connections()) {
      await slice.remaining();
      end(connection);
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { log } = this.#options;
    const ended = () => {
      this.#pending.delete(socket);
      this.#accepting.resume();
    };
    const failed = (error: Error) => log.debug({ error: error.message }, 'socket error before the agent was known');
    socket.on('close', ended);
    socket.on('error', failed);
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) return this.#refuse(socket, refusal);
    this.#pending.add(socket);
    const deadline = setTimeout(() => socket.destroy(), HANDSHAKE_MILLISECONDS);
    let identity: PodIdentity;
    try {
      identity = await this.#options.authenticate(bearerToken(request));
    } catch (error) {
      if (!(error instanceof AuthenticationRefused)) throw error;
      log.warn({ status: error.status, reason: error.message, peer: request.socket.remoteAddress }, 'agent refused');
      const event = error.status === 503 ? 'unavailable' : 'refused';
      return this.#refuse(socket, { status: error.status, event, text: error.message });
    } finally {
      clearTimeout(deadline);
      ended();
    }
    // In slices of time, as the answers of many reviews come at once.
    this.#calls.add(() => {
      socket.off('close', ended);
      socket.off('error', failed);
      this.#open(request, socket, head, identity);
    });
  }

  /** Makes the connection of an agent that is known. */
  #open(request: IncomingMessage, socket: Duplex, head: Buffer, identity: PodIdentity): void {
    if (socket.destroyed) return;
    const { fleet, log, metrics } = this.#options;
    const late = this.#leadershipRefusal();
    if (late !== undefined) {
      this.#refuse(socket, late);
      return;
    }
    this.#countRecent();
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const calls = this.#calls;
      const connection = new AgentConnection({
        ...{ socket: webSocket, identity, fleet, log, metrics, calls },
        credentialFor: (attached) => this.#options.credentialFor?.(attached),
        credentialMilliseconds: this.#options.credentialMilliseconds,
        isPresent: (attached) => this.#options.isPresent?.(attached) !== false,
      });
      this.#connections.add(connection);
      webSocket.once('close', () => this.#connections.delete(connection));
    });
  }

  #countRecent(): void {
    const now = performance.now();
    if (now - this.#recent.since > BUSY_MILLISECONDS) this.#recent = { since: now, count: 0 };
    this.#recent.count += 1;
    if (this.#recent.count >= BUSY) this.#busyUntil = now + BUSY_MILLISECONDS;
  }

  #refusalOf(request: IncomingMessage): HandshakeRefusal | undefined {
    const path = request.url?.split('?', 1)[0];
    if (path !== GATEWAY_PATH) return { status: 404, event: 'refused', text: `only ${GATEWAY_PATH} is served here` };
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(GATEWAY_SUBPROTOCOL)) {
      return { status: 400, event: 'refused', text: `the sub-protocol must be ${GATEWAY_SUBPROTOCOL}` };
    }
    const leadership = this.#leadershipRefusal();
    if (leadership !== undefined) return leadership;
    if (this.#pending.size >= MAX_PENDING) {
      return { status: 503, event: 'unavailable', text: 'too many connections at once' };
    }
    return undefined;
  }

  #leadershipRefusal(): HandshakeRefusal | undefined {
    const { self, address } = this.#options.leader();
    if (this.#closing || (!self && address === undefined)) {
      return { status: 503, event: 'unavailable', text: 'no replica leads at the moment' };
    }
    if (self || address === undefined) return undefined;
    const host = isIPv6(address) ? `[${address}]` : address;
    const location = `wss://${host}:${this.#port}${GATEWAY_PATH}`;
    return { status: 307, event: 'redirected', text: 'another replica leads', location };
  }

  #refuse(socket: Duplex, refusal: HandshakeRefusal): void {
    this.#options.metrics.gatewayEvent(refusal.event);
    const body = `${refusal.text}\n`;
    const headers = [
      `HTTP/1.1 ${refusal.status} ${STATUS_TEXTS[refusal.status]}`,
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...(refusal.location === undefined ? [] : [`Location: ${refusal.location}`]),
      ...(refusal.status === 503 ? ['Retry-After: 1'] : []),
    ];
    socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
    // A peer that never closes its half would keep the connection open for ever.
    setTimeout(() => socket.destroy(), CLOSE_MILLISECONDS).unref();
  }
}

const STATUS_TEXTS = {
  307: 'Temporary Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
} as const;

interface HandshakeRefusal {
  readonly status: keyof typeof STATUS_TEXTS;
  readonly event: GatewayEvent;
  readonly text: string;
  readonly location?: string;
}

/** The token; empty when there is none, which no authenticator accepts. */
function bearerToken(request: IncomingMessage): string {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

function answerPlain(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
  response.end('agents connect here, by WebSocket\n');
}
