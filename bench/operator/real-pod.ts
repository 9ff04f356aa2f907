import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { logLineSchema } from '../../src/protocol/log-line.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const PROGRAM = pathOf('../programs/stop.cjs');

/** Where the agent dials, and with which token. */
export interface RealPodOptions {
  readonly podName: string;
  readonly namespace: string;
  readonly port: number;
  readonly ca: string;
  /** The name in the gateway's certificate, which nothing resolves here. */
  readonly servername: string;
  readonly token: string;
}

/** The agent as its image has it and a program under the runtime that it installs: what a pod is made of, as processes of this machine. */
export class RealPod {
  readonly #directory: string;
  readonly #agent: ChildProcess;
  #program: ChildProcess | undefined;
  /** When each probe was hit last, as the process says; milliseconds since 1970. */
  readonly hitAt = new Map<string, number>();

  private constructor(agent: ChildProcess, directory: string) {
    this.#agent = agent;
    this.#directory = directory;
  }

  static async start(options: RealPodOptions): Promise<RealPod> {
    const { podName, namespace, port, ca, servername, token } = options;
    const directory = mkdtempSync(join(tmpdir(), 'davylamp-bench-'));
    writeFileSync(join(directory, 'token'), token);
    const agent = spawn(process.execPath, [pathOf('../../dist/agent.cjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        DAVYLAMP_GATEWAY: `wss://${servername}:${port}`,
        DAVYLAMP_GATEWAY_ADDRESS: '127.0.0.1',
        DAVYLAMP_CA: ca,
        DAVYLAMP_POD_NAME: podName,
        DAVYLAMP_POD_NAMESPACE: namespace,
        DAVYLAMP_RUN: directory,
        DAVYLAMP_TOKEN_FILE: join(directory, 'token'),
      },
    });
    const pod = new RealPod(agent, directory);
    await pod.#ready();
    const preload = join(directory, 'runtime/preload.cjs');
    const env = { ...process.env, DAVYLAMP_RUN: directory, DAVYLAMP_CONTAINER: 'app' };
    pod.#program = spawn(process.execPath, ['--require', preload, PROGRAM], { stdio: 'inherit', env });
    return pod;
  }

  /** Reads every line of the agent from now on. */
  #ready(): Promise<void> {
    const { resolve, promise } = Promise.withResolvers<void>();
    if (this.#agent.stdout === null) throw new Error('the agent has no output');
    createInterface({ input: this.#agent.stdout }).on('line', (line) => {
      if (line.includes('is ready in pod')) resolve();
      const { data } = logLineSchema.safeParse(JSON.parse(line));
      if (data !== undefined) this.hitAt.set(data.name, Date.parse(data.time));
    });
    return promise;
  }

  async stop(): Promise<void> {
    for (const child of [this.#program, this.#agent]) {
      if (child === undefined || child.exitCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
