// @not swc: CommonJS has no import.meta
// @not esbuild esbuild-inline rollup: they leave the file of a thread to the build
// @not webpack: its output is CommonJS here
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const thread = new Worker(new URL('./threads-part.mjs', import.meta.url));
thread.unref();

export async function run() {
  const answer = once(thread, 'message');
  thread.postMessage(4);
  const [result] = await answer;
  return result + result; // @log thread said {result}
}
