import type { ConnectionOptions, SecureContext } from 'node:tls';
import { WebSocket } from 'ws';
import { ConcurrencyLimit } from '../../src/kube/concurrency-limit.ts';
import { GATEWAY_PATH, GATEWAY_SUBPROTOCOL } from '../../src/protocol/gateway-messages.ts';
import { ENFORCEMENTS } from '../../src/protocol/needed-enforcement.ts';
import { reconnectMilliseconds } from '../../src/sidecar/gateway/gateway-link.ts';

export interface Gateway {
  readonly port: number;
  /** With the authority; one for all agents of a process, as reading it ten thousand times would cost more than all handshakes. */
  readonly secureContext: SecureContext;
  readonly servername: string;
}

const HANDSHAKE_MILLISECONDS = 10_000;
/** Thousands of handshakes at a time in one process would all be too late; real agents have a processor each. */
const dials = new ConcurrencyLimit(100);

/**
 * The wire of one agent with one process, which places at once whatever it is sent. It reads frames with regular expressions, because ten
 * thousand of it share the processor with the operator that is measured.
 */
export class SimulatedAgent {
  readonly #name: string;
  readonly #token: string;
  #socket: WebSocket | undefined;
  #attempts = 0;
  /** Probes of the last set, with their generations. */
  #probes: [uid: string, generation: string][] = [];
  /** The newest grant of each probe. An operator that has just started knows none, and the agent keeps what it has. */
  readonly #granted = new Map<string, string>();
  #results: string[] = [];
  #sequence = 0;
  #acknowledged = 0;
  /** Milliseconds since 1970 when it said that it holds a set, by a text that the set has. */
  readonly heldAt = new Map<string, number>();
  /** When it was sent a set without probes, milliseconds since 1970; undefined while it has some. */
  emptiedAt: number | undefined;
  isConnected = false;
  hasStates = false;
  /** Sets that it was sent so far. */
  sets = 0;

  constructor(name: string, token: string) {
    this.#name = name;
    this.#token = token;
  }

  /** Connects, and does so again whenever the connection ends. */
  dial(gateway: () => Gateway): void {
    void dials.run(() => {
      const settled = Promise.withResolvers<void>();
      this.#open(gateway, settled.resolve);
      return settled.promise;
    });
  }

  #open(gateway: () => Gateway, onSettled: () => void): void {
    const { port, secureContext, servername } = gateway();
    const tls: ConnectionOptions = { secureContext, servername };
    const socket = new WebSocket(`wss://127.0.0.1:${port}${GATEWAY_PATH}`, GATEWAY_SUBPROTOCOL, {
      ...tls,
      headers: { authorization: `Bearer ${this.#token}` },
      handshakeTimeout: HANDSHAKE_MILLISECONDS,
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    this.#socket = socket;
    let retryAfterSeconds: number | undefined;
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (request, response) => {
      retryAfterSeconds = Number(response.headers['retry-after'] ?? 0);
      response.resume();
      request.destroy();
      socket.terminate();
    });
    socket.on('open', () => {
      onSettled();
      this.#attempts = 0;
      this.isConnected = true;
      this.#socket?.send(
        `{"type":"hello","agentVersion":"0.1.0","agentID":"agent-${this.#name}","enforces":${JSON.stringify(ENFORCEMENTS)}}`,
      );
      this.#sendResults();
    });
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('close', () => {
      onSettled();
      this.isConnected = false;
      this.hasStates = false;
      this.#attempts += 1;
      setTimeout(() => this.dial(gateway), reconnectMilliseconds(this.#attempts, retryAfterSeconds, Math.random()));
    });
  }

  /** The network breaks. */
  cut(): void {
    this.#socket?.terminate();
  }

  /** How many probes it has. */
  get probes(): number {
    return this.#probes.length;
  }

  /** Results that have no acknowledgment yet. */
  get unacknowledged(): number {
    return this.#sequence - this.#acknowledged;
  }

  /** So many hits of the first probe that it has. */
  hit(count: number): void {
    const [uid, generation] = this.#probes[0] ?? [];
    for (let index = 0; index < count && uid !== undefined; index += 1) {
      this.#sequence += 1;
      this.#results.push(
        `{"sequence":${this.#sequence},"kind":"DynamicLog","uid":"${uid}","generation":${generation},"instanceID":"process-${this.#name}","time":${Date.now()},"location":"src/orders.ts:42:5","log":{"level":"Info","message":"order ${this.#sequence}"}}`,
      );
    }
    this.#sendResults();
  }

  #sendResults(): void {
    if (!this.isConnected || this.unacknowledged === 0) return;
    const first = this.#acknowledged + 1;
    this.#socket?.send(`{"type":"results","first":${first},"results":[${this.#results.join(',')}]}`);
  }

  #receive(text: string): void {
    if (text.startsWith('{"type":"acknowledged"')) {
      const through = Number(/"through":(\d+)/.exec(text)?.[1]);
      this.#results = this.#results.slice(Math.max(0, through - this.#acknowledged));
      this.#acknowledged = Math.max(this.#acknowledged, through);
      return;
    }
    this.sets += 1;
    const revision = /"revision":(\d+)/.exec(text)?.[1];
    const end = text.lastIndexOf(',"grants":[');
    const probes = end === -1 ? text : text.slice(0, end);
    for (const found of text.slice(probes.length).matchAll(/"uid":"([^"]+)","generation":\d+,"results":(\d+)/g)) {
      this.#granted.set(found[1] ?? '', found[2] ?? '0');
    }
    this.#probes = [...probes.matchAll(/"uid":"([^"]+)","generation":(\d+)/g)].map((found) => {
      return [found[1] ?? '', found[2] ?? ''];
    });
    this.emptiedAt = this.#probes.length > 0 ? undefined : (this.emptiedAt ?? Date.now());
    const states = this.#probes.map(
      ([uid, generation]) =>
        `{"uid":"${uid}","generation":${generation},"state":"Armed","reason":"Armed","location":"src/orders.ts:42:5","placement":"Breakpoint","hits":0,"dropped":[]}`,
    );
    const usage = this.#probes.map(([uid, generation]) => {
      return `{"uid":"${uid}","generation":${generation},"granted":${this.#granted.get(uid) ?? 0},"used":0,"held":0}`;
    });
    const process = `{"instanceID":"process-${this.#name}","pid":7,"containerName":"app","language":"JavaScript","languageVersion":"v24.0.0","runtimeVersion":"0.1.0","placements":["Breakpoint"],"command":"node server.js"}`;
    this.#socket?.send(
      `{"type":"states","revision":${revision},"processes":[{"process":${process},"revision":${revision},"probes":[${states.join(',')}]}],"usage":[${usage.join(',')}]}`,
    );
    this.hasStates = true;
    const now = Date.now();
    for (const message of probes.matchAll(/"message":"(round[^"]*)"/g)) {
      const round = message[1] ?? '';
      if (!this.heldAt.has(round)) this.heldAt.set(round, now);
    }
  }
}
