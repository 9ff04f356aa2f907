import type { Termination } from './termination.ts';

export interface EndWatchOptions {
  /** How long nothing may be desired. */
  readonly idleMilliseconds: number;
  /** How long the first connection may take. */
  readonly enrollMilliseconds: number;
  onEnd(why: Termination): void;
}

/** Notices that the agent has nothing to do any more, or never gets to do it. */
export class EndWatch {
  readonly #options: EndWatchOptions;
  #enrolling: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #problem = '';

  constructor(options: EndWatchOptions) {
    this.#options = options;
  }

  /** The agent has begun to dial. */
  start(): void {
    const { enrollMilliseconds, onEnd } = this.#options;
    this.#enrolling = setTimeout(() => {
      const seconds = enrollMilliseconds / 1000;
      const message = `the gateway was not reached within ${seconds} s${this.#problem}`;
      onEnd({ reason: 'NotEnrolled', message, exitCode: 1 });
    }, enrollMilliseconds);
  }

  /** The last thing that went wrong, for when it is the last of all. */
  note(problem: string): void {
    this.#problem = `: ${problem}`;
  }

  /** The gateway has said what is desired. */
  desired(count: number): void {
    clearTimeout(this.#enrolling);
    if (count > 0) {
      clearTimeout(this.#idle);
      this.#idle = undefined;
      return;
    }
    const { idleMilliseconds, onEnd } = this.#options;
    const message = `nothing was desired for ${idleMilliseconds / 1000} s`;
    this.#idle ??= setTimeout(() => onEnd({ reason: 'NothingDesired', message, exitCode: 0 }), idleMilliseconds);
  }

  stop(): void {
    clearTimeout(this.#enrolling);
    clearTimeout(this.#idle);
  }
}
