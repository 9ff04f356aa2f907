import { join } from 'node:path';
import type { WorkerStart } from '../../channel/worker-start.ts';
import { runtimeText } from '../../idle/load-text.ts';

/** @returns an expression that starts the runtime in the thread that evaluates it: the one that is in it already, or the main thread's files. */
export function startInThread({ run, hello, isAttached }: WorkerStart, runtimeDirectory: string): string {
  const options = JSON.stringify({ run, container: hello.containerName, isAttached });
  return `${runtimeText(join(runtimeDirectory, 'preload.cjs'))}.startInThread(${options})`;
}
