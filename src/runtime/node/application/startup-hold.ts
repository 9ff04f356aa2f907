import { HELD, NONE_WAITS, RELEASED, STANDS } from '../channel/control-block.ts';
import type { Notice } from '../channel/notices.ts';
import type { DebuggerSession } from './debugger/debugger-session.ts';

/** Interval at which the thread reads commands while it is held. */
const SLICE_MILLISECONDS = 1;

const { load, store, wait } = Atomics;

/**
 * Holds a program that was started for its probes until they are placed: before its first line, and where a file begins while
 * probes wait for files. Without it a program that runs for less than a second would end before any probe is armed.
 */
export class Hold {
  readonly #debugger: DebuggerSession;
  control: Int32Array;
  /** Carries out the worker's commands that wait. */
  readonly #obey: () => void;
  readonly #notify: (notice: Notice) => void;
  readonly #now: () => number;
  #left = 0;
  #breakpoint: string | undefined;
  #hasFresh = false;

  constructor(
    debuggerSession: DebuggerSession,
    control: Int32Array,
    obey: () => void,
    notify: (notice: Notice) => void,
    now: () => number,
  ) {
    this.#debugger = debuggerSession;
    this.control = control;
    this.#obey = obey;
    this.#notify = notify;
    this.#now = now;
  }

  /**
   * Holds the program for the first desired set, and sets a breakpoint with `condition` where each file begins.
   * @param milliseconds for which the program may stand altogether.
   * @param condition an expression that calls {@link beforeFile} and gives false.
   */
  start(milliseconds: number, condition: string): void {
    this.#left = milliseconds;
    this.#stand();
    if (this.#left > 0 && this.#debugger.enabled) this.#breakpoint = this.#debugger.setBreakpointAtStarts(condition);
  }

  /** Notes that a script was compiled, which is about to run. */
  onScript(): void {
    this.#hasFresh = true;
  }

  beforeFile(): void {
    if (!this.#hasFresh || this.#left <= 0) return;
    this.#hasFresh = false;
    this.#stand();
    if (this.#left <= 0) this.stop();
  }

  stop(): void {
    this.#left = 0;
    if (this.#breakpoint !== undefined) this.#debugger.removeBreakpoint(this.#breakpoint);
    this.#breakpoint = undefined;
  }

  #stand(): void {
    const started = this.#now();
    const end = started + this.#left;
    store(this.control, HELD, STANDS);
    this.#notify({ type: 'held' });
    while (load(this.control, HELD) === STANDS && this.#left > 0 && this.#now() < end) {
      this.#obey();
      wait(this.control, HELD, STANDS, SLICE_MILLISECONDS);
    }
    if (load(this.control, HELD) === NONE_WAITS) this.#left = 0;
    else this.#left -= this.#now() - started;
    store(this.control, HELD, RELEASED);
  }
}
