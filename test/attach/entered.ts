import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { type AttachOptions, attach } from '../../src/attach/attach.ts';
import { inspectTarget } from '../../src/attach/target-process.ts';
import type { ProcessInfo } from '../../src/protocol/state.ts';
import { freePort } from '../free-ports.ts';
import { buildRuntime } from '../runtime/node/harness/application.ts';
import { LocalAgent } from '../runtime/node/harness/local-agent.ts';

/** The path under which another process sees a file of this one, as the target of an agent in another container does. */
export const seenByOthers = (path: string): string => `/proc/${process.pid}/root${path}`;

/** What Node.js writes about its inspector on the standard error of a process, some of it after that is closed. */
const OF_INSPECTOR = /^(?:Debugger (?:listening on|attached|ending on).*|For help, see: .*)\n/gm;

/** What a process that was entered has written on its standard error itself. */
export const withoutInspector = (errors: string): string => errors.replace(OF_INSPECTOR, '');

export const fixture = (name: string): string => resolve(import.meta.dirname, 'fixtures', name);

export interface PlainOptions {
  readonly node?: string;
  readonly port?: number;
  readonly options?: readonly string[];
}

/** A process that knows nothing of Davylamp, from its first line on. It has ended when the test has. */
export class Plain {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly #lines: AsyncIterator<string>;

  constructor(child: ChildProcess) {
    this.child = child;
    const reader = createInterface({ input: child.stdout ?? process.stdin });
    this.#lines = reader[Symbol.asyncIterator]();
    onTestFinished(async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
  }

  static async start(command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Plain> {
    const [program = '', ...parameters] = command;
    const { NODE_OPTIONS: _options, DAVYLAMP_RUN: _run, ...env } = process.env;
    const child = spawn(program, parameters, { env: { ...env, ...environment }, stdio: ['pipe', 'pipe', 'inherit'] });
    const plain = new Plain(child);
    await plain.says('ready');
    return plain;
  }

  /** Node.js with a port for its inspector that no other test has. */
  static async node(program: readonly string[], { node, port, options = [] }: PlainOptions = {}): Promise<Plain> {
    const inspectorPort = `--inspect-port=127.0.0.1:${port ?? (await freePort())}`;
    return await Plain.start([node ?? process.execPath, inspectorPort, ...options, ...program]);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Waits until nothing of the runtime is in it any more. */
  async isRid(): Promise<void> {
    do this.tell('runtime');
    while ((await this.says('runtime')) !== 'runtime false');
  }

  /** Waits for a line that begins like this. */
  async says(text: string): Promise<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`it ended without ${text}: ${this.lines.join(' | ')}`);
      this.lines.push(value);
      if (value.startsWith(text)) return value;
    }
  }
}

/** An agent whose files the process reaches only below /proc/PID/root. */
export class Entering {
  readonly agent: LocalAgent;
  readonly signals: number[] = [];

  private constructor(agent: LocalAgent) {
    this.agent = agent;
  }

  static async begin(): Promise<Entering> {
    const agent = await new LocalAgent().listen();
    onTestFinished(() => agent.close());
    return new Entering(agent);
  }

  /** Attaches to the process. @returns the remark. */
  async enter(pid: number, options: Partial<AttachOptions> = {}): Promise<string | undefined> {
    const preload = join(await buildRuntime(), 'preload.cjs');
    return await attach(await inspectTarget(pid), {
      run: seenByOthers(this.agent.directory),
      preload: seenByOthers(preload),
      container: 'app',
      onSignal: () => this.signals.push(pid),
      ...options,
    });
  }

  /** Waits until the process has connected. */
  async connected(pid: number): Promise<ProcessInfo> {
    const find = () => this.agent.processes().find(({ process }) => process.pid === pid)?.process;
    await this.agent.until(() => find() !== undefined);
    return find() as ProcessInfo;
  }
}
