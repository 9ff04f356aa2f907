import { readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { findInspector, InspectorClient } from './inspector-client.ts';
import { AttachError, type TargetProcess } from './target-process.ts';

/** How long a process may take to open its inspector after the signal. Node.js opens it even while the event loop is busy. */
const INSPECTOR_MILLISECONDS = 5_000;
const POLL_MILLISECONDS = 50;

/**
 * Loads the runtime into a running process through its inspector. One that was opened for this is closed again.
 * @param directory where the runtime finds the agent.
 * @param preload the runtime's preload, by the path under which the process sees it.
 * @throws AttachError
 */
export async function attach(target: TargetProcess, directory: string, preload: string): Promise<void> {
  const { pid, inspectorPort } = target;
  const before = await findInspector(inspectorPort);
  if (before === undefined) process.kill(pid, 'SIGUSR1');
  const url = before ?? (await waitForInspector(inspectorPort, pid));
  let client: InspectorClient | undefined;
  try {
    client = await InspectorClient.connect(url);
    const found = await client.evaluate('process.pid');
    if (found !== pid) {
      throw new AttachError(
        `port ${inspectorPort} is the inspector of process ${found}, so process ${pid} cannot open its own; end that one's inspector first`,
      );
    }
    const problem = await client.evaluate(loadExpression(preload, directory, before === undefined));
    if (problem !== '') throw new AttachError(`process ${pid}: ${problem}`);
  } catch (error) {
    if (error instanceof AttachError) throw error;
    throw new AttachError(`process ${pid}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    client?.close();
  }
}

async function waitForInspector(port: number, pid: number): Promise<string> {
  const end = performance.now() + INSPECTOR_MILLISECONDS;
  while (performance.now() < end) {
    const url = await findInspector(port);
    if (url !== undefined) return url;
    await delay(POLL_MILLISECONDS);
  }
  const seconds = INSPECTOR_MILLISECONDS / 1000;
  throw new AttachError(
    `process ${pid} did not open its inspector on 127.0.0.1:${port} within ${seconds} s: ${await whyNot(port, pid)}`,
  );
}

/** Why the signal has not opened an inspector, as far as it can be seen from here. */
async function whyNot(port: number, pid: number): Promise<string> {
  const [here, there] = await Promise.all(
    ['self', pid].map((id) => readlink(`/proc/${id}/ns/net`).catch(() => undefined)),
  );
  if (here !== there)
    return 'it has a network of its own, as in a container; run davylamp there, or label the pod for injection';
  if (await isTaken(port))
    return `another program listens on port ${port}; end that, or start it with another --inspect-port`;
  return (
    'it has a handler of its own for SIGUSR1, which got the signal instead of Node.js, or it stands in native code; ' +
    'start it under davylamp local -- COMMAND, or with --inspect'
  );
}

/** @returns whether a program of this machine listens on the port. */
export function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/**
 * The code that runs in the target. Its value is what went wrong, empty if nothing did. The inspector is closed a moment later, because
 * closing it waits for its clients, of which this program is one.
 */
function loadExpression(preload: string, run: string, closeInspector: boolean): string {
  return `(() => {
    try {
      if (typeof process.getBuiltinModule !== 'function') return process.version + ' is too old to be attached to; Node.js 20.16 and 22.3 are the first that work';
      const require = process.getBuiltinModule('node:module').createRequire(${JSON.stringify(preload)});
      const isOurs = require(${JSON.stringify(preload)}).start({ run: ${JSON.stringify(run)} });
      return isOurs ? '' : 'another davylamp local is in it; end that one first';
    } catch (error) {
      return String(error);
    } finally {
      if (${closeInspector}) setTimeout(() => process.getBuiltinModule?.('node:inspector').close(), 100).unref();
    }
  })()`;
}
