import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { AttachError } from '../../src/attach/attach-error.ts';
import { arriveText, leaveText } from '../../src/attach/in-process.ts';
import { findInspector } from '../../src/attach/inspector-client.ts';
import { connectionsOf } from '../../src/attach/inspector-port.ts';
import { inspectTarget } from '../../src/attach/target-process.ts';
import { freePort } from '../free-ports.ts';
import { NODES } from '../runtime/node/harness/application.ts';
import { dynamicLog } from '../runtime/node/harness/probe.ts';
import { Entering, fixture, Plain } from './entered.ts';

const ORDERS = fixture('orders.cjs');

/** Somebody who is connected to the inspector of a process, and may stand still. */
async function visitor(port: number): Promise<{ socket: WebSocket; localPort: number }> {
  const socket = new WebSocket((await findInspector(port)) ?? '', { perMessageDeflate: false });
  const [[response]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
  onTestFinished(() => socket.terminate());
  return { socket, localPort: response.socket.localPort };
}

async function evaluate(socket: WebSocket, expression: string): Promise<unknown> {
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, awaitPromise: true } }));
  const [data] = await once(socket, 'message');
  return JSON.parse(String(data)).result;
}

it.each(NODES)(
  'goes on in %s while a visitor that has asked for the end stands still, and closes when it has gone',
  async (node) => {
    const port = await freePort();
    const plain = await Plain.node([ORDERS], { node, port });
    process.kill(plain.pid, 'SIGUSR1');
    await expect.poll(() => findInspector(port)).toBeDefined();
    const { socket, localPort } = await visitor(port);
    const connections = connectionsOf(await inspectTarget(plain.pid), port, localPort);
    await evaluate(socket, arriveText(connections ?? []));
    await evaluate(socket, leaveText(true));
    socket.pause();

    for (let times = 0; times < 5; times += 1) {
      plain.tell('wait 50');
      await plain.says('did wait');
    }
    plain.tell('url');
    expect(await plain.says('url')).toContain(`:${port}/`);

    socket.terminate();
    await expect.poll(() => findInspector(port)).toBeUndefined();
    plain.tell('globals inspector');
    expect(await plain.says('globals')).toBe('globals ');
  },
);

it.each(NODES)('%s is visited by two agents at once, over and over, and lives', async (node) => {
  const plain = await Plain.node([ORDERS], { node });
  const outcomes = new Set<string>();
  const enters = async (): Promise<void> => {
    for (let times = 0; times < 25; times += 1) {
      const entering = await Entering.begin();
      await entering.enter(plain.pid).then(
        async () => {
          await entering.connected(plain.pid);
          outcomes.add('entered');
        },
        (error: unknown) => outcomes.add(error instanceof AttachError ? error.reason : String(error)),
      );
      await entering.agent.close();
    }
  };
  await Promise.all([enters(), enters()]);

  expect([...outcomes].sort()).toEqual(['RuntimeBusyDebugger', 'entered']);
  plain.tell('take 7');
  await plain.says('did take');
  plain.tell('url');
  await expect
    .poll(async () => {
      plain.tell('url');
      return await plain.says('url');
    })
    .toBe('url undefined');
});

it.each(NODES)(
  '%s under load is entered over and over, with and without probes, and answers every request',
  async (node) => {
    const plain = await Plain.node([fixture('busy-server.cjs')], { node });
    for (let times = 0; times < 15; times += 1) {
      const entering = await Entering.begin();
      await entering.enter(plain.pid);
      await entering.connected(plain.pid);
      if (times % 3 === 0) {
        entering.agent.wish(dynamicLog({ file: 'busy-server.cjs', line: 11 }, 'order {id}'));
        await entering.agent.until(() => entering.agent.results.length > 0);
      }
      await entering.agent.close();
    }
    plain.tell('served');
    expect(await plain.says('served')).toMatch(/^served \d+, failed 0$/);
    expect(plain.child.exitCode).toBeNull();
  },
);
