import { GLOBAL_KEY, RUNTIME } from '../../channel/global-key.ts';
import { max, round } from '../guard/intrinsics.ts';
import type { DebuggerSession } from './debugger-session.ts';
import { PausedEvaluationTimeout, PausedSideEffect, ThrownByCall } from './pause-errors.ts';

/** Reading elements that have no effects is stopped after this long, as every other work of a pause is. */
const READ_MILLISECONDS = 8;

const RECEIVE_HERE = `${RUNTIME}.receive`;
const RUN = `${RUNTIME}.run()`;
const RECEIVE = `function(...all){globalThis[${JSON.stringify(GLOBAL_KEY)}].receive(all)}`;

/**
 * Evaluates in a frame of the paused thread, and brings raw values over from the debugger: V8 hands them to a function of the runtime
 * behind the key of globalThis, since the protocol itself has only texts.
 */
export class PausedEvaluation {
  readonly #debugger: DebuggerSession;
  #received: readonly unknown[] = [];
  #job: (() => unknown) | undefined;

  constructor(session: DebuggerSession) {
    this.#debugger = session;
  }

  /** Behind the key of globalThis: takes what the debugger hands over. */
  receive(values: readonly unknown[]): void {
    this.#received = values;
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
    this.#debugger.evaluate(callFrameId, `${RECEIVE_HERE}([${elements}])`, READ_MILLISECONDS, false);
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
