import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterEach, expect, test, vi } from 'vitest';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import { awaitReachable } from '../../src/helm-hooks/await-webhook.ts';
import { freePort } from '../free-ports.ts';

let server: Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

async function listen(port = 0): Promise<number> {
  const authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  const { certPem: cert, keyPem: key } = await authority.issue(['localhost']);
  const listening = createServer({ cert, key }, (socket) => socket.on('error', () => {}));
  server = listening;
  // Another program of the machine may hold a port that is used again.
  await vi.waitFor(() => once(listening.listen(port, '127.0.0.1'), 'listening'), { timeout: 30_000 });
  return (listening.address() as AddressInfo).port;
}

test('a webhook that listens is reached', async () => {
  expect(await awaitReachable({ host: '127.0.0.1', port: await listen(), seconds: 60 })).toBe(true);
});

test('one that listens later is waited for', async () => {
  const port = await freePort();
  const reached = awaitReachable({ host: '127.0.0.1', port, seconds: 60 });
  await listen(port);
  expect(await reached).toBe(true);
});

test('one that never listens is given up', async () => {
  expect(await awaitReachable({ host: '127.0.0.1', port: await freePort(), seconds: 1 })).toBe(false);
});
