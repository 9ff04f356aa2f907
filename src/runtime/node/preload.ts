import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort } from 'node:worker_threads';
import { DEFAULT_DEBUGGER_MODE, type DebuggerMode } from '../../protocol/debugger-mode.ts';
import type { EarlyDebugger } from './application/debugger/early-debugger.ts';
import type { Engine } from './application/engine.ts';
import { after } from './application/entry-points.ts';
import { defineHidden } from './application/guard/intrinsics.ts';
import { withOriginalIntrinsics } from './application/original-intrinsics.ts';
import { IdleConnection } from './idle/idle-connection.ts';
import { loadPart } from './idle/load-part.ts';
import { RUNTIME_KEY } from './idle/load-text.ts';
import { permissionsMissing } from './idle/permission-model.ts';
import { describeProcess } from './idle/process-info.ts';

/**
 * The part of the runtime in every process: loaded by `--require`, or by the agent through the inspector. At rest it costs one idle
 * socket; the engine beside this file is loaded when the first probe arrives. Without DAVYLAMP_RUN it does nothing until `start` is
 * called, and unloads itself when the directory that it was given is removed, or nobody listens there any more.
 *
 * `--require` loads it in worker threads too, each of which is an instance of its own. In threads where it is not loaded, or that
 * do not get to connect, the runtime of the main thread starts it, once that has a probe.
 */

export interface StartOptions {
  /** Directory that the agent shares. */
  readonly run: string;
  readonly container?: string;
  /** Milliseconds for which the program may stand until its probes are placed; 0 unless it is started for them. */
  readonly holdMilliseconds?: number;
  /** When the debugger is enabled; with the first probe unless given. */
  readonly debugger?: DebuggerMode;
}

/** Milliseconds that a process stays without a worker after one failed, so that a broken one is not started over and over. */
const AFTER_FAILURE_MILLISECONDS = 5000;

/**
 * Milliseconds that a worker thread runs before it connects: one that ends sooner is not worth an engine, and in pools that start
 * thousands of them each only costs a timer.
 */
const THREAD_MILLISECONDS = 500;

const ENGINE = 'engine.cjs';
const DEBUGGER = 'early-debugger.cjs';

/** The application may replace them later. */
const isThere = existsSync;
const { deleteProperty } = Reflect;

let started = false;
let startedFor = '';
let startEngine: () => void = () => {};
let leaveIfGone: () => boolean = () => false;

/**
 * Connects to the agent, again and again until the agent has gone. Never throws.
 * @returns whether the process is, or will be, connected to the agent of that directory; false while it is connected to another one.
 */
export function start(options: StartOptions): boolean {
  begin(options, () => {
    started = false;
    // The next agent brings files of its own version, and must not find this one.
    if (held()?.start === start) deleteProperty(globalThis, RUNTIME_KEY);
  });
  return startedFor === options.run;
}

/**
 * Starts the engine of a worker thread at once, whether or not the thread has connected by itself: a thread that waits in
 * `Atomics.wait` never reads the agent's messages.
 * @throws where the thread is connected to another agent, so that it is asked again later.
 */
export function startInThread(options: StartOptions & { readonly isAttached: boolean }): void {
  if (!started) (options.isAttached ? start : begin)(options);
  if (startedFor !== options.run) throw new Error('the thread is connected to another agent');
  startEngine();
}

/**
 * Unloads the runtime at once if the directory of its agent is gone, which it notices by itself only when it connects.
 * @returns whether the runtime has unloaded itself.
 */
export function leave(): boolean {
  return leaveIfGone();
}

/** What of the runtime is in this thread, for who would load it a second time. */
interface Held {
  readonly start: typeof start;
  readonly startInThread: typeof startInThread;
  readonly leave: typeof leave;
}

function held(): Held | undefined {
  return (globalThis as { [RUNTIME_KEY]?: Held })[RUNTIME_KEY];
}

/** @param onGone called when the directory is removed; without it the directory may come back, as when the agent of a pod restarts. */
function begin(options: StartOptions, onGone?: () => void): void {
  if (started) return;
  started = true;
  startedFor = options.run;
  try {
    defineHidden(globalThis, RUNTIME_KEY, { start, startInThread, leave } satisfies Held);
    const process = describeProcess(options.container);
    const { debugger: mode = 'OnDemand' } = options;
    let isRunning = false;
    let engine: Engine | undefined;
    let { holdMilliseconds = 0 } = options;
    let early: EarlyDebugger | undefined;
    const openDebugger = (): EarlyDebugger => {
      if (early !== undefined) return early;
      early = withOriginalIntrinsics(() => {
        const part = loadPart(join(__dirname, DEBUGGER)) as typeof import('./application/debugger/early-debugger.ts');
        return new part.EarlyDebugger();
      });
      early.start(mode);
      return early;
    };
    const onWanted = (): void => {
      if (isRunning) return;
      isRunning = true;
      try {
        const debuggerOfThread = openDebugger();
        const holds = holdMilliseconds;
        holdMilliseconds = 0;
        const onEnd = (failed: boolean): void => {
          isRunning = false;
          if (!failed) connection.start();
          else after(AFTER_FAILURE_MILLISECONDS, () => connection.start());
        };
        withOriginalIntrinsics(() => {
          engine ??= new (loadPart(join(__dirname, ENGINE)) as typeof import('./application/engine.ts')).Engine({
            run: options.run,
            process,
            workerFile: join(__dirname, 'worker.cjs'),
            debugger: debuggerOfThread,
            isAttached: onGone !== undefined,
          });
          engine.start(onEnd, holds);
        });
      } catch {
        isRunning = false;
        after(AFTER_FAILURE_MILLISECONDS, () => connection.start());
      }
    };
    const connection = new IdleConnection(options.run, process, onWanted, onGone);
    leaveIfGone = () => {
      if (onGone === undefined || isRunning || isThere(options.run)) return false;
      connection.stop(false);
      onGone();
      return true;
    };
    startEngine = () => {
      if (isRunning || permissionsMissing() !== undefined) return;
      connection.stop(true);
      onWanted();
    };
    if (mode === 'AtStart') {
      try {
        openDebugger();
      } catch {
        // The debugger is opened with the first probe instead.
      }
    }
    // Where permissions for the engine are missing, the connection reports that.
    if (holdMilliseconds > 0 && permissionsMissing() === undefined) onWanted();
    else connection.start();
  } catch {
    // Errors must not reach the application, and without a connection they cannot be reported.
  }
}

const {
  DAVYLAMP_RUN: run,
  DAVYLAMP_CONTAINER: container,
  DAVYLAMP_HOLD: hold,
  DAVYLAMP_DEBUGGER: requested,
} = process.env;
const holdMilliseconds = Number(hold ?? 0);
const mode: DebuggerMode = requested === 'OnDemand' ? requested : DEFAULT_DEBUGGER_MODE;
// Threads of Node.js itself, such as that of module hooks, have no parentPort.
if (run && (isMainThread || parentPort !== null)) {
  // Also before it begins, since a thread that is asked to load the runtime must not load it twice.
  defineHidden(globalThis, RUNTIME_KEY, { start, startInThread, leave } satisfies Held);
  // The debugger of worker threads is enabled with their first probe.
  const early = isMainThread ? mode : 'OnDemand';
  if (isMainThread || holdMilliseconds > 0) begin({ run, container, holdMilliseconds, debugger: early });
  else after(THREAD_MILLISECONDS, () => begin({ run, container }));
}
