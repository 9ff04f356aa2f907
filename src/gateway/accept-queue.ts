import { createServer, type Server, type Socket } from 'node:net';
import { Fifo } from '../time-slice.ts';

export interface AcceptQueueOptions {
  /** Begins the TLS handshake of a connection. */
  take(socket: Socket): void;
  /** Whether so many are being let in already that the next ones had better wait outside. */
  isBusy(): boolean;
  /** Who has waited so long has given up, and is not worth a handshake any more. */
  readonly patienceMilliseconds: number;
}

/** Handshakes that are begun in one turn of the event loop; one takes about a millisecond. */
const PER_TURN = 12;
/** Connections that wait; one more is refused. */
const MAX_WAITING = 20_000;

/**
 * Accepts connections, and begins a few TLS handshakes in each turn of the event loop. When thousands of agents dial at once, all of them
 * would be ready in the same turn, and everybody else would wait until the keys of each have been computed.
 */
export class AcceptQueue {
  /** What listens. Its end waits for all connections. */
  readonly server: Server;
  readonly #options: AcceptQueueOptions;
  readonly #waiting = new Fifo<{ readonly socket: Socket; readonly since: number }>();
  #isScheduled = false;

  constructor(options: AcceptQueueOptions) {
    this.#options = options;
    this.server = createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket));
  }

  /** Fewer are being let in than before. */
  resume(): void {
    if (this.#waiting.size > 0) this.#schedule();
  }

  /** Ends those that wait; no other comes after `server.close()`. */
  clear(): void {
    for (let first = this.#waiting.shift(); first !== undefined; first = this.#waiting.shift()) first.socket.destroy();
  }

  #accept(socket: Socket): void {
    // Without a listener, a peer that goes away while it waits would end the operator.
    socket.on('error', () => socket.destroy());
    if (this.#waiting.size >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    this.#waiting.push({ socket, since: performance.now() });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#options.isBusy()) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#work();
    });
  }

  #work(): void {
    const oldest = performance.now() - this.#options.patienceMilliseconds;
    for (let begun = 0; begun < PER_TURN && !this.#options.isBusy(); ) {
      const first = this.#waiting.shift();
      if (first === undefined) break;
      if (first.since < oldest) first.socket.destroy();
      if (first.socket.destroyed) continue;
      this.#options.take(first.socket);
      begun += 1;
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
