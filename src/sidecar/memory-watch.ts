import { readFileSync } from 'node:fs';

export interface MemoryWatchOptions {
  /** Of the container. */
  readonly limitBytes: number;
  /** Bytes of memory that are the process's own; what is mapped from files the kernel takes back by itself. */
  used?(): number;
  /** Gives back what can be given back; everything that is lost by that is counted. */
  shed(): void;
  /** The process must end now, before the kernel ends everything in the container. */
  end(usedBytes: number): void;
}

/** The agent sheds above the first share of its limit and ends above the second; the rest is for what comes between two looks. */
const SHED_SHARE = 0.5;
const END_SHARE = 0.7;

/** With more memory than this the agent would have no use for it: all that it keeps is bounded. */
const MOST_BYTES = 256 * 1024 * 1024;

const INTERVAL_MILLISECONDS = 1000;
/** What came in since the last look may have grown to several times its size. */
const LOOK_AFTER_BYTES = 2 * 1024 * 1024;

/**
 * Keeps the agent below the memory limit of its container: there the kernel would end the supervisor with it, and so take the pod out
 * of its Service. The heap has a bound of its own (--max-old-space-size), at which only the agent's process ends.
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

  /** So many bytes came in from outside. */
  received(bytes: number): void {
    this.#received += bytes;
    if (this.#received >= LOOK_AFTER_BYTES) this.look();
  }

  look(): void {
    this.#received = 0;
    const used = this.#options.used ?? ownBytes;
    if (used() <= this.#limit * SHED_SHARE) return;
    // Most of it is garbage, most of the time.
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
    // A system without /proc has no such limit either.
    return 0;
  }
}
