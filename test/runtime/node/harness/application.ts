import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** Node.js binaries to try: the one that runs the tests, and those of DAVYLAMP_TEST_NODES (paths with colons between). */
export const NODES = [process.execPath, ...(process.env.DAVYLAMP_TEST_NODES ?? '').split(':').filter(Boolean)];

let runtime: Promise<string> | undefined;

/** Bundles the runtime as it is shipped. @returns its directory. */
export function buildRuntime(): Promise<string> {
  runtime ??= (async () => {
    const outdir = mkdtempSync(join(tmpdir(), 'davylamp-runtime-'));
    process.once('exit', () => rmSync(outdir, { recursive: true, force: true }));
    await build({
      entryPoints: ['preload', 'early-debugger', 'engine', 'worker'].map((name) =>
        fileURLToPath(new URL(`../../../../src/runtime/node/${name}.ts`, import.meta.url)),
      ),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      outdir,
      outExtension: { '.js': '.cjs' },
      define: { DAVYLAMP_VERSION: '"0.0.0"' },
      logLevel: 'error',
    });
    return outdir;
  })();
  return runtime;
}

export interface ApplicationOptions {
  readonly node?: string;
  readonly run?: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly cwd?: string;
  /** Beside what this process has. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the preload is in its environment; it is unless this is false. */
  readonly preloaded?: boolean;
}

/** A real Node.js process that runs a fixture (or a file by its absolute path) under the preload. */
export class Application {
  readonly lines: string[] = [];
  readonly child: ChildProcess;
  errors = '';
  readonly #events = new EventEmitter().setMaxListeners(100);

  constructor(child: ChildProcess) {
    this.child = child;
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.lines.push(line);
        this.#events.emit('line');
      });
    }
    child.stderr?.on('data', (chunk) => {
      this.errors += String(chunk);
    });
  }

  static async start(
    file: string,
    { node, run, args = [], nodeArgs = [], cwd, env: added = {}, preloaded = true }: ApplicationOptions,
  ): Promise<Application> {
    const directory = await buildRuntime();
    const { DAVYLAMP_RUN: _run, NODE_OPTIONS: _options, ...env } = process.env;
    const child = spawn(node ?? process.execPath, [...nodeArgs, resolve(fixtures, file), ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: cwd ?? fixtures,
      env: {
        ...env,
        ...added,
        ...(preloaded ? { NODE_OPTIONS: `--require=${directory}/preload.cjs` } : {}),
        ...(run === undefined ? {} : { DAVYLAMP_RUN: run, DAVYLAMP_CONTAINER: 'app' }),
      },
    });
    return new Application(child);
  }

  /** Writes a line to its standard input: what the fixtures take as a command. */
  tell(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Tells the same again after each answer, until what is wanted has come: on a busy machine a hit can be out of time. */
  async repeat<T>(line: string, wanted: Promise<T>): Promise<T> {
    let isThere = false;
    const seen = wanted.finally(() => {
      isThere = true;
    });
    while (!isThere) {
      const answered = once(this.#events, 'line');
      this.tell(line);
      await Promise.race([seen, answered]);
    }
    return seen;
  }

  async until(condition: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(300_000);
    while (!condition()) await once(this.#events, 'line', { signal });
  }

  async line(wanted: (line: string) => boolean): Promise<string> {
    const signal = AbortSignal.timeout(60_000);
    for (;;) {
      const found = this.lines.find(wanted);
      if (found !== undefined) return found;
      await once(this.#events, 'line', { signal }).catch(() => {
        throw new Error(`waited in vain; lines: ${this.lines.slice(-5).join(' | ')}; errors: ${this.errors}`);
      });
    }
  }

  async exit(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit();
  }
}
