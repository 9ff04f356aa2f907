import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProbeState } from '../src/protocol/state.ts';
import type { WireProbe, WireSnapshot } from '../src/protocol/wire-probe.ts';
import { RuntimeServer } from '../src/sidecar/processes/runtime-server.ts';

/** A program under the real runtime, with this process as its agent. */
export class Target {
  readonly #directory = mkdtempSync(join(tmpdir(), 'davylamp-bench-'));
  readonly #server: RuntimeServer;
  readonly #waiting = new Set<() => void>();
  readonly child: ChildProcess;
  results = 0;
  output = '';
  #revision = 0;

  private constructor(program: string, args: readonly string[]) {
    this.#server = new RuntimeServer({
      directory: this.#directory,
      onChange: () => this.#wake(),
      onResults: (results) => {
        this.results += results.length;
        this.#wake();
      },
    });
    const preload = fileURLToPath(new URL('../dist/runtime/preload.cjs', import.meta.url));
    this.child = spawn(process.execPath, [fileURLToPath(new URL(`programs/${program}`, import.meta.url)), ...args], {
      env: { ...process.env, DAVYLAMP_RUN: this.#directory, NODE_OPTIONS: `--require=${preload}` },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child.stdout?.on('data', (chunk) => {
      this.output += chunk;
      this.#wake();
    });
  }

  static async start(program: string, ...args: string[]): Promise<Target> {
    const target = new Target(program, args);
    await target.#server.listen();
    await target.until(() => target.#server.processes().length > 0);
    return target;
  }

  #wake(): void {
    for (const resume of this.#waiting) resume();
  }

  /** Resolves when `test` holds; asked again after every state, result and line of output. */
  async until(test: () => boolean): Promise<void> {
    while (!test()) {
      await new Promise<void>((resolve) => {
        const resume = () => {
          this.#waiting.delete(resume);
          resolve();
        };
        this.#waiting.add(resume);
      });
    }
  }

  states(): readonly ProbeState[] {
    return this.#server.processes()[0]?.probes ?? [];
  }

  /** Replaces the whole desired set and waits until every probe has an answer. */
  async set(...probes: WireProbe[]): Promise<void> {
    this.#revision += 1;
    this.#server.setDesired(this.#revision, probes);
    await this.until(() => {
      const [process] = this.#server.processes();
      return process?.revision === this.#revision && process.probes.every((one) => one.state !== 'Pending');
    });
    for (const { state, reason, message } of this.states()) {
      if (state !== 'Armed') throw new Error(`a probe of the benchmark is not armed: ${reason}: ${message}`);
    }
  }

  /** Sends a command to the program and resolves with the next line that it prints. */
  async ask(command: string): Promise<string> {
    const from = this.output.length;
    this.child.stdin?.write(`${command}\n`);
    await this.until(() => this.output.indexOf('\n', from) >= 0);
    return this.output.slice(from, this.output.indexOf('\n', from));
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
    await this.#server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A DynamicLog without any limit that would change what is measured; single limits can be put back. */
export function unlimitedLog(
  file: string,
  line: number,
  message: string,
  more: { condition?: string; limits?: Partial<WireProbe['limits']> } = {},
): WireProbe {
  return {
    kind: 'DynamicLog',
    uid: 'bench',
    generation: 1,
    namespace: 'bench',
    name: 'bench',
    location: { file, line },
    level: 'Info',
    message,
    condition: more.condition,
    expireTime: Date.now() + 3_600_000,
    limits: {
      hitsPerSecond: 1e9,
      remainingHits: 1e9,
      cpuMillisecondsPerSecond: 1e9,
      maxStallMilliseconds: 10_000,
      payloadBytes: 65_536,
      ...more.limits,
    },
  };
}

/** A Snapshot at the default limits of a capture, likewise. */
export function unlimitedSnapshot(file: string, line: number, more: { condition?: string } = {}): WireSnapshot {
  const { level: _, message: __, ...base } = { ...unlimitedLog(file, line, '', more), level: 'Info', message: '' };
  return {
    ...base,
    kind: 'Snapshot',
    watch: [],
    capture: { frames: 5, depth: 3, fields: 20, items: 100, stringLength: 255 },
  };
}
