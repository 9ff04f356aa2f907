import type { Debugger } from 'node:inspector';
import { Deadline, type Moment, type ThreadClock } from '../budget/thread-clock.ts';
import { append, apply, type Callable, ceil, max, min } from '../guard/intrinsics.ts';
import type { CheckedCalls } from './checked-calls.ts';
import { type DebuggerSession, primitiveOf, type RemoteValue } from './debugger-session.ts';
import { PausedEvaluationTimeout, STOOD_STILL } from './pause-errors.ts';
import type { PausedEvaluation } from './paused-evaluation.ts';

/** The longest that the thread may work for a hit, from its condition on. */
export const HIT_MILLISECONDS = 10;
/**
 * The longest that a hit may go on, however little the machine lets the thread work in it: a container at its limit of the
 * processor stands still for up to 100 ms at a time. As much as limits.maxStallMilliseconds allows unless it says otherwise.
 */
export const LONGEST_HIT_MILLISECONDS = 100;
/** What may be worked in one pause; stopping an evaluation and going on take up to 2 ms more. */
const PAUSE_MILLISECONDS = 8;
const SHORTEST_PAUSE = 4;
/** How long work may go on that is begun once more as the machine let the thread stand: it stands for long only now and then. */
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

/** One pause of the thread: the frames that V8 shows, and what may be done with them until the time of the hit is over. */
export class Pause {
  readonly frames: readonly Debugger.CallFrame[];
  readonly #debugger: DebuggerSession;
  readonly #evaluation: PausedEvaluation;
  readonly #calls: CheckedCalls;
  readonly #clock: ThreadClock;
  /** When everything has to be done. */
  #deadline: Deadline;
  /** When the work at hand has to be done. */
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

  /** Until when the work at hand may go on. */
  get until(): Deadline {
    return this.#until;
  }

  /** Whether some of the work was told that its time is over because the machine let the thread stand, not for what was done. */
  get stoodStill(): boolean {
    return this.#stoodStill;
  }

  /**
   * Gives time once more to work that was cut as the machine let the thread stand; the thread may not work longer for it.
   * @returns whether the work may be begun anew, which is once.
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

  /** Does a part of the work, and stops it so early that these milliseconds, or half the time, are left for the others. */
  leaving<T>(milliseconds: number, work: () => T): T {
    // What is only read, or known by now, takes no time worth mentioning, and is worth having when time is up.
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

  /** @returns the URL of the frame's script; of Node.js itself it starts with `node:`. */
  urlOf(frame: Debugger.CallFrame): string {
    return this.#debugger.urlOf(frame.location.scriptId);
  }

  /** @param isAsync whether V8 shows the promise of the function, which is fulfilled with what it returns. */
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

  /** @returns a value that the debugger showed in this pause. */
  raw(shown: RemoteValue): unknown {
    if (shown.objectId === undefined) return primitiveOf(shown);
    const objects = this.objectsOf([shown.objectId]);
    return objects.length === 0 ? undefined : objects[0];
  }

  /** @returns what the elements of an array literal are in the top frame; they must have no effects. */
  elements(elements: string): readonly unknown[] {
    const frame = this.#top;
    return frame === undefined ? [] : this.#evaluation.elementsIn(frame.callFrameId, elements);
  }

  readonly isLate = (): boolean => this.#until.isLate();

  /** Runs what V8 has to stop when time is up. */
  readonly unbounded = <T>(run: () => T): T => {
    let outcome: { readonly result: T } | { readonly error: unknown } | undefined;
    this.#evaluate(() => {
      // The debugger would make a text of what is thrown.
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
   * Runs a function of the application under V8's side-effect check. What has no effects and is asked again while the
   * thread stands would answer the same.
   */
  readonly checkedCall = (fn: Callable, self: unknown, args: unknown[]): unknown => {
    for (let index = 0; args.length === 0 && index < this.#known.length; index++) {
      const known = this.#known[index];
      if (known?.fn === fn && known.self === self) return known.result;
    }
    // V8 gets a function ready for its check at the first call, which takes milliseconds that the call is not to blame for.
    const isFirst = this.#calls.isFirstCall(fn);
    if (isFirst) this.#refuseStall(fn);
    const until = isFirst ? this.#deadline.earlier(SHORTEST_EVALUATION, 0) : this.#until;
    const result = this.#evaluate(() => apply(fn, self, args as never[]), true, until);
    if (args.length === 0) append(this.#known, { fn, self, result });
    return result;
  };

  /** V8 walks the heap for each hot function that it gets ready, and nothing stops it there. */
  #refuseStall(fn: Callable): void {
    const predicted = this.#calls.readyMilliseconds;
    if (predicted <= this.#maxStallMilliseconds) return;
    this.#calls.forgetCall(fn);
    throw new PausedEvaluationTimeout(
      `getting the function ready could stop the process for ${ceil(predicted)} ms, and limits.maxStallMilliseconds is ${this.#maxStallMilliseconds}`,
    );
  }

  /** What V8 stopped although the thread could not work for all of its time is begun once more: it has no effects. */
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
