import { join } from 'node:path';
import type { WorkerStart } from '../../channel/worker-start.ts';

/** @returns an expression that starts the runtime in the thread that evaluates it, from the same file that `--require` in NODE_OPTIONS names. */
export function startInThread({ run, hello, isAttached }: WorkerStart, runtimeDirectory: string): string {
  const preload = JSON.stringify(join(runtimeDirectory, 'preload.cjs'));
  const options = JSON.stringify({ run, container: hello.containerName, isAttached });
  return `process.getBuiltinModule('node:module').createRequire(${preload})(${preload}).startInThread(${options})`;
}
