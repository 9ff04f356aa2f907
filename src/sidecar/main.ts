import { join } from 'node:path';
import { config } from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { StandardOutput } from '../sinks/standard-output.ts';
import { VERSION } from '../version.ts';
import { Agent } from './agent.ts';
import { readAttachment, TERMINATION_LOG } from './attached/attachment.ts';
import { readSettings } from './settings.ts';

/**
 * The agent: `node agent.cjs`, with the runtime's files in `runtime/` beside it. Whenever it ends, supervise.sh starts it anew; when it
 * cannot start, supervise.sh lets the applications of the pod start without it. With DAVYLAMP_TARGET_CONTAINER it was attached to a
 * running pod, and ends by itself. `--version` only prints its version.
 */

/** Time to close. Kubernetes gives a pod 30 s to end, which a gateway that does not answer must not use up. */
const CLOSE_MILLISECONDS = 3_000;

/** `zod/mini` has no error messages unless a locale is configured. */
config(en());

async function main(log: StandardOutput): Promise<void> {
  try {
    const before = process.env.DAVYLAMP_LAST_EXIT;
    if (before !== undefined) log.agent('Warn', `the agent before this one ended: ${describeExit(Number(before))}`);
    const settings = readSettings(process.env);
    const runtimeSource = join(import.meta.dirname, 'runtime');
    const attachment = readAttachment(process.env);
    if (attachment !== undefined) {
      const stopping = new AbortController();
      process.on('SIGTERM', () => stopping.abort());
      process.on('SIGINT', () => stopping.abort());
      stopping.signal.addEventListener('abort', () => {
        setTimeout(() => process.exit(0), CLOSE_MILLISECONDS).unref();
      });
      const { signal } = stopping;
      // Loaded only here, as it would take memory in every injected pod.
      const { runAttached } = await import('./attached/run-attached.ts');
      const exitCode = await runAttached({ settings, attachment, runtimeSource, input: process.stdin, log, signal });
      await log.close();
      process.exit(exitCode);
    }
    const agent = new Agent(settings, log);
    await agent.start(runtimeSource);
    log.agent('Info', `agent ${VERSION} is ready in pod ${settings.podNamespace}/${settings.podName}`);
    let closing = false;
    const close = async (): Promise<void> => {
      if (closing) return;
      closing = true;
      setTimeout(() => process.exit(0), CLOSE_MILLISECONDS).unref();
      await agent.close();
      await log.close();
      process.exit(0);
    };
    process.on('SIGTERM', close);
    process.on('SIGINT', close);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.agent('Error', `the agent cannot start: ${message}`);
    const { DAVYLAMP_TARGET_CONTAINER: target, DAVYLAMP_TERMINATION_LOG: path = TERMINATION_LOG } = process.env;
    if (target) {
      const { writeTermination } = await import('./attached/termination.ts');
      writeTermination(path, { reason: 'Failed', message, exitCode: 1 });
    }
    process.exitCode = 1;
    // A socket that already listens, for example, would keep the process alive.
    void log.close().then(() => process.exit());
  }
}

/** @param status as a shell counts it: above 128 it is 128 and the number of the signal. */
function describeExit(status: number): string {
  return status > 128 ? `signal ${status - 128}` : `exit code ${status}`;
}

if (process.argv[2] === '--version') console.log(VERSION);
else void main(new StandardOutput(process.stdout));
