import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { addressOf, holderOf, socketDescriptors, tcpSockets } from '../../src/attach/tcp-sockets.ts';

it.each([
  ['0100007F', '127.0.0.1'],
  ['00000000', '0.0.0.0'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000001000000', '::1'],
  ['0000000000000000FFFF00000100007F', '::ffff:7f00:1'],
  ['B80D01200000000067452301EFCDAB89', '2001:db8::123:4567:89ab:cdef'],
])('reads the address %s, as the kernel writes it', (hex, want) => {
  expect(addressOf(hex)).toBe(want);
});

it.each(['127.0.0.1', '::1'])('finds who listens on %s, and that somebody is connected', async (host) => {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const found = () => tcpSockets(process.pid).filter((socket) => socket.port === port);
  const [listener] = found();
  expect(found()).toEqual([
    { address: host, port, remotePort: 0, state: 'listening', inode: expect.stringMatching(/^\d+$/) },
  ]);
  const descriptor = socketDescriptors(process.pid).get(listener?.inode ?? '') ?? -1;
  expect(String(fstatSync(descriptor).ino)).toBe(listener?.inode);
  expect(holderOf(listener?.inode ?? '')).toBe(process.pid);

  const client = connect(port, host);
  const [accepted] = await once(server, 'connection');
  onTestFinished(() => {
    client.destroy();
    accepted.destroy();
  });
  const { remotePort } = accepted;
  expect(found()).toContainEqual(expect.objectContaining({ state: 'established', remotePort }));
});
