import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

/** The agent as a process of its own, from the sources. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output = '';

  constructor(environment: NodeJS.ProcessEnv) {
    const main = join(import.meta.dirname, '../../src/sidecar/main.ts');
    this.child = spawn(process.execPath, [main], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    this.child.stdout?.on('data', (chunk) => {
      this.output += chunk;
    });
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      await new Promise((resolve) => this.child.stdout?.once('data', resolve));
    }
  }
}
