import { Readable } from 'node:stream';
import { MessageChannel, MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { ProcessInfo } from '../../../protocol/state.ts';
import type { CommandEnvelope } from '../channel/commands.ts';
import {
  ACTIVE,
  createControl,
  EXITING,
  FLUSHED,
  INTERRUPTING,
  OUTSTANDING,
  SEQUENCE,
} from '../channel/control-block.ts';
import { GLOBAL_KEY } from '../channel/global-key.ts';
import type { Notice } from '../channel/notices.ts';
import type { WorkerStart } from '../channel/worker-start.ts';
import { workerText } from '../idle/load-text.ts';
import { ThreadClock } from './budget/thread-clock.ts';
import { CommandDispatch } from './command-dispatch.ts';
import { CapturedScopes } from './debugger/captured-scopes.ts';
import { DebuggerSession } from './debugger/debugger-session.ts';
import type { EarlyDebugger } from './debugger/early-debugger.ts';
import { PauseScheduler } from './debugger/pause-scheduler.ts';
import { Stalls } from './debugger/stalls.ts';
import { atExit, guarded, guardedHit, onEvent, onMessage } from './entry-points.ts';
import { apply, atomicLoad, atomicStore, defineHidden, ownProperty } from './guard/intrinsics.ts';
import { Proofs } from './guard/proven/proofs.ts';
import { breakpoints } from './placement/breakpoint/breakpoints.ts';
import { Placements } from './placement/placements.ts';
import { ProbeRegistry } from './probe-registry.ts';
import { Hold } from './startup-hold.ts';

export interface EngineOptions {
  readonly run: string;
  readonly process: ProcessInfo;
  readonly workerFile: string;
  readonly debugger: EarlyDebugger;
  readonly isAttached: boolean;
}

/** Milliseconds that the end of the process waits at most for results that are not written out yet. */
const EXIT_MILLISECONDS = 100;
/** The same in a program that was started for its probes (`davylamp local`), whose last states have to be written out too. */
const HELD_EXIT_MILLISECONDS = 2000;

/** The application may replace it later. */
const { postMessage, close: closePort } = MessagePort.prototype;
const { unref: unrefWorker } = Worker.prototype;
const { destroy: destroyStream } = Readable.prototype;
const { deleteProperty } = Reflect;
const { wait: atomicWait } = Atomics;

/**
 * The part of the runtime on the application's own thread, from the first probe to the last: starts the worker, does what
 * only this thread can (debugger, hits), and leaves nothing behind when it stops.
 */
export class Engine {
  readonly #options: EngineOptions;
  /** Each worker has a control block of its own: an earlier worker may still write to its own when the next one has begun. */
  #control = createControl();
  readonly #clock = new ThreadClock();
  readonly #debugger: DebuggerSession;
  readonly #hold: Hold;
  readonly #pauses: PauseScheduler;
  readonly #scopes: CapturedScopes;
  readonly #proofs: Proofs;
  readonly #placements: Placements;
  readonly #probes: ProbeRegistry;
  readonly #commands: CommandDispatch;
  readonly #shown: object;
  #port: MessagePort | undefined;
  #worker: Worker | undefined;
  #onEnd: (failed: boolean) => void = () => {};
  #leaveExit: () => void = () => {};
  #isStartedForProbes = false;
  #isInterrupted = false;

  constructor(options: EngineOptions) {
    const clock = this.#clock;
    const notify = (notice: Notice) => this.#notify(notice);
    const { connection, catalog } = options.debugger;
    this.#options = options;
    const stalls = new Stalls(options.debugger, clock, options.isAttached);
    this.#debugger = new DebuggerSession(connection, {
      onPaused: (event) => {
        if (!exceptions.onPaused(event)) this.#pauses.onPaused(event);
      },
    });
    this.#pauses = new PauseScheduler(this.#debugger, this.#control, clock, stalls);
    this.#hold = new Hold(this.#debugger, this.#control, () => this.#readCommands(), notify, clock.now);
    this.#scopes = new CapturedScopes(this.#debugger, (ids) => this.#pauses.evaluation.objectsOf(ids));
    this.#proofs = new Proofs(notify, this.#scopes, clock.now);
    const { placement, exceptions } = breakpoints(this.#debugger, connection, this.#pauses, stalls, clock, notify);
    this.#placements = new Placements([placement]);
    this.#probes = new ProbeRegistry(this.#control, {
      placements: this.#placements,
      proofs: this.#proofs,
      clock,
      wallClock: Date.now,
      notify,
      refuse: (milliseconds, allowed) => stalls.refuse(milliseconds, allowed),
    });
    this.#commands = new CommandDispatch({
      placements: this.#placements,
      probes: this.#probes,
      catalog,
      session: this.#debugger,
      stalls,
      clock,
      proofs: this.#proofs,
      notify,
      onScripts: (scripts) => {
        this.#hold.onScript();
        notify({ type: 'scripts', scripts });
      },
      removeAll: () => this.#removeAll(),
    });
    this.#shown = this.#hidden();
  }

  /**
   * @param onEnd called once when all probes are out of the process again; `failed` means that the process should stay without a
   *   worker for a while.
   * @param holdMilliseconds for which the program may stand until its probes are placed.
   * @throws when no worker can be started.
   */
  start(onEnd: (failed: boolean) => void, holdMilliseconds = 0): void {
    if (this.#worker !== undefined) this.#stop();
    this.#onEnd = onEnd;
    this.#renewControl();
    const { port1, port2 } = new MessageChannel();
    const workerData: WorkerStart = {
      control: this.#control,
      counters: this.#probes.quotas.counters,
      placements: this.#placements.offers,
      run: this.#options.run,
      hello: this.#options.process,
      directory: process.cwd(),
      isAttached: this.#options.isAttached,
    };
    atomicStore(this.#control, ACTIVE, 1);
    const worker = new Worker(workerText(this.#options.workerFile), {
      eval: true,
      workerData: { ...workerData, port: port2 },
      transferList: [port2],
      name: 'davylamp',
      execArgv: [],
      env: {},
      // What Node.js writes in the worker, a warning for example, must not mix with the application's output.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    this.#worker = worker;
    this.#port = port1;
    onEvent(worker, 'error', () => this.#ended(worker));
    onEvent(worker, 'exit', () => this.#ended(worker));
    // With the first data of a stream that can be read, Node.js would keep the process alive until the worker has ended.
    apply(destroyStream, worker.stdout, []);
    apply(destroyStream, worker.stderr, []);
    onMessage(port1, (envelope: CommandEnvelope) => this.#handle(envelope));
    apply(unrefWorker, worker, []);
    defineHidden(globalThis, GLOBAL_KEY, this.#shown);
    this.#leaveExit = atExit(() => this.#beforeExit());
    this.#isStartedForProbes = holdMilliseconds > 0;
    if (holdMilliseconds > 0) this.#hold.start(holdMilliseconds, `globalThis[${JSON.stringify(GLOBAL_KEY)}]?.held()`);
  }

  #renewControl(): void {
    const before = this.#control;
    this.#control = createControl();
    this.#control[SEQUENCE] = before[SEQUENCE] ?? 0;
    this.#pauses.control = this.#control;
    this.#probes.control = this.#control;
    this.#hold.control = this.#control;
  }

  /** The object under the runtime's key of globalThis: what code of placements, evaluations in pauses and the worker's interrupt call. */
  #hidden(): object {
    return {
      ...this.#placements.entries,
      subject: (): unknown => this.#scopes.subject,
      receive: guarded((values: unknown[]): void => this.#pauses.evaluation.receive(values)),
      run: (): unknown => this.#pauses.evaluation.run(),
      readCommands: guarded(() => this.#readCommands()),
      held: guardedHit((): boolean => {
        // A script that is compiled while a command is carried out belongs to the runtime, not to the program.
        if (!this.#commands.isBusy) this.#hold.beforeFile();
        return false;
      }),
    };
  }

  /** Called by the worker's interrupt: reads the commands that wait, since the application does not return to its event loop. */
  #readCommands(): void {
    if (this.#commands.isBusy || this.#port === undefined) return;
    this.#isInterrupted = true;
    try {
      for (;;) {
        const port = this.#port;
        const received = port === undefined ? undefined : receiveMessageOnPort(port);
        if (received === undefined) break;
        this.#handle(received.message);
      }
    } finally {
      this.#isInterrupted = false;
    }
  }

  #handle(envelope: CommandEnvelope): void {
    if (this.#commands.isBusy) return;
    this.#commands.handle(envelope, this.#isInterrupted);
    const { command } = envelope;
    if (command.type === 'end') this.#stop(command.refused);
  }

  #removeAll(): void {
    this.#hold.stop();
    this.#probes.clear();
    this.#placements.clear();
    this.#options.debugger.catalog.stopListening();
    this.#debugger.disable();
  }

  #notify(notice: Notice): void {
    const port = this.#port;
    if (port !== undefined) apply(postMessage, port, [notice]);
  }

  #beforeExit(): void {
    // Set before reading the other flag, as the worker sets INTERRUPTING before it reads EXITING: so one of both sees the other.
    atomicStore(this.#control, EXITING, 1);
    const isInterrupting = atomicLoad(this.#control, INTERRUPTING) === 1;
    if (atomicLoad(this.#control, OUTSTANDING) === 0 && !isInterrupting && !this.#isStartedForProbes) return;
    this.#notify({ type: 'exit' });
    atomicWait(this.#control, FLUSHED, 0, this.#isStartedForProbes ? HELD_EXIT_MILLISECONDS : EXIT_MILLISECONDS);
  }

  #ended(worker: Worker): void {
    if (this.#worker === worker) this.#stop(true);
  }

  /** Takes all probes and the worker's port out of the process. */
  #stop(failed = false): void {
    atomicStore(this.#control, ACTIVE, 0);
    this.#worker = undefined;
    const onEnd = this.#onEnd;
    this.#onEnd = () => {};
    try {
      this.#proofs.reset();
      this.#removeAll();
      // The key is left alone where the application has put something of its own there.
      const shown = ownProperty(globalThis, GLOBAL_KEY);
      if (shown?.isAccessor === false && shown.value === this.#shown) deleteProperty(globalThis, GLOBAL_KEY);
      this.#leaveExit();
      if (this.#port !== undefined) apply(closePort, this.#port, []);
    } finally {
      this.#port = undefined;
      if (this.#isInterrupted) void whenEnded(() => onEnd(failed));
      else onEnd(failed);
    }
  }
}

/** Does the work when what the thread is doing has ended: in the middle of it, nothing of Node.js may be used that the code itself may be using. */
async function whenEnded(work: () => void): Promise<void> {
  await null;
  guarded(work)();
}
