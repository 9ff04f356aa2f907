import { Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { apply, type Callable } from '../guard/intrinsics.ts';

/** The application may replace it later. */
const { runInThisContext } = Script.prototype as unknown as { runInThisContext: Callable };
const script = isMainThread ? undefined : new Script('1', { filename: '' });

function isRun(): boolean {
  return apply(runInThisContext, script, []) === 1;
}

/** Not where the application has replaced it before: a thread that is taken for ending is ended. */
const tells = script !== undefined && isRun();

/**
 * Whether Node.js has been told to end this worker thread, by `terminate()` or for want of heap. It has no question for that, but
 * from then on it runs no script, and says nothing.
 */
export function isThreadEnding(): boolean {
  return tells && !isRun();
}
