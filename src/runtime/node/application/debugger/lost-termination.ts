import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { apply, type Callable } from '../guard/intrinsics.ts';

/** The application may replace it later. */
const { runInThisContext } = Script.prototype as unknown as { runInThisContext: Callable };
const script = isMainThread ? undefined : new Script('1', { filename: '' });

function isRun(): boolean {
  return apply(runInThisContext, script, []) === 1;
}

/** Whether {@link isThreadEnding} can tell: not where the application has replaced `runInThisContext` before, or it would end the thread. */
const tells = script !== undefined && isRun();

/**
 * Whether Node.js has been told to end this worker thread, by `terminate()` or because its heap is full. Node.js has no API that
 * tells, but from then on running a script does nothing, without an error.
 */
export function isThreadEnding(): boolean {
  return tells && !isRun();
}
