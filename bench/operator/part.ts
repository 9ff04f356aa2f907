import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';

/** What is asked of another process of the benchmark; each question gets one answer. */
interface Question {
  readonly id: number;
  readonly ask: string;
  readonly with: unknown;
}

/** One process of the benchmark, and how it is asked for something. `Asks` has the argument and the answer of each question. */
export class Part<Asks extends Record<string, readonly [argument: unknown, answer: unknown]>> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;
  #hasEnded = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: { id: number; answer?: unknown; error?: string }) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error === undefined) waiting?.resolve(message.answer);
      else waiting?.reject(new Error(message.error));
    });
    child.on('exit', (code, signal) => {
      this.#hasEnded = true;
      for (const { reject } of this.#waiting.values())
        reject(new Error(`a part of the benchmark ended: ${code ?? signal}`));
    });
  }

  /**
   * @param execArgv options of Node.js.
   * @param log where its standard output goes; nowhere unless given.
   */
  static start<Asks extends Record<string, readonly [unknown, unknown]>>(
    file: string,
    env: NodeJS.ProcessEnv,
    execArgv: string[] = [],
    log?: string,
  ): Part<Asks> {
    const path = new URL(file, import.meta.url).pathname;
    const output = log === undefined ? 'ignore' : openSync(log, 'a');
    return new Part<Asks>(
      fork(path, { env: { ...process.env, ...env }, stdio: ['ignore', output, 'inherit', 'ipc'], execArgv }),
    );
  }

  /** @throws Error when it fails, or the process has ended. */
  ask<Name extends keyof Asks & string>(name: Name, argument: Asks[Name][0]): Promise<Asks[Name][1]> {
    if (this.#hasEnded) return Promise.reject(new Error('a part of the benchmark has ended'));
    this.#last += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#last, waiting);
    this.#child.send({ id: this.#last, ask: name, with: argument } satisfies Question);
    return waiting.promise as Promise<Asks[Name][1]>;
  }

  /** CPU time that it has used so far, in seconds. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** RSS in MiB, now and at most. */
  memory(): { now: number; most: number } {
    const text = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    const of = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
    return { now: of('VmRSS'), most: of('VmHWM') };
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#hasEnded) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }
}

/** The other side: answers the questions of the benchmark. */
export function answer(answers: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on('message', async ({ id, ask, with: argument }: Question) => {
    try {
      process.send?.({ id, answer: await answers[ask]?.(argument as never) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}
