import { createServer, type ListenOptions, type Socket } from 'node:net';
import { listen } from '../listen.ts';
import { Fifo } from '../time-slice.ts';

export interface AcceptQueueOptions {
  /** Begins the TLS handshake of a connection. */
  take(socket: Socket): void;
  /** Whether so many connections are being authenticated that the next ones must wait before their handshake. */
  isBusy(): boolean;
  /** A connection that has waited so long is closed without a handshake: its agent has given up. */
  readonly patienceMilliseconds: number;
  /** Milliseconds that never go back. Default `performance.now`. */
  readonly now?: () => number;
}

/**
 * Sockets that listen on the port, among which Linux divides the connections. Node.js accepts one connection of each in a turn of the event
 * loop: when the turns of a busy operator take 8 ms, one socket alone lets in 120 agents a second (300 connections took 304 turns, and 31
 * with sixteen sockets).
 */
const LISTENERS = process.platform === 'linux' ? 16 : 1;
/** Handshakes that are begun in one turn of the event loop; one takes about a millisecond. */
const PER_TURN = 4;
/** Handshakes that go on at a time: what all of them compute may fall into one turn. */
const MOST_HANDSHAKES = 12;
/** A handshake that takes longer is not counted, so that peers which begin one and fall silent keep nobody out. */
const COUNTED_MILLISECONDS = 100;
/** Connections that wait; one more is refused. */
const MAX_WAITING = 20_000;

/**
 * Accepts connections, and begins a few TLS handshakes in each turn of the event loop. When thousands of agents dial at once, all their
 * handshakes would fall into the same turn, and all other work would wait until they are computed.
 */
export class AcceptQueue {
  readonly #servers = Array.from({ length: LISTENERS }, () => {
    return createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket));
  });
  readonly #options: AcceptQueueOptions;
  readonly #waiting = new Fifo<{ readonly socket: Socket; readonly since: number }>();
  readonly #now: () => number;
  /** When the handshakes that go on were begun. */
  readonly #begun = new Fifo<number>();
  #isScheduled = false;

  constructor(options: AcceptQueueOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** @returns the port that it listens on. @throws the system's error, for example for a port that is taken. */
  async listen(options: ListenOptions & { readonly port: number }): Promise<number> {
    let { port } = options;
    for (const server of this.#servers) port = await listen(server, { ...options, port, reusePort: LISTENERS > 1 });
    return port;
  }

  /** Stops listening, and closes the connections that wait. @returns when all other connections have ended too. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve())));
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift()) first.socket.destroy();
    await Promise.all(closed);
  }

  /** Connections that wait for their handshake. */
  get size(): number {
    return this.#waiting.size;
  }

  /** A handshake that was begun has ended, well or not. */
  handshaken(): void {
    this.#begun.shift();
    this.resume();
  }

  /** Goes on after `isBusy` has become false. */
  resume(): void {
    if (this.#waiting.size > 0) this.#schedule();
  }

  #accept(socket: Socket): void {
    // Without a listener, the error of a peer that goes away while it waits would be uncaught.
    socket.on('error', () => socket.destroy());
    if (this.#waiting.size >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    this.#waiting.push({ socket, since: this.#now() });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#options.isBusy()) return;
    this.#isScheduled = true;
    const work = (): void => {
      this.#isScheduled = false;
      this.#work();
    };
    if (this.#isFull()) setTimeout(work, COUNTED_MILLISECONDS / 10);
    else setImmediate(work);
  }

  #isFull(): boolean {
    const oldest = this.#now() - COUNTED_MILLISECONDS;
    for (let first = this.#begun.first; first !== undefined && first < oldest; first = this.#begun.first)
      this.#begun.shift();
    return this.#begun.size >= MOST_HANDSHAKES;
  }

  #work(): void {
    const oldest = this.#now() - this.#options.patienceMilliseconds;
    for (let begun = 0; begun < PER_TURN && !this.#isFull() && !this.#options.isBusy(); ) {
      const first = this.#waiting.shift();
      if (first === undefined) break;
      if (first.since < oldest) first.socket.destroy();
      if (first.socket.destroyed) continue;
      this.#begun.push(this.#now());
      this.#options.take(first.socket);
      begun += 1;
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
