import type { Debugger } from 'node:inspector';
import { Deadline, type Moment, type ThreadClock } from '../budget/thread-clock.ts';
import { append, apply, type Callable, ceil, max, min } from '../guard/intrinsics.ts';
import type { CheckedCalls } from './checked-calls.ts';
import { type DebuggerSession, primitiveOf, type RemoteValue } from './debugger-session.ts';
import { PausedEvaluationTimeout, STOOD_STILL } from './pause-errors.ts';
import type { PausedEvaluation } from './paused-evaluation.ts';

/** Milliseconds that the thread may work for a hit, from its condition on. */
export const HIT_MILLISECONDS = 10;
/**
 * Milliseconds that may pass in a hit, however little the machine lets the thread run meanwhile: a container at its CPU limit
 * stands still for up to 100 ms at a time. The same as the default of limits.maxStallMilliseconds.
 */
export const LONGEST_HIT_MILLISECONDS = 100;
/** Milliseconds of work in one pause; stopping an evaluation and resuming take up to 2 ms more. */
const PAUSE_MILLISECONDS = 8;
const SHORTEST_PAUSE = 4;
/** Milliseconds that may pass in work that is repeated because the machine did not let the thread run, which seldom happens twice. */
const AGAIN_MILLISECONDS = 20;
/** An evaluation with less time than this is not begun: starting and stopping it would take longer. */
const SHORTEST_EVALUATION = 0.5;
/** Milliseconds that each part of the work has in any case; not enough for an evaluation. */
const TO_READ = 0.3;

interface KnownCall {
  readonly fn: Callable;
  readonly self: unknown;
  readonly result: unknown;
}

/** One pause of the thread: the frames that V8 shows, and what may be done with them within the time of the hit. */
export class Pause {
  readonly frames: readonly Debugger.CallFrame[];
  readonly #debugger: DebuggerSession;
  readonly #evaluation: PausedEvaluation;
  readonly #calls: CheckedCalls;
  readonly #clock: ThreadClock;
  /** Deadline of all the work in this pause. */
  #deadline: Deadline;
  /** Deadline of the current part of the work. */
  #until: Deadline;
  readonly #maxStallMilliseconds: number;
  readonly #known: KnownCall[] = [];
  #stoodStill = false;
  #isAgain = false;

