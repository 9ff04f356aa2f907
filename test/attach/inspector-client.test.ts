import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { InspectorClient } from '../../src/attach/inspector-client.ts';

it('waits for the inspector of a busy machine, which takes more than a second to let it in', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new WebSocketServer({ noServer: true });
  onTestFinished(() => {
    sockets.close();
    server.closeAllConnections();
    server.close();
  });
  server.on('upgrade', (request, socket, head) => {
    setTimeout(() => {
      sockets.handleUpgrade(request, socket, head, (inspector) => {
        inspector.on('message', (data) => {
          const { id } = JSON.parse(String(data));
          inspector.send(JSON.stringify({ id, result: { result: { value: 42 } } }));
        });
      });
    }, 1_500);
  });

  const client = await InspectorClient.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => client.close());
  expect(await client.evaluate('6 * 7')).toBe(42);
});
