import { GLOBAL_KEY, RUNTIME } from '../../channel/global-key.ts';
import { max, round } from '../guard/intrinsics.ts';
import type { DebuggerSession } from './debugger-session.ts';
import { PausedEvaluationTimeout, PausedSideEffect, ThrownByCall } from './pause-errors.ts';

/** Milliseconds after which reading elements is stopped: as much as one pause may work. */
const READ_MILLISECONDS = 8;

const RECEIVE_HERE = `${RUNTIME}.receive`;
const RUN = `${RUNTIME}.run()`;
const RECEIVE = `function(...all){globalThis[${JSON.stringify(GLOBAL_KEY)}].receive(all)}`;

/**
 * Evaluates in a frame of the paused thread, and gets raw values from the debugger. The inspector's protocol carries only JSON, so V8
 * is told to pass the values to a function of the runtime, which it finds under the runtime's key of globalThis.
 */
export class PausedEvaluation {
  readonly #debugger: DebuggerSession;
  #received: readonly unknown[] = [];
  #job: (() => unknown) | undefined;

  constructor(session: DebuggerSession) {
    this.#debugger = session;
  }

  /** Called through the runtime's key of globalThis: takes the values that the debugger passes. */
  receive(values: readonly unknown[]): void {
    this.#received = values;
  }

  /** Called through the runtime's key of globalThis: runs the job that the debugger evaluates. */
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

  /** @param elements source between the brackets of an array literal, without effects. @returns their values in the frame. */
  elementsIn(callFrameId: string, elements: string): readonly unknown[] {
    this.#received = [];
    this.#debugger.evaluate(callFrameId, `${RECEIVE_HERE}([${elements}])`, READ_MILLISECONDS, false);
    const received = this.#received;
    this.#received = [];
    return received;
  }

  /** Runs a job by an evaluation of the debugger in a frame, so that V8 can stop it; jobs nest. @param timeout milliseconds. */
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
    // Errors of the job are in its box, so here V8 itself has ended the call.
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
 * The debugger describes every result as a text, which takes seconds for a long string and may read properties of an object.
 * So everything but short primitives is put into an object of the runtime.
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
