import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Calls back for each line of a kubectl that follows something. @returns what ends it. */
export function follow(args: readonly string[], onLine: (line: string) => void): () => void {
  const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  createInterface({ input: child.stdout }).on('line', onLine);
  return () => child.kill();
}
