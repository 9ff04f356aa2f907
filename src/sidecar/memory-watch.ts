import { readFileSync } from 'node:fs';

export interface MemoryWatchOptions {
  /** Memory limit of the container. */
  readonly limitBytes: number;
  /** Bytes of anonymous memory of the process (RssAnon). Pages mapped from files do not count, since the kernel reclaims them. */
  used?(): number;
  /** Frees what can be freed; every result that is lost by that is counted. */
  shed(): void;
  /** The process must end now, before the kernel ends everything in the container. */
  end(usedBytes: number): void;
}

/** The agent sheds above the first share of its limit and ends above the second; the rest is for what arrives between two looks. */
const SHED_SHARE = 0.5;
const END_SHARE = 0.7;

/** A larger limit of the container counts as this one: the agent has no use for more, since all that it keeps is bounded. */
const MOST_BYTES = 256 * 1024 * 1024;

const INTERVAL_MILLISECONDS = 1000;
/** After so many received bytes memory is looked at at once: parsed, they take several times as much. */
const LOOK_AFTER_BYTES = 2 * 1024 * 1024;

/**
 * Keeps the agent below the memory limit of its container. At the limit the kernel would kill the supervisor too, and the pod would no
 * longer be ready. The heap has a bound of its own (--max-old-space-size), at which only the agent's process ends.
 */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  readonly #limit: number;
  #timer: NodeJS.Timeout | undefined;
  #received = 0;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
    this.#limit = Math.min(options.limitBytes, MOST_BYTES);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), INTERVAL_MILLISECONDS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Counts `bytes` that came over a socket. */
  received(bytes: number): void {
    this.#received += bytes;
    if (this.#received >= LOOK_AFTER_BYTES) this.look();
  }

  look(): void {
    this.#received = 0;
    const used = this.#options.used ?? ownBytes;
    if (used() <= this.#limit * SHED_SHARE) return;
    // Most of that memory is usually garbage.
    globalThis.gc?.();
    if (used() <= this.#limit * SHED_SHARE) return;
    this.#options.shed();
    globalThis.gc?.();
    const left = used();
    if (left > this.#limit * END_SHARE) this.#options.end(left);
  }
}

function ownBytes(): number {
  try {
    return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    // A system without /proc has no memory limit for a container either.
    return 0;
  }
}
