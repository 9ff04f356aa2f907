import type { Debugger } from 'node:inspector';
import { INTERRUPTING, PAUSING } from '../../channel/control-block.ts';
import { GLOBAL_KEY, RUNTIME } from '../../channel/global-key.ts';
import type { Site } from '../../channel/positions.ts';
import { Deadline, type Moment, type ThreadClock } from '../budget/thread-clock.ts';
import { TokenBucket } from '../budget/token-bucket.ts';
import {
  append,
  apply,
  atomicLoad,
  atomicStore,
  type Callable,
  ceil,
  max,
  min,
  round,
  weakSetAdd,
  weakSetDelete,
  weakSetHas,
} from '../guard/intrinsics.ts';
import { type DebuggerSession, primitiveOf, type RemoteValue } from './debugger-session.ts';
import type { Stalls } from './stalls.ts';

/** Pauses of one process per second, over all probes: each stops the thread for about a millisecond. */
const PAUSES_PER_SECOND = 20;
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
/** The function itself and one that it calls. */
const WALKS_PER_CALL = 2;
/** Milliseconds that each part of the work has in any case; not enough for an evaluation. */
const TO_READ = 0.3;

export const STOOD_STILL = 'the machine let the process stand still';

const RECEIVE_HERE = `${RUNTIME}.receive`;
const RUN = `${RUNTIME}.run()`;
const RECEIVE = `function(...all){globalThis[${JSON.stringify(GLOBAL_KEY)}].receive(all)}`;

/** What was evaluated in a pause took longer than it may. */
export class PausedEvaluationTimeout extends Error {
  readonly reason = 'EvaluationTimeout';
}
/** V8 itself ended a call that was about to have a side effect. */
export class PausedSideEffect extends Error {
  readonly reason = 'SideEffectRefused';
}
/** A checked call threw what the application's function threw. */
export class ThrownByCall extends Error {
  readonly thrown: unknown;

  constructor(thrown: unknown) {
    super("the application's function threw");
    this.thrown = thrown;
  }
}

/** What is done with the thread standing; its cost is charged by whoever asked. */
export type PauseWork = (pause: Pause) => void;

/** Who asks for a pause, and where. */
export interface Asking {
  readonly owner: object;
  readonly site: Site;
  /** When the hit began. */
  readonly started: Moment;
  readonly maxStallMilliseconds: number;
}

interface Wanted extends Asking {
  readonly work: PauseWork;
}

/** Stops the thread at a hit, hands the frames to whoever asked, and always lets it go on. */
export class PauseScheduler {
  readonly #debugger: DebuggerSession;
  control: Int32Array;
  readonly #clock: ThreadClock;
  readonly #stalls: Pick<Stalls, 'functionMilliseconds'>;
  readonly #bucket: TokenBucket;
  #wanted: Wanted[] = [];
  #received: readonly unknown[] = [];
  #job: (() => unknown) | undefined;
  readonly #called = new WeakSet();

  constructor(
    session: DebuggerSession,
    control: Int32Array,
    clock: ThreadClock,
    stalls: Pick<Stalls, 'functionMilliseconds'>,
  ) {
    this.#stalls = stalls;
    this.#debugger = session;
    this.control = control;
    this.#clock = clock;
    this.#bucket = new TokenBucket(PAUSES_PER_SECOND, clock.now());
  }

  /** Whether a pause would be granted now, but for the rate. */
  get isFree(): boolean {
    return !this.#debugger.busy && atomicLoad(this.control, INTERRUPTING) === 0;
  }

