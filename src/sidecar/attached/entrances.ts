import { type AttachOptions, attach, closeInspector } from '../../attach/attach.ts';
import { AttachError } from '../../attach/attach-error.ts';
import type { ProcessKey } from '../../attach/unentered-process.ts';
import { byKey, type Found, type NodeProcess } from './node-processes.ts';

export interface EntrancesOptions extends Pick<AttachOptions, 'run' | 'preload' | 'container'> {
  /** Processes that got SIGUSR1 in vain from earlier agents. */
  readonly signalled: readonly string[];
  /** Called before a process gets the signal, and when one that got it is entered: the processes that got it in vain, as far as is known now. */
  onSignalled(keys: readonly string[]): void;
  /** Pids of the processes that are connected. */
  connected(): ReadonlySet<number>;
  log(level: 'Info' | 'Warn', message: string): void;
}

/** What came of entering one process. */
interface Entrance {
  readonly process: NodeProcess;
  /** Why it is not entered; undefined once it is. */
  error?: AttachError;
  attempts: number;
  /** Moments of `performance.now()`. */
  nextAttempt: number;
  enteredAt: number;
}

/** A process that is not entered, and why. */
export interface Refused extends ProcessKey {
  readonly commandLine: readonly string[];
  readonly error: AttachError;
}

const FIRST_RETRY_MILLISECONDS = 2_000;
const LONGEST_RETRY_MILLISECONDS = 60_000;

/** A process connects at once when the runtime is in it, unless its event loop is blocked. */
const CONNECT_MILLISECONDS = 15_000;

/** What does not change while a process runs. */
const FINAL: ReadonlySet<string> = new Set(['PermissionModel', 'RuntimeUnsupported']);
/** What is known only once the inspector is open, so that it is Node.js that handles the signal, which it may get again. */
const OPENED: ReadonlySet<string> = new Set([...FINAL, 'PlacementFailed', 'RuntimeBusyDebugger']);
/** Each attempt opens the inspector, which Node.js writes on the standard error of the application. */
const MOST_LOADS = 5;

/** Enters the processes of the container, one after the other, since the inspectors of all of them open on one port. */
export class Entrances {
  readonly #options: EntrancesOptions;
  readonly #entrances = new Map<string, Entrance>();
  readonly #signalled: Set<string>;
  /** What was last said of inspectors that an earlier agent left open. */
  #open: readonly string[] = [];

  constructor(options: EntrancesOptions) {
    this.#options = options;
    this.#signalled = new Set(options.signalled);
  }

  /** Processes that got SIGUSR1 in vain and are not to get it again. */
  get signalled(): string[] {
    return [...this.#signalled];
  }

  /** Enters the processes that are not entered yet, and those again for which it is time. @param isOver asked before each. */
  async enter({ node }: Found, isOver: () => boolean): Promise<void> {
    const found = byKey(node);
    for (const key of this.#entrances.keys()) if (!found.has(key)) this.#entrances.delete(key);
    for (const [key, process] of found) {
      if (isOver()) return;
      const entrance = this.#entrances.get(key) ?? { process, attempts: 0, nextAttempt: 0, enteredAt: 0 };
      this.#entrances.set(key, entrance);
      if (performance.now() >= entrance.nextAttempt) await this.#tryTo(entrance, key, process);
    }
  }

  /** Whether {@link closeLeft} is worth another try. */
  get isOpenLeft(): boolean {
    return this.#open.length > 0;
  }

  /** Closes the inspectors that an earlier agent left open, which was killed while it entered. */
  async closeLeft({ node }: Found): Promise<void> {
    const open: string[] = [];
    for (const [key, { target, pid }] of byKey(node)) {
      if (!this.#signalled.has(key) || target instanceof AttachError) continue;
      const why = await closeInspector(target).catch(String);
      if (why !== undefined) open.push(`the inspector of process ${pid} may be open: ${why}`);
    }
    const isNew = open.join() !== this.#open.join();
    this.#open = open;
    if (isNew) for (const message of open) this.#options.log('Warn', message);
  }

  /** The processes that are not entered, or do not speak although they are. */
  refused(): Refused[] {
    const connected = this.#options.connected();
    const now = performance.now();
    return [...this.#entrances.values()].flatMap(({ process, error, enteredAt }): Refused[] => {
      const { pid, startTime, commandLine } = process;
      if (connected.has(pid)) return [];
      if (error !== undefined) return [{ pid, startTime, commandLine, error }];
      const isSilent = enteredAt > 0 && now - enteredAt > CONNECT_MILLISECONDS;
      return isSilent ? [{ pid, startTime, commandLine, error: silent(pid) }] : [];
    });
  }

  #mark(key: string, isSignalled: boolean): void {
    if (this.#signalled.has(key) === isSignalled) return;
    if (isSignalled) this.#signalled.add(key);
    else this.#signalled.delete(key);
    this.#options.onSignalled(this.signalled);
  }

  async #tryTo(entrance: Entrance, key: string, process: NodeProcess): Promise<void> {
    const before = entrance.error?.message;
    const wasSignalled = this.#signalled.has(key);
    entrance.attempts += 1;
    entrance.nextAttempt = Number.POSITIVE_INFINITY;
    try {
      if (process.target instanceof AttachError) throw process.target;
      const remark = await attach(process.target, {
        ...this.#options,
        isSignalled: wasSignalled,
        onSignal: () => this.#mark(key, true),
      });
      this.#mark(key, false);
      entrance.error = undefined;
      entrance.enteredAt = performance.now();
      this.#options.log('Info', `entered process ${process.pid}`);
      if (remark !== undefined) this.#options.log('Warn', remark);
    } catch (error) {
      if (!(error instanceof AttachError)) throw error;
      if (!wasSignalled && OPENED.has(error.reason)) this.#mark(key, false);
      entrance.error = error;
      entrance.nextAttempt = performance.now() + pauseAfter(entrance);
      if (error.message !== before) this.#options.log('Warn', `not entered: ${error.reason}: ${error.finding}`);
    }
  }
}

/** Milliseconds until a process is tried again: what stands in the way may go, as a debugger is detached. */
function pauseAfter({ error, attempts }: Entrance): number {
  if (error === undefined || FINAL.has(error.reason)) return Number.POSITIVE_INFINITY;
  if (error.reason === 'PlacementFailed' && attempts >= MOST_LOADS) return Number.POSITIVE_INFINITY;
  return Math.min(LONGEST_RETRY_MILLISECONDS, FIRST_RETRY_MILLISECONDS * 2 ** (attempts - 1));
}

function silent(pid: number): AttachError {
  const finding = `the runtime is in process ${pid} and has not connected: its event loop is blocked, or it may not dial a unix socket`;
  return new AttachError('PlacementFailed', finding);
}
