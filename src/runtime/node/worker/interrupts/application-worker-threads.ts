import { readdirSync } from 'node:fs';
import { type NodeWorker, type Runtime, Session } from 'node:inspector';
import { BroadcastChannel } from 'node:worker_threads';
import { laterText } from '../../idle/load-text.ts';
import type { InterruptLock } from './interrupt-lock.ts';
import { type Interrupt, READ_COMMANDS } from './main-thread-interrupt.ts';

/**
 * Worker threads of the application that cannot start the runtime, or read its commands, by themselves: those that stand in
 * `Atomics.wait` or in a loop, those that do not get the process's environment, and those of a process that was attached to. They are
 * reached through the inspector of the main thread, which has a session with each of them. A session lives for one evaluation, since a
 * pause of the thread would wait for its end.
 */

/** Name of the channel between the main thread's runtime and that of a thread which is to be interrupted. */
const CHANNEL = 'dev.davylamp.interrupt';
/** New threads are looked for this often. */
const LOOK_MILLISECONDS = 2000;
/** The looks after a change that come with a pass, the last after about two minutes. */
const LOOKS_WITH_PASS: ReadonlySet<number> = new Set([0, 1, 3, 7, 15, 31, 63]);
/** A thread that ends sooner is not worth a runtime. */
const FIRST_LOOK_MILLISECONDS = 500;
/** How long one pass over all threads of a process may take. */
const PASS_MILLISECONDS = 1000;
/** A process with more threads than that is left to those that connect by themselves. */
const MOST_THREADS = 128;
const OWN_NAME = 'davylamp';
const NOT_YET = 'dev.davylamp.not-yet';
const ASKED = 'dev.davylamp.asked';

interface Message {
  readonly type: 'interrupt' | 'interrupted';
  readonly threadID: number;
}

export interface WorkerThreadsOptions {
  /** The main thread's. */
  readonly interruptLock: InterruptLock;
  /** An expression that starts the runtime in a thread where it is not running yet. It loads a module. */
  readonly start: string;
}

/**
 * Whether a thread can load the runtime: Node.js ends the whole process when a module is loaded in a thread that has not set up its
 * module loading. It has when `process.argv[1]` names its program. An absolute path that is one of the thread's own arguments can stand
 * there before, but not for long.
 */
const HAS_BEGUN = String.raw`/^(\[worker eval\]$|\/|file:|[A-Za-z]:\\)/.test(process.argv?.[1])`;

/** In the runtime of the main thread: brings the runtime into every worker thread, and interrupts those that do not listen. */
export class WorkerThreads {
  readonly #options: WorkerThreadsOptions;
  readonly #channel = new BroadcastChannel(CHANNEL);
  /** Ids of threads that have been asked to start the runtime as soon as they have ended what they are doing. */
  readonly #asked = new Set<number>();
  /** Ids of threads that have been asked to start the runtime at once: those that do not end it. In the others it is running by then. */
  readonly #started = new Set<number>();
  /** Ids of threads that were there at an earlier pass, and so are probably set up. */
  readonly #seen = new Set<number>();
  #arePending = false;
  readonly #interrupts = new Set<number>();
  #tasks: string | undefined;
  /** Looks since the last change. */
  #looks = 0;

