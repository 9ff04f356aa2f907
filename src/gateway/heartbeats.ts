/** Groups of connections that have their beats at different times; with ten thousand connections, a group of a hundred takes some 6 ms. */
const GROUPS = 100;

/**
 * Gives each connection one beat in each period, with a whole period between two. Their times are spread over the period: ten thousand
 * pings at once would hold the event loop for half a second.
 */
export class Heartbeats<Connection extends { heartbeat(): void }> {
  readonly #now: () => number;
  readonly #groups = Array.from({ length: GROUPS }, () => new Set<Connection>());
  readonly #groupOf = new Map<Connection, Set<Connection>>();
  #nextAdded = 0;
  /** Groups that have had their turn since the start, each as often as it had it. */
  #turns = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now a clock that nobody sets, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param period of one connection, in milliseconds. */
  start(period: number): void {
    const startedAt = this.#now();
    const share = period / GROUPS;
    this.#timer = setInterval(() => {
      // By the clock, as the ticks of a busy event loop come late: agents give up a gateway that is silent for two periods and a half.
      const due = Math.floor((this.#now() - startedAt) / share);
      for (this.#turns = Math.max(this.#turns, due - GROUPS); this.#turns < due; this.#turns += 1) this.#beat();
    }, share);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  add(connection: Connection): void {
    const group = this.#groups[this.#nextAdded];
    if (group === undefined) return;
    this.#nextAdded = (this.#nextAdded + 1) % GROUPS;
    group.add(connection);
    this.#groupOf.set(connection, group);
  }

  delete(connection: Connection): void {
    this.#groupOf.get(connection)?.delete(connection);
    this.#groupOf.delete(connection);
  }

  /** All connections, in the order in which they were added. */
  connections(): Iterable<Connection> {
    return this.#groupOf.keys();
  }

  #beat(): void {
    for (const connection of this.#groups[this.#turns % GROUPS] ?? []) connection.heartbeat();
  }
}
