import { join } from 'node:path';
import { isMainThread, parentPort } from 'node:worker_threads';
import { DEFAULT_DEBUGGER_MODE, type DebuggerMode } from '../../protocol/debugger-mode.ts';
import type { EarlyDebugger } from './application/debugger/early-debugger.ts';
import type { Engine } from './application/engine.ts';
import { after } from './application/entry-points.ts';
import { withOriginalIntrinsics } from './application/original-intrinsics.ts';
import { IdleConnection } from './idle/idle-connection.ts';
import { permissionsMissing } from './idle/permission-model.ts';
import { describeProcess } from './idle/process-info.ts';

/**
 * What enters every process: loaded by `--require`, or by the agent through the inspector. Costs nothing at rest but one
 * idle socket; the engine beside this file is loaded when the first probe arrives. Without DAVYLAMP_RUN it does nothing
 * until it is told to start, and is gone again when the directory is that it was told of.
 *
 * `--require` reaches worker threads too, each of which is an instance of its own. Those that it does not reach, or that do not
 * get to connect, are started by the runtime of the main thread, once that has a probe.
 */

export interface StartOptions {
  /** Directory that the agent shares. */
  readonly run: string;
  readonly container?: string;
  /** For so long the program may stand before and while it loads, until its probes are placed; 0 unless it is started for them. */
  readonly holdMilliseconds?: number;
  /** With the first probe, if it is not said. */
  readonly debugger?: DebuggerMode;
}

/** How long a process stays without a worker after one failed, so a broken one cannot be started over and over. */
const AFTER_FAILURE_MILLISECONDS = 5000;

/**
 * How long a worker thread lives before it connects: one that ends sooner is not worth an engine, and pools that start
 * thousands pay for one timer.
 */
const THREAD_MILLISECONDS = 500;

const ENGINE = 'engine.cjs';
const DEBUGGER = 'early-debugger.cjs';

let started = false;
let startedFor = '';
let startEngine: () => void = () => {};

/**
 * Connects to the agent, until its directory is gone. Never throws.
 * @returns whether it is connected to the agent of that directory, or will be; false while it is to another one.
 */
export function start(options: StartOptions): boolean {
  begin(options, () => {
    started = false;
    // Whoever comes next brings files of their own version.
    for (const file of [__filename, join(__dirname, ENGINE), join(__dirname, DEBUGGER)])
      Reflect.deleteProperty(require.cache, file);
  });
  return startedFor === options.run;
}

/**
 * Starts the engine of a worker thread at once, whether or not the thread has connected by itself: one that stands in
 * `Atomics.wait` never reads what the agent says. Never throws.
 */
export function startInThread(options: StartOptions & { readonly isAttached: boolean }): void {
  if (!started) (options.isAttached ? start : begin)(options);
  startEngine();
}

/** @param onGone without it the directory may come back, as it does when the agent of a pod starts anew. */
function begin(options: StartOptions, onGone?: () => void): void {
  if (started) return;
  started = true;
  startedFor = options.run;
  try {
    const process = describeProcess(options.container);
    const { debugger: mode = 'OnDemand' } = options;
    let isRunning = false;
    let engine: Engine | undefined;
    let { holdMilliseconds = 0 } = options;
    let early: EarlyDebugger | undefined;
    // Loaded by path, so nothing of it is in memory before it is needed.
    const openDebugger = (): EarlyDebugger => {
      if (early !== undefined) return early;
      early = withOriginalIntrinsics(() => {
        const { EarlyDebugger: EarlyClass }: typeof import('./application/debugger/early-debugger.ts') = require(
          join(__dirname, DEBUGGER),
        );
        return new EarlyClass();
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
          const { Engine: EngineClass }: typeof import('./application/engine.ts') = require(join(__dirname, ENGINE));
          engine ??= new EngineClass({
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
    startEngine = () => {
      if (isRunning || permissionsMissing() !== undefined) return;
      connection.stop(true);
      onWanted();
    };
    if (mode === 'AtStart') {
      try {
        openDebugger();
      } catch {
        // Then it is opened with the first probe.
      }
    }
    // Where the engine cannot be, the connection says so.
    if (holdMilliseconds > 0 && permissionsMissing() === undefined) onWanted();
    else connection.start();
  } catch {
    // Nothing may reach the application, and without a connection there is nobody to tell.
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
// Threads of Node.js itself, such as the one of module hooks, have no port.
if (run && (isMainThread || parentPort !== null)) {
  // The debugger of worker threads is enabled with their first probe.
  const early = isMainThread ? mode : 'OnDemand';
  if (isMainThread || holdMilliseconds > 0) begin({ run, container, holdMilliseconds, debugger: early });
  else after(THREAD_MILLISECONDS, () => begin({ run, container }));
}