  constructor(options: WorkerThreadsOptions) {
    this.#options = options;
    onMessage(this.#channel, 'interrupt', (threadID) => {
      this.#interrupts.add(threadID);
      this.#pass();
    });
    setTimeout(() => this.#look(), FIRST_LOOK_MILLISECONDS).unref();
    setInterval(() => this.#look(), LOOK_MILLISECONDS).unref();
  }

  /**
   * The operating system tells whether there are new threads, without disturbing the application. The inspector knows a thread only when
   * it has started, which takes long on a busy machine and is announced nowhere: so more passes follow a change, ever more rarely. Their
   * distance is counted in looks, since looks come late on a busy machine, too.
   */
  #look(): void {
    const tasks = tasksOfProcess();
    const isChanged = tasks !== this.#tasks || this.#arePending;
    this.#tasks = tasks;
    this.#looks = isChanged ? 0 : this.#looks + 1;
    if (!LOOKS_WITH_PASS.has(this.#looks)) return;
    this.#arePending = false;
    if (!this.#pass()) this.#arePending = true;
  }

  /** @returns false where the main thread cannot be interrupted now. */
  #pass(): boolean {
    return this.#options.interruptLock.take(PASS_MILLISECONDS, (done) => this.#visit(done));
  }

  #visit(done: () => void): () => void {
    const session = new Session();
    session.connectToMainThread();
    /** Threads that are evaluating, by the session with them. */
    const busy = new Map<string, number>();
    let isListed = false;
    const leave = (sessionId: string): void => {
      busy.delete(sessionId);
      session.post('NodeWorker.detach', { sessionId });
      if (isListed && busy.size === 0) done();
    };
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      const threadID = threadOf(workerInfo);
      const expression =
        threadID === undefined || busy.size >= MOST_THREADS ? undefined : this.#expressionFor(threadID);
      if (threadID === undefined || expression === undefined) {
        leave(sessionId);
        return;
      }
      busy.set(sessionId, threadID);
      const message = { id: 1, method: 'Runtime.evaluate', params: { expression, silent: true, returnByValue: true } };
      session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify(message) });
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
      const threadID = busy.get(sessionId);
      if (threadID === undefined) return;
      const answer = answerOf(message);
      if (answer === 'not yet') this.#arePending = true;
      else if (answer === 'asked') this.#ask(threadID);
      else if (answer === 'done') this.#started.add(threadID);
      if (this.#interrupts.delete(threadID))
        this.#channel.postMessage({ type: 'interrupted', threadID } satisfies Message);
      leave(sessionId);
    });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, () => {
      isListed = true;
      if (busy.size === 0) done();
    });
    return () => {
      // Threads that have not answered in time are asked again by the next pass, and so is the main thread.
      if (!isListed || busy.size > 0) this.#arePending = true;
      for (const sessionId of busy.keys()) session.post('NodeWorker.detach', { sessionId });
      session.post('NodeWorker.disable');
      // What is on its way arrives all the same, and nothing can be sent any more.
      session.removeAllListeners();
      session.disconnect();
    };
  }

  #ask(threadID: number): void {
    this.#asked.add(threadID);
    this.#arePending = true;
  }

  #expressionFor(threadID: number): string | undefined {
    if (this.#interrupts.has(threadID)) return READ_COMMANDS;
    if (this.#started.has(threadID)) return undefined;
    const { start } = this.#options;
    if (this.#asked.has(threadID)) return `void ${start}`;
    if (this.#seen.has(threadID)) return `${HAS_BEGUN} ? (void ${laterText(start)}, '${ASKED}') : '${NOT_YET}'`;
    this.#seen.add(threadID);
    this.#arePending = true;
    return undefined;
  }
}

/** In the runtime of a worker thread: has the main thread's runtime interrupt it. */
export function workerThreadInterrupt(threadID: number, interruptLock: InterruptLock): Interrupt {
  const channel = new BroadcastChannel(CHANNEL);
  let done = () => {};
  onMessage(channel, 'interrupted', (interrupted) => {
    if (interrupted === threadID) done();
  });
  return {
    send: () =>
      void interruptLock.take(PASS_MILLISECONDS, (end) => {
        done = end;
        channel.postMessage({ type: 'interrupt', threadID } satisfies Message);
        return () => {};
      }),
  };
}

/** Listens for messages of one type. The program could send on the channel, too, so anything of another shape is ignored. */
function onMessage(channel: BroadcastChannel, type: Message['type'], listener: (threadID: number) => void): void {
  channel.onmessage = (event) => {
    const data: unknown = event.data;
    if (typeof data !== 'object' || data === null || !('type' in data) || !('threadID' in data)) return;
    if (data.type === type && typeof data.threadID === 'number') listener(data.threadID);
  };
}

/** @returns the id of the thread; undefined for a thread of Davylamp, and for a title of another form. */
function threadOf({ title }: NodeWorker.WorkerInfo): number | undefined {
  const [, id, name] = title.match(/^\[worker (\d+)\] ?(.*)$/s) ?? [];
  return id === undefined || name === OWN_NAME ? undefined : Number(id);
}

/** @returns what came of an evaluation in a thread; one that has failed is tried again with the next pass. */
function answerOf(message: string): 'done' | 'asked' | 'not yet' | 'failed' {
  const { result }: { result?: Partial<Runtime.EvaluateReturnType> } = JSON.parse(message);
  if (result?.result === undefined || result.exceptionDetails !== undefined) return 'failed';
  const { value } = result.result;
  if (value === ASKED) return 'asked';
  return value === NOT_YET ? 'not yet' : 'done';
}

/** Ids of the threads of this process; always the same where the system does not tell. */
function tasksOfProcess(): string {
  try {
    return readdirSync('/proc/self/task').join(' ');
  } catch {
    return 'unknown';
  }
}
