import type { Debugger } from 'node:inspector';
import type { FunctionBody } from '../../../channel/function-plan.ts';
import type { Position, Site } from '../../../channel/positions.ts';
import { isInRange, type PositionRange } from '../../../channel/positions.ts';
import type { Moment, ThreadClock } from '../../budget/thread-clock.ts';
import type { DebuggerSession } from '../../debugger/debugger-session.ts';
import type { Pause } from '../../debugger/pause.ts';
import type { PauseScheduler } from '../../debugger/pause-scheduler.ts';
import { cancel, every, type Timer } from '../../entry-points.ts';
import { append, mapped } from '../../guard/intrinsics.ts';

/** Interval for checking whether the inspector was opened: its client would see the process stop at each exception. */
const LOOK_MILLISECONDS = 50;
/** Activations of one function that one exception is reported for. */
const MAX_LEFT = 10;
/** Share of the cost of a pause that grows with the number of frames on the stack. */
const SHARE_OF_FRAMES = 0.6;
/** Cost of a pause until it has been measured here: the median of docs/adr/0014-function-exits.md. */
const UNMEASURED_MILLISECONDS = 1.2;
const UNMEASURED_FRAMES = 15;

/** An exception that leaves a function, or may leave it. */
export interface WatchedThrow {
  /** The pause at the exception, with the function as its top frame. */
  readonly pause: Pause;
  readonly site: Site;
  /** The thrown value. */
  readonly error: unknown;
  /** Frames between the throw and the function, from the throw on. The worker finds out whether the exception comes through them. */
  readonly through: readonly Site[];
}

export interface ExceptionListener {
  readonly bodies: readonly FunctionBody[];
  readonly maxStallMilliseconds: number;
  onThrown(thrown: WatchedThrow): void;
  /** Pays milliseconds for an exception. @returns whether the listener can pay for the next one. */
  pay(milliseconds: number): boolean;
  /** Exceptions are no longer watched, because somebody opened the inspector. */
  onBusy(): void;
}

/** What a hook uses of the exception watch. */
export type Watching = Pick<ExceptionWatch, 'number' | 'pauseMilliseconds' | 'isListening' | 'add' | 'delete'>;

/**
 * Watches for exceptions that leave functions. V8 shows them only by pausing at every exception that is thrown in the process, about
 * a millisecond each. Off unless a probe needs it and can pay for it.
 */
export class ExceptionWatch {
  readonly #debugger: DebuggerSession;
  readonly #pauses: PauseScheduler;
  readonly #clock: ThreadClock;
  #listeners: ExceptionListener[] = [];
  #looking: Timer | undefined;
  #number = 0;
  #isMeasuring = false;
  #milliseconds = UNMEASURED_MILLISECONDS;
  #frames = UNMEASURED_FRAMES;
  #isMeasured = false;

  constructor(session: DebuggerSession, pauses: PauseScheduler, clock: ThreadClock) {
    this.#debugger = session;
    this.#pauses = pauses;
    this.#clock = clock;
  }

  /** Number of the watch, 0 while it is off. Between two different numbers exceptions may have been missed. */
  get number(): number {
    return this.#looking === undefined ? 0 : this.#number;
  }

  /** Milliseconds that a pause for an exception costs, as last measured. */
  get pauseMilliseconds(): number {
    return this.#milliseconds;
  }

