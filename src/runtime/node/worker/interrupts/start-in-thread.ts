import { join } from 'node:path';
import type { WorkerStart } from '../../channel/worker-start.ts';

/** @returns what starts the runtime in another thread when it is evaluated there: the very file that `--require` names, where it does. */
export function startInThread({ run, hello, isAttached }: WorkerStart, runtimeDirectory: string): string {
  const preload = JSON.stringify(join(runtimeDirectory, 'preload.cjs'));
  const options = JSON.stringify({ run, container: hello.containerName, isAttached });
  return `process.getBuiltinModule('node:module').createRequire(${preload})(${preload}).startInThread(${options})`;
}
