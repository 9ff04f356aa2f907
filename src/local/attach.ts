import { setTimeout as delay } from 'node:timers/promises';
import { findInspector, InspectorClient } from './inspector-client.ts';
import { preloadFile } from './runtime-files.ts';
import { AttachError, type TargetProcess } from './target-process.ts';

/** How long a process may take to open its inspector; it does so between two turns of its event loop, or in a busy one. */
const INSPECTOR_MILLISECONDS = 5_000;
const POLL_MILLISECONDS = 50;

/**
 * Loads the runtime into a running process through its inspector, which is open only for this moment.
 * @param directory where the runtime finds the agent.
 * @throws AttachError
 */
export async function attach(target: TargetProcess, directory: string): Promise<void> {
  const { pid, inspectorPort } = target;
  const before = await findInspector(inspectorPort);
  if (before === undefined) process.kill(pid, 'SIGUSR1');
  const url = before ?? (await waitForInspector(inspectorPort, pid));
  const client = await InspectorClient.connect(url);
  try {
    const found = await client.evaluate('process.pid');
    if (found !== pid) {
      throw new AttachError(
        `port ${inspectorPort} is the inspector of process ${found}, so process ${pid} cannot open its own; end that one's inspector first`,
      );
    }
    const problem = await client.evaluate(loadExpression(preloadFile(), directory, before === undefined));
    if (problem !== '') throw new AttachError(`process ${pid}: ${problem}`);
  } catch (error) {
    if (error instanceof AttachError) throw error;
    throw new AttachError(`process ${pid}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    client.close();
  }
}

async function waitForInspector(port: number, pid: number): Promise<string> {
  const end = performance.now() + INSPECTOR_MILLISECONDS;
  while (performance.now() < end) {
    const url = await findInspector(port);
    if (url !== undefined) return url;
    await delay(POLL_MILLISECONDS);
  }
  throw new AttachError(
    `process ${pid} did not open its inspector on 127.0.0.1:${port} within ${INSPECTOR_MILLISECONDS / 1000} s (does it run in a container, or is the port taken?)`,
  );
}

/** What runs in the target; answers what went wrong. The inspector closes after we have gone: closing it waits for clients. */
function loadExpression(preload: string, run: string, closeInspector: boolean): string {
  return `(() => {
    try {
      if (typeof process.getBuiltinModule !== 'function') return process.version + ' is too old to be attached to; Node.js 20.16 and 22.3 are the first that work';
      const require = process.getBuiltinModule('node:module').createRequire(${JSON.stringify(preload)});
      require(${JSON.stringify(preload)}).start({ run: ${JSON.stringify(run)} });
      return '';
    } catch (error) {
      return String(error);
    } finally {
      if (${closeInspector}) setTimeout(() => process.getBuiltinModule?.('node:inspector').close(), 100).unref();
    }
  })()`;
}
