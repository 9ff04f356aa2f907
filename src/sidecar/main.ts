import { join } from 'node:path';
import { config } from 'zod/mini';
import en from 'zod/v4/locales/en.js';
import { VERSION } from '../version.ts';
import { Agent } from './agent.ts';
import { standAside } from './install-runtime.ts';
import { LogSink } from './log-sink.ts';
import { readSettings, runDirectory } from './settings.ts';

/** The agent's container: `node agent.cjs`, with the runtime's files in `runtime/` beside it. */

/** Kubernetes gives 30 s; a gateway that does not answer must not use them up. */
const CLOSE_MILLISECONDS = 3_000;

/** How long an agent stays that could not start. */
const FAILED_MILLISECONDS = 30_000;

/** `zod/mini` speaks no language by itself. */
config(en());

async function main(sink: LogSink): Promise<void> {
  try {
    const settings = readSettings(process.env);
    const agent = new Agent(settings, sink);
    await agent.start(join(import.meta.dirname, 'runtime'));
    sink.agent('Info', `agent ${VERSION} is ready in pod ${settings.podNamespace}/${settings.podName}`);
    let closing = false;
    const close = async (): Promise<void> => {
      if (closing) return;
      closing = true;
      setTimeout(() => process.exit(0), CLOSE_MILLISECONDS).unref();
      await agent.close();
      process.exit(0);
    };
    process.on('SIGTERM', close);
    process.on('SIGINT', close);
  } catch (error) {
    sink.agent('Error', `the agent cannot start: ${messageOf(error)}`);
    letApplicationsStart(sink);
  }
}

/**
 * A sidecar that is not ready holds up its pod. So this one gets out of the way, and stays long enough for the startup probe to
 * see that; the next start tries again.
 */
function letApplicationsStart(sink: LogSink): void {
  process.once('SIGTERM', () => process.exit(1));
  process.once('SIGINT', () => process.exit(1));
  try {
    standAside(runDirectory(process.env));
    sink.agent('Warn', 'the applications of this pod start without Davylamp');
  } catch (error) {
    sink.agent('Error', `the applications of this pod may not start: ${messageOf(error)}`);
  }
  setTimeout(() => process.exit(1), FAILED_MILLISECONDS);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

void main(new LogSink(process.stdout));