  isListening(listener: ExceptionListener): boolean {
    for (let index = 0; index < this.#listeners.length; index++) {
      if (this.#listeners[index] === listener) return true;
    }
    return false;
  }

  /** @returns whether exceptions are watched for the listener: not while the inspector is open. */
  add(listener: ExceptionListener): boolean {
    if (this.#debugger.busy || !this.#debugger.enabled) return false;
    if (!this.isListening(listener)) append(this.#listeners, listener);
    if (this.#looking === undefined) this.#on();
    return true;
  }

  delete(listener: ExceptionListener): void {
    const left: ExceptionListener[] = [];
    for (let index = 0; index < this.#listeners.length; index++) {
      const other = this.#listeners[index];
      if (other !== undefined && other !== listener) append(left, other);
    }
    this.#listeners = left;
    if (this.#listeners.length === 0) this.#off();
  }

  /** Ends the watch for all listeners, without telling them. */
  forget(): void {
    this.#listeners = [];
    this.#off();
  }

  /** @returns whether the pause was for an exception; the thread has been resumed then. */
  onPaused(event: Debugger.PausedEventDataType): boolean {
    const { reason }: { reason: string } = event;
    if (reason !== 'exception' && reason !== 'promiseRejection') return false;
    this.#pauses.runPaused(() => {
      if (this.#isMeasuring) this.#frames = event.callFrames.length;
      else if (this.#debugger.busy) this.#leaveToDebugger();
      else this.#follow(event);
    });
    return true;
  }

  #follow(event: Debugger.PausedEventDataType): void {
    const started = this.#clock.moment();
    const listeners = this.#listeners;
    const before = this.#cost(event.callFrames.length);
    for (let index = 0; index < listeners.length; index++) {
      try {
        this.#offer(event, listeners[index] as ExceptionListener, started);
      } catch {
        // Errors of the runtime must not reach the application.
      }
    }
    const share = (before + this.#clock.workedSince(started)) / listeners.length;
    for (let index = 0; index < listeners.length; index++) {
      const listener = listeners[index] as ExceptionListener;
      if (!listener.pay(share)) this.delete(listener);
    }
  }

  #offer(event: Debugger.PausedEventDataType, listener: ExceptionListener, started: Moment): void {
    const { callFrames } = event;
    const through: Site[] = [];
    let left = 0;
    for (let index = 0; index < callFrames.length; index++) {
      const site = siteOf(callFrames[index] as Debugger.CallFrame);
      const body = bodyAt(listener.bodies, site);
      if (body !== undefined) {
        if (isInAny(body.held, site)) return;
        const frames = from(callFrames, index);
        const pause = this.#pauses.pauseAt({ ...event, callFrames: frames }, started, listener.maxStallMilliseconds);
        const error = event.data === undefined ? undefined : pause.raw(event.data);
        listener.onThrown({ pause, site, error, through: mapped(through, (one) => one) });
        if (body.isAsync || ++left >= MAX_LEFT) return;
      }
      append(through, site);
    }
  }

  #cost(frames: number): number {
    return this.#milliseconds * (1 - SHARE_OF_FRAMES + (SHARE_OF_FRAMES * frames) / this.#frames);
  }

  #on(): void {
    this.#debugger.pauseOnExceptions(true);
    this.#number++;
    // While the worker interrupts the thread to run this command, a pause would wait for the worker, and the worker for the command.
    if (!this.#isMeasured && this.#pauses.isFree) this.#measure();
    this.#looking = every(LOOK_MILLISECONDS, () => {
      if (this.#debugger.busy) this.#leaveToDebugger();
    });
  }

  #off(): void {
    if (this.#looking === undefined) return;
    cancel(this.#looking);
    this.#looking = undefined;
    this.#debugger.pauseOnExceptions(false);
  }

  #leaveToDebugger(): void {
    const listeners = this.#listeners;
    this.forget();
    for (let index = 0; index < listeners.length; index++) listeners[index]?.onBusy();
  }

  /** Measures the second of two exceptions, since the first takes longer. */
  #measure(): void {
    this.#isMeasuring = true;
    for (let turn = 0; turn < 2; turn++) {
      const started = this.#clock.moment();
      try {
        throw this;
      } catch {
        this.#milliseconds = this.#clock.workedSince(started);
      }
    }
    this.#isMeasuring = false;
    this.#isMeasured = true;
  }
}

function bodyAt(bodies: readonly FunctionBody[], site: Site): FunctionBody | undefined {
  for (let index = 0; index < bodies.length; index++) {
    const body = bodies[index];
    if (body?.scriptId === site.scriptId && isInRange(body, site) && !isInAny(body.inner, site)) return body;
  }
  return undefined;
}

function isInAny(ranges: readonly PositionRange[], position: Position): boolean {
  for (let index = 0; index < ranges.length; index++) {
    if (isInRange(ranges[index] as PositionRange, position)) return true;
  }
  return false;
}

function from<T>(list: readonly T[], first: number): T[] {
  const rest: T[] = [];
  for (let index = first; index < list.length; index++) append(rest, list[index] as T);
  return rest;
}

function siteOf({ location }: Debugger.CallFrame): Site {
  return { scriptId: location.scriptId, line: location.lineNumber, column: location.columnNumber ?? 0 };
}