  /** @returns 'paused' when the condition that is running has to be true; else why there is no pause. */
  request(asking: Asking, work: PauseWork): 'paused' | 'RuntimeBusyDebugger' | 'RateLimited' {
    if (this.#debugger.busy) return 'RuntimeBusyDebugger';
    for (let index = 0; index < this.#wanted.length; index++) {
      const other = this.#wanted[index];
      if (other !== undefined && !this.#isSameHit(other, asking)) this.dropStale();
    }
    if (!this.#bucket.take(1, this.#clock.now())) return 'RateLimited';
    // Announced before looking: the worker does the same the other way round, so never both go on.
    atomicStore(this.control, PAUSING, 1);
    if (atomicLoad(this.control, INTERRUPTING) === 1) {
      if (this.#wanted.length === 0) atomicStore(this.control, PAUSING, 0);
      return 'RuntimeBusyDebugger';
    }
    append(this.#wanted, { ...asking, work });
    return 'paused';
  }

  /** V8 did not pause although it was asked to, and the thread has worked so many milliseconds since then: forget it. */
  dropStale(milliseconds = 0): void {
    const first = this.#wanted.length === 0 ? undefined : this.#wanted[0];
    if (first === undefined || this.#clock.workedSince(first.started) < milliseconds) return;
    this.#wanted = [];
    atomicStore(this.control, PAUSING, 0);
  }

  /** Probes at one position are hit one after the other, and share the pause. Anything else is a pause that never came. */
  #isSameHit(one: Asking, other: Asking): boolean {
    return (
      one.owner !== other.owner &&
      one.site.scriptId === other.site.scriptId &&
      one.site.line === other.site.line &&
      one.site.column === other.site.column &&
      this.#clock.workedSince(one.started) < HIT_MILLISECONDS
    );
  }

  /** Called by V8's notification, inside the pause. A pause that nobody asked for ends at once. */
  onPaused(event: Debugger.PausedEventDataType): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    try {
      for (let index = 0; index < wanted.length; index++) {
        try {
          const { work, maxStallMilliseconds } = wanted[index] as Wanted;
          const { started } = wanted[0] as Wanted;
          work(new Pause(event, started, maxStallMilliseconds, this.#debugger, this, this.#clock));
        } catch {
          // The work counts its own failures; here only the way back to the application matters.
        }
      }
    } finally {
      this.#debugger.resume();
      atomicStore(this.control, PAUSING, 0);
    }
  }

  /** Does what a pause that no hit asked for is used for; what a hit asked for did not come. */
  runPaused(work: () => void): void {
    this.#wanted = [];
    atomicStore(this.control, PAUSING, 1);
    try {
      work();
    } catch {
      // Here only the way back to the application matters.
    } finally {
      this.#debugger.resume();
      atomicStore(this.control, PAUSING, 0);
    }
  }

  /** Behind the key of globalThis: takes what the debugger hands over. */
  receive(values: readonly unknown[]): void {
    this.#received = values;
  }

  /** For how long the process may stand when V8 gets a function and those that it calls ready for its check. */
  get readyMilliseconds(): number {
    return this.#stalls.functionMilliseconds * WALKS_PER_CALL;
  }

  /** Whether this function has not been called under V8's check before. */
  isFirstCall(fn: Callable): boolean {
    if (weakSetHas(this.#called, fn)) return false;
    weakSetAdd(this.#called, fn);
    return true;
  }

  forgetCall(fn: Callable): void {
    weakSetDelete(this.#called, fn);
  }

  /** Behind the key of globalThis: what the debugger evaluates. */
  run(): unknown {
    return this.#job?.();
  }

  /** @returns the raw objects behind ids of the debugger, in that order, asked for in one call. */
  objectsOf(objectIds: readonly string[]): readonly unknown[] {
    if (objectIds.length === 0) return [];
    this.#received = [];
    this.#debugger.callOn(objectIds[0] ?? '', RECEIVE, objectIds);
    const received = this.#received;
    this.#received = [];
    return received;
  }

  /** @returns what the elements of an array literal are in a frame; they must have no effects. */
  elementsIn(callFrameId: string, elements: string): readonly unknown[] {
    this.#received = [];
    this.#debugger.evaluate(callFrameId, `${RECEIVE_HERE}([${elements}])`, PAUSE_MILLISECONDS, false);
    const received = this.#received;
    this.#received = [];
    return received;
  }

  /** Evaluates a job in a frame under the debugger's control; jobs nest. */
  evaluate(callFrameId: string, job: () => unknown, timeout: number, throwOnSideEffect: boolean): unknown {
    const outer = this.#job;
    this.#job = () => boxed(job);
    let outcome: ReturnType<DebuggerSession['evaluate']>;
    try {
      outcome = this.#debugger.evaluate(callFrameId, RUN, timeout, throwOnSideEffect);
    } catch {
      throw new PausedEvaluationTimeout(`stopped after ${max(1, round(timeout))} ms`);
    } finally {
      this.#job = outer;
    }
    // V8 itself ended it.
    if (outcome.thrown !== undefined) throw new PausedSideEffect('the call could change the program');
    if (outcome.objectId === undefined) return outcome.value;
    const { value, isThrown } = this.objectsOf([outcome.objectId])[0] as Box;
    if (isThrown) throw new ThrownByCall(value);
    return value;
  }
}

interface Box {
  readonly value: unknown;
  readonly isThrown: boolean;
}

const LONGEST_UNBOXED = 100;

/**
 * The debugger makes a text of whatever it is given, which takes it seconds for a long one and may ask an object for its
 * name; so it is given an object of ours around everything but short primitives.
 */
function boxed(job: () => unknown): unknown {
  try {
    const value = job();
    const isLong = typeof value === 'string' ? value.length > LONGEST_UNBOXED : typeof value === 'bigint';
    const isPrimitive = typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol';
    return isPrimitive && !isLong ? value : { value, isThrown: false };
  } catch (error) {
    return { value: error, isThrown: true };
  }
}

interface KnownCall {
  readonly fn: Callable;
  readonly self: unknown;
  readonly result: unknown;
}

/** The thread, standing. */
export class Pause {
  readonly frames: readonly Debugger.CallFrame[];
  readonly #debugger: DebuggerSession;
  readonly #pauses: PauseScheduler;
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
    pauses: PauseScheduler,
    clock: ThreadClock,
  ) {
    this.frames = event.callFrames;
    this.#maxStallMilliseconds = maxStallMilliseconds;
    this.#debugger = session;
    this.#pauses = pauses;
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
    return this.#pauses.objectsOf(objectIds);
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
    return frame === undefined ? [] : this.#pauses.elementsIn(frame.callFrameId, elements);
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
    const isFirst = this.#pauses.isFirstCall(fn);
    if (isFirst) this.#refuseStall(fn);
    const until = isFirst ? this.#deadline.earlier(SHORTEST_EVALUATION, 0) : this.#until;
    const result = this.#evaluate(() => apply(fn, self, args as never[]), true, until);
    if (args.length === 0) append(this.#known, { fn, self, result });
    return result;
  };

  /** V8 walks the heap for each hot function that it gets ready, and nothing stops it there. */
  #refuseStall(fn: Callable): void {
    const predicted = this.#pauses.readyMilliseconds;
    if (predicted <= this.#maxStallMilliseconds) return;
    this.#pauses.forgetCall(fn);
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
        return this.#pauses.evaluate(frame.callFrameId, job, left, throwOnSideEffect);
      } catch (error) {
        if (!(error instanceof PausedEvaluationTimeout) || this.#clock.now() - began < left) throw error;
        stopped = error;
      }
    }
  }
}
