import type { Debugger } from 'node:inspector';
import { Bucket } from './budget.ts';
import type { DebuggerSession } from './debugger-session.ts';
import type { Callable } from './guard-intrinsics.ts';
import { GLOBAL_KEY } from './messages.ts';
import { DOORBELL, PAUSING } from './shared-memory.ts';

/** Pauses of one process per second, over all probes: each stops the thread for about a millisecond. */
const PAUSES_PER_SECOND = 20;
/** What may be done in one pause; stopping an evaluation and going on take up to 2 ms more. */
export const PAUSE_MILLISECONDS = 8;

export class EvaluationTimeout extends Error {}
export class SideEffectRefused extends Error {}
/** A checked call threw what the application's function threw. */
export class ThrownByCall extends Error {}

/** What is done with the thread standing; its cost is charged by whoever asked. */
export type PauseWork = (pause: Pause) => void;

/** Stops the thread at a hit, hands the frames to whoever asked, and always lets it go on. */
export class Pauser {
  readonly #debugger: DebuggerSession;
  readonly #control: Int32Array;
  readonly #now: () => number;
  readonly #bucket: Bucket;
  #wanted: PauseWork[] = [];
  #grabbed: unknown;
  #job: (() => unknown) | undefined;

  constructor(session: DebuggerSession, control: Int32Array, now: () => number) {
    this.#debugger = session;
    this.#control = control;
    this.#now = now;
    this.#bucket = new Bucket(PAUSES_PER_SECOND, now());
  }

  /** @returns 'paused' when the condition that is running has to be true; else why there is no pause. */
  request(work: PauseWork): 'paused' | 'RuntimeBusyDebugger' | 'RateLimited' {
    if (this.#debugger.busy) return 'RuntimeBusyDebugger';
    if (!this.#bucket.take(1, this.#now())) return 'RateLimited';
    // Announced before looking: the worker does the same the other way round, so never both go on.
    Atomics.store(this.#control, PAUSING, 1);
    if (Atomics.load(this.#control, DOORBELL) === 1) {
      if (this.#wanted.length === 0) Atomics.store(this.#control, PAUSING, 0);
      return 'RuntimeBusyDebugger';
    }
    this.#wanted.push(work);
    return 'paused';
  }

  /** V8 did not pause although it was asked to: forget it. */
  dropStale(): void {
    if (this.#wanted.length === 0) return;
    this.#wanted = [];
    Atomics.store(this.#control, PAUSING, 0);
  }

  /** Called by V8's notification, inside the pause. A pause that nobody asked for ends at once. */
  onPaused(event: Debugger.PausedEventDataType): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    try {
      for (const work of wanted) {
        try {
          work(new Pause(event, this.#debugger, this, this.#now));
        } catch {
          // The work counts its own failures; here only the way back to the application matters.
        }
      }
    } finally {
      this.#debugger.resume();
      Atomics.store(this.#control, PAUSING, 0);
    }
  }

  /** Behind the key of globalThis: takes what the debugger hands over. */
  grab(value: unknown): void {
    this.#grabbed = value;
  }

  /** Behind the key of globalThis: what the debugger evaluates. */
  run(): unknown {
    return this.#job?.();
  }

  /** @returns the raw object behind an id of the debugger. */
  objectOf(objectId: string): unknown {
    this.#grabbed = undefined;
    this.#debugger.callOn(objectId, `function(){globalThis[${JSON.stringify(GLOBAL_KEY)}].grab(this)}`);
    const grabbed = this.#grabbed;
    this.#grabbed = undefined;
    return grabbed;
  }

  /** Evaluates a job in a frame under the debugger's control; jobs nest. */
  evaluate(callFrameId: string, job: () => unknown, timeout: number, throwOnSideEffect: boolean): unknown {
    const outer = this.#job;
    this.#job = job;
    let outcome: ReturnType<DebuggerSession['evaluate']>;
    try {
      const expression = `globalThis[${JSON.stringify(GLOBAL_KEY)}].run()`;
      outcome = this.#debugger.evaluate(callFrameId, expression, timeout, throwOnSideEffect);
    } catch {
      throw new EvaluationTimeout(`stopped after ${Math.round(timeout)} ms`);
    } finally {
      this.#job = outer;
    }
    if (outcome.thrown !== undefined) {
      const text = outcome.thrown.split('\n', 1)[0] ?? '';
      if (text.includes('Possible side-effect')) {
        throw new SideEffectRefused('the call could change the program');
      }
      throw new ThrownByCall(text.replace(/^Uncaught /, ''));
    }
    return outcome.objectId === undefined ? outcome.value : this.objectOf(outcome.objectId);
  }
}

/** The thread, standing. */
export class Pause {
  readonly frames: readonly Debugger.CallFrame[];
  /** Value of the clock at which everything has to be done. */
  readonly deadline: number;
  readonly #debugger: DebuggerSession;
  readonly #pauser: Pauser;
  readonly #now: () => number;

  constructor(event: Debugger.PausedEventDataType, session: DebuggerSession, pauser: Pauser, now: () => number) {
    this.frames = event.callFrames;
    this.#debugger = session;
    this.#pauser = pauser;
    this.#now = now;
    this.deadline = now() + PAUSE_MILLISECONDS;
  }

  objectOf(objectId: string): unknown {
    return this.#pauser.objectOf(objectId);
  }

  /** @returns the URL of the frame's script; of Node.js itself it starts with `node:`. */
  urlOf(frame: Debugger.CallFrame): string {
    return this.#debugger.urlOf(frame.location.scriptId);
  }

  get returnValue(): unknown {
    const returned = this.frames[0]?.returnValue;
    if (returned === undefined) return undefined;
    return returned.objectId === undefined ? returned.value : this.objectOf(returned.objectId);
  }

  /** Runs a job that may use what V8 has to bound: stopped when time is up. */
  runBounded<T>(job: () => T): T | undefined {
    let outcome: { readonly result: T } | { readonly error: unknown } | undefined;
    this.#evaluate(() => {
      // The debugger would make a text of what is thrown.
      try {
        outcome = { result: job() };
      } catch (error) {
        outcome = { error };
      }
    }, false);
    const ended = outcome as { readonly result: T } | { readonly error: unknown } | undefined;
    if (ended !== undefined && 'error' in ended) throw ended.error;
    return ended?.result;
  }

  /** Runs a function of the application under V8's side-effect check. */
  readonly checkedCall = (fn: Callable, self: unknown, args: unknown[]): unknown =>
    this.#evaluate(() => Reflect.apply(fn, self, args), true);

  #evaluate(job: () => unknown, throwOnSideEffect: boolean): unknown {
    const [frame] = this.frames;
    const left = this.deadline - this.#now() - 1;
    if (frame === undefined || left <= 0) throw new EvaluationTimeout('no time was left');
    return this.#pauser.evaluate(frame.callFrameId, job, left, throwOnSideEffect);
  }
}
