import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** `davylamp …` as a person runs it, from the sources. Ends with the test at the latest. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';
  errors = '';
  #waiting: (() => void)[] = [];

  constructor(parameters: readonly string[], environment: NodeJS.ProcessEnv = {}, directory: string = ROOT) {
    this.child = spawn(process.execPath, [join(ROOT, 'src', 'cli', 'main.ts'), ...parameters], {
      cwd: directory,
      env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk) => {
      this.output += chunk;
      this.#wake();
    });
    this.child.stderr?.on('data', (chunk) => {
      this.errors += chunk;
      this.#wake();
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        resolve(code);
        this.#wake();
      });
    });
  }

  /** Waits until it has said this. */
  async says(text: string | RegExp): Promise<void> {
    const found = (): boolean => {
      const all = this.output + this.errors;
      return typeof text === 'string' ? all.includes(text) : text.test(all);
    };
    await this.until(found, String(text));
  }

  /** Waits until what it has said meets a condition. */
  async until(isMet: () => boolean, what: string): Promise<void> {
    while (!isMet()) {
      if (this.child.exitCode !== null) throw new Error(`it ended without ${what}:\n${this.output}${this.errors}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Complete lines of standard output. */
  lines(): string[] {
    return this.output.split('\n').slice(0, -1);
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Runs it to its end. */
export async function run(...parameters: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const program = new Program(parameters);
  const code = await program.ended;
  return { code, output: program.output, errors: program.errors };
}