  constructor(
    event: Debugger.PausedEventDataType,
    started: Moment,
    maxStallMilliseconds: number,
    session: DebuggerSession,
    evaluation: PausedEvaluation,
    calls: CheckedCalls,
    clock: ThreadClock,
  ) {
    this.frames = event.callFrames;
    this.#maxStallMilliseconds = maxStallMilliseconds;
    this.#debugger = session;
    this.#evaluation = evaluation;
    this.#calls = calls;
    this.#clock = clock;
    const entered = clock.moment();
    const left = max(HIT_MILLISECONDS - 1 - clock.workedSince(started), SHORTEST_PAUSE);
    const passed = entered.wall - started.wall;
    this.#deadline = new Deadline(
      clock,
      entered,
      min(left, PAUSE_MILLISECONDS),
      max(LONGEST_HIT_MILLISECONDS - passed, SHORTEST_PAUSE),
    );
    this.#until = this.#deadline;
  }

  /** Deadline of the current part of the work. */
  get until(): Deadline {
    return this.#until;
  }

  /** Whether some of the work was cut off because the machine did not let the thread run, not for the work itself. */
  get stoodStill(): boolean {
    return this.#stoodStill;
  }

  /**
   * Gives more time to work that was cut off because the machine did not let the thread run; the thread may not work longer for it.
   * @returns whether the work may be begun anew: at most once in a pause.
   */
  beginAgain(): boolean {
    if (!this.#stoodStill || this.#isAgain) return false;
    const again = this.#deadline.prolonged(AGAIN_MILLISECONDS);
    if (again.left() < SHORTEST_PAUSE) return false;
    this.#isAgain = true;
    this.#stoodStill = false;
    this.#deadline = again;
    this.#until = again;
    return true;
  }

  /** Does a part of the work, and ends it so early that these milliseconds, at most half of what is left, remain for the other parts. */
  leaving<T>(milliseconds: number, work: () => T): T {
    // Even when time is up, each part may read what needs no evaluation, which takes next to no time.
    const until = this.#deadline.earlier(min(milliseconds, this.#deadline.left() / 2), TO_READ);
    this.#until = until;
    try {
      return work();
    } finally {
      this.#stoodStill ||= until.stoodStill;
      this.#until = this.#deadline;
    }
  }

  get #top(): Debugger.CallFrame | undefined {
    return this.frames.length === 0 ? undefined : this.frames[0];
  }

  /** @returns the raw objects behind ids of the debugger, in that order. */
  objectsOf(objectIds: readonly string[]): readonly unknown[] {
    return this.#evaluation.objectsOf(objectIds);
  }

  /** @returns the URL of the frame's script, which starts with `node:` for those of Node.js itself. */
  urlOf(frame: Debugger.CallFrame): string {
    return this.#debugger.urlOf(frame.location.scriptId);
  }

  /** @returns the result of the top frame. @param isAsync whether V8 shows a promise instead, which is fulfilled with the result. */
  returned(isAsync: boolean): unknown {
    const shown = this.#top?.returnValue;
    if (shown === undefined) return undefined;
    const inside = isAsync && shown.objectId !== undefined ? this.#debugger.fulfilment(shown.objectId) : undefined;
    return this.raw(inside ?? shown);
  }

  /** `this` of the top frame. */
  get self(): unknown {
    const frame = this.#top;
    return frame === undefined ? undefined : this.raw(frame.this);
  }

  /** @returns the raw value that the debugger described in this pause. */
  raw(shown: RemoteValue): unknown {
    if (shown.objectId === undefined) return primitiveOf(shown);
    const objects = this.objectsOf([shown.objectId]);
    return objects.length === 0 ? undefined : objects[0];
  }

  /** @param elements source between the brackets of an array literal, without effects. @returns their values in the top frame. */
  elements(elements: string): readonly unknown[] {
    const frame = this.#top;
    return frame === undefined ? [] : this.#evaluation.elementsIn(frame.callFrameId, elements);
  }

  readonly isLate = (): boolean => this.#until.isLate();

  /** Runs a function whose time nothing bounds, and has V8 stop it when time is up. @throws what it throws, or a timeout. */
  readonly unbounded = <T>(run: () => T): T => {
    let outcome: { readonly result: T } | { readonly error: unknown } | undefined;
    this.#evaluate(() => {
      // What is thrown must not reach the debugger, which would convert it to a text.
      try {
        outcome = { result: run() };
      } catch (error) {
        outcome = { error };
      }
    }, false);
    const ended = outcome as { readonly result: T } | { readonly error: unknown } | undefined;
    if (ended === undefined) throw new PausedEvaluationTimeout('it did not end');
    if ('error' in ended) throw ended.error;
    return ended.result;
  };

  /**
   * Runs a function of the application under V8's side-effect check. Calls without arguments run once per pause: a function without
   * side effects gives the same again while the thread stands.
   */
  readonly checkedCall = (fn: Callable, self: unknown, args: unknown[]): unknown => {
    for (let index = 0; args.length === 0 && index < this.#known.length; index++) {
      const known = this.#known[index];
      if (known?.fn === fn && known.self === self) return known.result;
    }
    // At the first call V8 prepares the function for its check; those milliseconds must not count as the call's own.
    const isFirst = this.#calls.isFirstCall(fn);
    if (isFirst) this.#refuseStall(fn);
    const until = isFirst ? this.#deadline.earlier(SHORTEST_EVALUATION, 0) : this.#until;
    const result = this.#evaluate(() => apply(fn, self, args as never[]), true, until);
    if (args.length === 0) append(this.#known, { fn, self, result });
    return result;
  };

  /** Refuses a first call above the limit: V8 walks the heap for each hot function that it prepares, and cannot be stopped meanwhile. */
  #refuseStall(fn: Callable): void {
    const predicted = this.#calls.readyMilliseconds;
    if (predicted <= this.#maxStallMilliseconds) return;
    this.#calls.forgetCall(fn);
    throw new PausedEvaluationTimeout(
      `getting the function ready could stop the process for ${ceil(predicted)} ms, and limits.maxStallMilliseconds is ${this.#maxStallMilliseconds}`,
    );
  }

  /** Evaluates in the top frame. A job that V8 stopped before the thread had worked for all of its time is repeated: it has no effects. */
  #evaluate(job: () => unknown, throwOnSideEffect: boolean, until = this.#until): unknown {
    const frame = this.#top;
    for (let stopped: PausedEvaluationTimeout | undefined; ; ) {
      const left = until.left();
      if (frame === undefined || left < SHORTEST_EVALUATION) {
        this.#stoodStill ||= until.stoodStill;
        throw stopped ?? new PausedEvaluationTimeout(until.stoodStill ? STOOD_STILL : 'no time was left');
      }
      const began = this.#clock.now();
      try {
        return this.#evaluation.evaluate(frame.callFrameId, job, left, throwOnSideEffect);
      } catch (error) {
        if (!(error instanceof PausedEvaluationTimeout) || this.#clock.now() - began < left) throw error;
        stopped = error;
      }
    }
  }
}
