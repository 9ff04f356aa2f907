import { MessageChannel, MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { ProcessInfo } from '../../../protocol/state.ts';
import type { Command, CommandEnvelope, Placing } from '../channel/commands.ts';
import {
  ACTIVE,
  createControl,
  EXITING,
  FLUSHED,
  INTERRUPTING,
  OUTSTANDING,
  SEQUENCE,
} from '../channel/control-block.ts';
import { Counters, countersKey, keepLatest } from '../channel/counters.ts';
import { GLOBAL_KEY, RUNTIME } from '../channel/global-key.ts';
import type { Notice } from '../channel/notices.ts';
import type { ProbePlan } from '../channel/probe-plan.ts';
import type { Refusal } from '../channel/refusal.ts';
import type { ScriptInfo } from '../channel/script-info.ts';
import type { WorkerStart } from '../channel/worker-start.ts';
import { sampleHealth } from './budget/health-sample.ts';
import { ProcessBudget } from './budget/process-budget.ts';
import { ThreadClock } from './budget/thread-clock.ts';
import { CapturedScopes } from './debugger/captured-scopes.ts';
import { DebuggerSession } from './debugger/debugger-session.ts';
import type { EarlyDebugger } from './debugger/early-debugger.ts';
import { HIT_MILLISECONDS } from './debugger/pause.ts';
import { PauseScheduler } from './debugger/pause-scheduler.ts';
import { Stalls } from './debugger/stalls.ts';
import {
  apply,
  atomicLoad,
  atomicStore,
  defineHidden,
  mapDelete,
  mapGet,
  max,
  ownProperty,
} from './guard/intrinsics.ts';
import { Proofs } from './guard/proven/proofs.ts';
import { atExit, guarded, guardedHit, onEvent, onMessage } from './guarded-entries.ts';
import { BreakpointPlacement } from './placement/breakpoint/breakpoint.ts';
import { BreakpointOverhead } from './placement/breakpoint/breakpoint-overhead.ts';
import { ConditionGCPressure } from './placement/breakpoint/condition-gc-pressure.ts';
import { ExceptionWatch } from './placement/breakpoint/exceptions.ts';
import { WARM_UP_STEPS, WarmUp } from './placement/breakpoint/warm-up.ts';
import type { ScriptCatalog } from './placement/script-catalog.ts';
import { ArmedProbe } from './probe/armed-probe.ts';
import type { Expression } from './probe/evaluate-expression.ts';
import type { Keys } from './probe/function-probe.ts';
import type { ProbeContext } from './probe/probe-context.ts';
import { Hold } from './startup-hold.ts';

export interface EngineOptions {
  readonly run: string;
  readonly process: ProcessInfo;
  readonly workerFile: string;
  readonly debugger: EarlyDebugger;
  readonly isAttached: boolean;
}

/** The end of the process waits so long for results that are under way. */
const EXIT_MILLISECONDS = 100;
/** The same, and for how its probes stand, in a program that was started for them. */
const HELD_EXIT_MILLISECONDS = 2000;

/** The application may replace it later. */
const { postMessage, close: closePort } = MessagePort.prototype;
const { unref: unrefWorker } = Worker.prototype;
const { deleteProperty } = Reflect;
const { wait: atomicWait } = Atomics;

interface HitQuota {
  readonly generation: number;
  readonly remainingHits: number;
  readonly hitsBefore: number;
}

/**
 * The part of the runtime on the application's own thread, from the first probe to the last: starts the worker, does what
 * only this thread can (debugger, hits), and leaves nothing behind when it stops.
 */
export class Engine {
  readonly #options: EngineOptions;
  /** One for each worker: an earlier one may still write when the next has begun. */
  #control = createControl();
  /** Counters of the probes that were armed here, as many as are kept: they outlive the worker and the connection. */
  readonly #counters = new Map<string, SharedArrayBuffer>();
  readonly #hitQuotas = new Map<string, HitQuota>();
  readonly #probes = new Map<number, ArmedProbe>();
  readonly #clock = new ThreadClock();
  readonly #wallClock = Date.now;
  readonly #stalls: Stalls;
  readonly #catalog: ScriptCatalog;
  readonly #debugger: DebuggerSession;
  readonly #placement: BreakpointPlacement;
  readonly #hold: Hold;
  readonly #pauses: PauseScheduler;
  readonly #watch: ExceptionWatch;
  readonly #warmUp: WarmUp;
  readonly #scopes: CapturedScopes;
  readonly #proofs: Proofs;
  readonly #processBudget = new ProcessBudget(this.#clock.now());
  readonly #overhead: BreakpointOverhead;
  readonly #garbage = new ConditionGCPressure();
  #port: MessagePort | undefined;
  #worker: Worker | undefined;
  #onEnd: (failed: boolean) => void = () => {};
  readonly #shown = this.#hidden();
  #handling = false;
  #leaveExit: () => void = () => {};
  #isStartedForProbes = false;
  #isInterrupted = false;
  #enableStall = 0;
  #warmUpSteps = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#catalog = options.debugger.catalog;
    this.#debugger = new DebuggerSession(options.debugger.connection, {
      onPaused: (event) => {
        if (!this.#watch.onPaused(event)) this.#pauses.onPaused(event);
      },
    });
    this.#stalls = new Stalls(options.debugger, this.#clock);
    this.#placement = new BreakpointPlacement(this.#debugger, this.#stalls);
    this.#hold = new Hold(
      this.#debugger,
      this.#control,
      () => this.#readCommands(),
      (notice) => this.#notify(notice),
      this.#clock.now,
    );
    this.#overhead = new BreakpointOverhead(this.#debugger, this.#clock);
    this.#pauses = new PauseScheduler(this.#debugger, this.#control, this.#clock, this.#stalls);
    this.#watch = new ExceptionWatch(this.#debugger, this.#pauses, this.#clock);
    this.#scopes = new CapturedScopes(this.#debugger, (ids) => this.#pauses.evaluation.objectsOf(ids));
    this.#proofs = new Proofs((notice) => this.#notify(notice), this.#scopes, this.#clock.now);
    this.#warmUp = new WarmUp(this.#pauses, this.#overhead, this.#clock, (notice) => this.#notify(notice));
  }

  /**
   * @param onEnd called once when everything is out of the process again.
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
      counters: this.#counters,
      run: this.#options.run,
      hello: this.#options.process,
      directory: process.cwd(),
      isAttached: this.#options.isAttached,
    };
    atomicStore(this.#control, ACTIVE, 1);
    const worker = new Worker(this.#options.workerFile, {
      workerData: { ...workerData, port: port2 },
      transferList: [port2],
      name: 'davylamp',
      execArgv: [],
      env: {},
      // Its output never mixes with the application's.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    });
    this.#worker = worker;
    this.#port = port1;
    onEvent(worker, 'error', () => this.#ended(worker));
    onEvent(worker, 'exit', () => this.#ended(worker));
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
    this.#hold.control = this.#control;
  }

  /** What compiled conditions and the worker's interrupt call. */
  #hidden(): object {
    return {
      hit: guardedHit(
        (
          slot: number,
          site: number,
          condition: Expression | 0,
          values: Expression[],
          returned?: Expression | 0,
          keys?: Keys | 0,
        ): boolean => {
          this.#garbage.count();
          this.#pauses.dropStale(HIT_MILLISECONDS);
          return mapGet(this.#probes, slot)?.hit(site, condition, values, returned, keys) ?? false;
        },
      ),
      enter: guardedHit((slot: number, keys: Keys): boolean => {
        this.#garbage.count();
        return mapGet(this.#probes, slot)?.enter(keys) ?? false;
      }),
      leave: guardedHit((slot: number, keys: Keys): boolean => {
        this.#garbage.count();
        return mapGet(this.#probes, slot)?.leave(keys) ?? false;
      }),
      subject: (): unknown => this.#scopes.subject,
      receive: guarded((values: unknown[]): void => this.#pauses.evaluation.receive(values)),
      run: (): unknown => this.#pauses.evaluation.run(),
      readCommands: guarded(() => this.#readCommands()),
      held: guardedHit((): boolean => {
        // What is compiled to carry out a command is no file of the program.
        if (!this.#handling) this.#hold.beforeFile();
        return false;
      }),
    };
  }

  /** The worker interrupted the application because its messages were not read: read them now. */
  #readCommands(): void {
    if (this.#handling || this.#port === undefined) return;
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

  #handle({ id, command }: CommandEnvelope): void {
    if (this.#handling) return;
    this.#handling = true;
    try {
      this.#notify({ type: 'reply', id, answer: this.#carryOut(command) });
    } catch (error) {
      this.#notify({ type: 'reply', id, error: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#handling = false;
    }
    if (command.type === 'end') this.#stop(command.refused);
  }

  #carryOut(command: Command): unknown {
    switch (command.type) {
      case 'enable':
        return this.#enable(command.maxStallMilliseconds);
      case 'prepare':
        return this.#prepare(command.maxStallMilliseconds);
      case 'release':
        return this.#release(command.maxStallMilliseconds);
      case 'goOn':
        return this.#goOn(command.uid, command.again);
      case 'warmUp':
        return this.#warmUpStep();
      case 'possible':
        return this.#debugger.possibleBreakpoints(command.scriptId, command.start, command.end);
      case 'source':
        return (this.#catalog.originOf(command.scriptId) ?? this.#debugger).source(command.scriptId);
      case 'arm':
        return this.#arm(command.plan);
      case 'rearm':
        return this.#rearm(command.uid);
      case 'disarm':
        this.#disarm(command.uid);
        return undefined;
      case 'watch':
        this.#probeOf(command.uid)?.watch();
        return undefined;
      case 'settle':
        this.#probeOf(command.uid)?.settle(command.ticket, command.leaves);
        return undefined;
      case 'health':
        return { ...sampleHealth(), isInterrupted: this.#isInterrupted };
      case 'scopes':
        return this.#proofs.place(command.id, command.wanted);
      case 'proof':
        this.#proofs.settle(command.id, command.answer);
        return undefined;
      case 'disable':
      case 'end':
        this.#removeAll();
        return undefined;
    }
  }

  #enable(maxStallMilliseconds: number): Refusal | undefined {
    if (this.#debugger.enabled) return undefined;
    if (!this.#options.debugger.connection.enabled) {
      const refused = this.#stalls.refuse(this.#stalls.enableMilliseconds, maxStallMilliseconds);
      if (refused !== undefined) return refused;
      this.#enableStall = this.#stalls.enable(() => this.#options.debugger.connection.enable());
    }
    this.#debugger.enable();
    if (!this.#catalog.isHeard) this.#catalog.listen((scripts) => this.#tell(scripts));
    this.#warmUpSteps = 0;
    return undefined;
  }

  #tell(scripts: ScriptInfo[]): void {
    this.#hold.onScript();
    this.#notify({ type: 'scripts', scripts });
  }

  /** In a turn of the loop of its own: frees breakpoints of walks, if it can stand that long now; else each has one. */
  #prepare(maxStallMilliseconds: number): undefined {
    const predicted = this.#stalls.prepareMilliseconds;
    if (predicted === undefined || predicted > maxStallMilliseconds) return;
    try {
      this.#enableStall = max(this.#enableStall, this.#stalls.prepare());
    } catch {
      // Then each function's first breakpoint is a walk, and is foreseen as one.
    }
  }

  #warmUpStep(): boolean {
    if (!this.#debugger.enabled || this.#warmUpSteps >= WARM_UP_STEPS || !this.#pauses.isFree) return false;
    const started = this.#clock.moment();
    this.#warmUp.step(this.#warmUpSteps++);
    this.#pauses.dropStale();
    this.#enableStall = max(this.#enableStall, this.#clock.workedSince(started));
    return this.#warmUpSteps < WARM_UP_STEPS;
  }

  /** Brings back to speed what V8 was asked about, as long as the process may stand. @returns whether there is more. */
  #release(maxStallMilliseconds: number): boolean {
    const each = this.#stalls.functionMilliseconds;
    const started = this.#clock.now();
    do {
      if (each > maxStallMilliseconds || !this.#debugger.settleNext()) return false;
    } while (this.#clock.now() - started + each <= maxStallMilliseconds);
    return true;
  }

  #arm(plan: ProbePlan): Placing {
    const { uid, generation, limits, kind } = plan.probe;
    this.#disarm(uid);
    if (kind === 'Snapshot' && this.#debugger.busy) {
      return { reason: 'RuntimeBusyDebugger', message: 'the inspector of the process is open, so it is not paused' };
    }
    const refused = this.#stalls.refuse(this.#placement.predictStallMilliseconds(), limits.maxStallMilliseconds);
    if (refused !== undefined) return refused;
    this.#remember(plan);
    const counters = new Counters(plan.counters);
    const known = mapGet(this.#hitQuotas, uid);
    if (known?.generation !== generation || known.remainingHits !== limits.remainingHits) {
      const { remainingHits } = limits;
      this.#hitQuotas.set(uid, { generation, remainingHits, hitsBefore: counters.counted });
    }
    const probe = new ArmedProbe(plan, this.#context(uid, counters));
    this.#probes.set(plan.slot, probe);
    this.#shareBudget();
    counters.stalled(this.#enableStall);
    this.#enableStall = 0;
    return this.#goOn(uid, false);
  }

  /** Puts a suspended probe back. @returns milliseconds to wait more, or how far it got. */
  #rearm(uid: string): number | Placing {
    const wait = this.#processBudget.postponement(uid, this.#clock.now());
    return wait > 0 ? wait : this.#goOn(uid, true);
  }

  /** Places as many sites as the process may stand for in this turn of its loop, at least one. */
  #goOn(uid: string, again: boolean): Placing {
    const probe = this.#probeOf(uid);
    if (probe === undefined || probe.isPlaced) return undefined;
    const { maxStallMilliseconds } = probe.plan.probe.limits;
    const started = this.#clock.now();
    const each = this.#placement.predictStallMilliseconds();
    try {
      const refused = this.#stalls.refuse(each, maxStallMilliseconds);
      if (refused !== undefined) {
        probe.remove(again);
        if (!again) this.#disarm(uid);
        return refused;
      }
      const mayGoOn = () =>
        this.#clock.now() - started + this.#placement.predictStallMilliseconds() <= maxStallMilliseconds;
      return probe.place(this.#placement, RUNTIME, again, mayGoOn) ? undefined : 'more';
    } catch (error) {
      if (!again) this.#disarm(uid);
      throw error;
    }
  }

  #remember({ probe, counters }: ProbePlan): void {
    const armed = [...this.#probes.values()].map(({ plan }) => plan.probe);
    const keys = new Set(armed.map(countersKey));
    const uids = new Set(armed.map(({ uid }) => uid));
    this.#counters.set(countersKey(probe), counters);
    keepLatest(this.#counters, (key) => keys.has(key));
    keepLatest(this.#hitQuotas, (uid) => uids.has(uid));
  }

  #shareBudget(): void {
    const limits = [...this.#probes.values()].map(({ plan }) => plan.probe.limits.cpuMillisecondsPerSecond);
    this.#processBudget.resize(limits, this.#clock.now());
  }

  #context(uid: string, counters: Counters): ProbeContext {
    return {
      control: this.#control,
      pauses: this.#pauses,
      proofs: this.#proofs,
      clock: this.#clock,
      wallClock: this.#wallClock,
      notify: (notice) => this.#notify(notice),
      overhead: this.#overhead,
      watch: this.#watch,
      processBudget: this.#processBudget,
      remainingHits: () => {
        const quota = mapGet(this.#hitQuotas, uid);
        return quota === undefined ? 0 : quota.remainingHits - (counters.counted - quota.hitsBefore);
      },
    };
  }

  #probeOf(uid: string): ArmedProbe | undefined {
    for (const probe of this.#probes.values()) if (probe.plan.probe.uid === uid) return probe;
    return undefined;
  }

  #disarm(uid: string): void {
    for (const [slot, probe] of this.#probes) {
      if (probe.plan.probe.uid !== uid) continue;
      probe.remove();
      mapDelete(this.#probes, slot);
    }
    try {
      this.#shareBudget();
    } catch {
      // The application has broken what that takes; the probe is out all the same.
    }
  }

  #removeAll(): void {
    this.#hold.stop();
    this.#watch.forget();
    this.#probes.clear();
    this.#placement.clear();
    this.#catalog.stopListening();
    this.#debugger.disable();
    this.#garbage.clear();
  }

  #notify(notice: Notice): void {
    const port = this.#port;
    if (port !== undefined) apply(postMessage, port, [notice]);
  }

  #beforeExit(): void {
    // In this order: the worker announces first, and looks then.
    atomicStore(this.#control, EXITING, 1);
    const isRung = atomicLoad(this.#control, INTERRUPTING) === 1;
    if (atomicLoad(this.#control, OUTSTANDING) === 0 && !isRung && !this.#isStartedForProbes) return;
    this.#notify({ type: 'exit' });
    atomicWait(this.#control, FLUSHED, 0, this.#isStartedForProbes ? HELD_EXIT_MILLISECONDS : EXIT_MILLISECONDS);
  }

  #ended(worker: Worker): void {
    if (this.#worker === worker) this.#stop(true);
  }

  /** Takes everything out of the process. */
  #stop(failed = false): void {
    atomicStore(this.#control, ACTIVE, 0);
    this.#worker = undefined;
    const onEnd = this.#onEnd;
    this.#onEnd = () => {};
    try {
      this.#proofs.reset();
      this.#removeAll();
      // Unless the application has put something of its own there.
      const shown = ownProperty(globalThis, GLOBAL_KEY);
      if (shown?.isAccessor === false && shown.value === this.#shown) deleteProperty(globalThis, GLOBAL_KEY);
      this.#leaveExit();
      if (this.#port !== undefined) apply(closePort, this.#port, []);
    } finally {
      this.#port = undefined;
      onEnd(failed);
    }
  }
}
