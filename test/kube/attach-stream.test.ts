import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { isForbidden, isUnreachable } from '../../src/kube/api-error.ts';
import { isNotRunning } from '../../src/kube/attach-stream.ts';
import { type ClientOptions, KubeClient } from '../../src/kube/client.ts';

/** A server of our own: the real one cannot attach without a node, and test/e2e/attach-stream.test.ts has one. */
let server: Server;
let webSockets: WebSocketServer;
let directory: string;
/** What a request for a stream is refused with; undefined when it is accepted. */
let refusal: { status: number; body: string } | undefined;
let serve: (socket: WebSocket) => void;
let requests: IncomingMessage[];
const clients: KubeClient[] = [];

const REF = { namespace: 'shop', name: 'orders-1', container: 'davylamp-attached' };
const SECRET = 'davylamp-once.geheim';
const SUCCESS = Buffer.from('\x03{"metadata":{},"status":"Success"}');

beforeEach(async () => {
  requests = [];
  refusal = undefined;
  directory = mkdtempSync(join(tmpdir(), 'davylamp-attach-'));
  webSockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  server = createServer();
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head) => {
    requests.push(request);
    if (refusal === undefined) webSockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket));
    else socket.end(`HTTP/1.1 ${refusal.status} No\r\nContent-Length: ${refusal.body.length}\r\n\r\n${refusal.body}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  for (const socket of webSockets.clients) socket.terminate();
  server.close();
  rmSync(directory, { recursive: true });
});

const portOf = (listening: Server): number => {
  const address = listening.address();
  return typeof address === 'object' && address ? address.port : 0;
};

function connect(options: ClientOptions = {}, cluster: object = {}, user: object = {}): KubeClient {
  const path = join(directory, 'config');
  const at = { server: `http://127.0.0.1:${portOf(server)}`, 'insecure-skip-tls-verify': true, ...cluster };
  const context = { cluster: 'c', user: 'u' };
  const config = { clusters: [{ name: 'c', cluster: at }], users: [{ name: 'u', user }] };
  writeFileSync(path, JSON.stringify({ ...config, contexts: [{ name: 'one', context }], 'current-context': 'one' }));
  const client = KubeClient.fromDefault({ kubeconfig: path, ...options });
  clients.push(client);
  return client;
}

/** Takes messages until the input is ended, by the message that v5 has for it or by the end of the stream, and answers `last`. */
function taking(last: Buffer | undefined): Buffer[] {
  const taken: Buffer[] = [];
  serve = (socket) => {
    socket.send(Buffer.of(3));
    socket.on('message', (data: Buffer) => {
      taken.push(data);
      if (data[0] === 255 && last !== undefined) socket.send(last);
    });
  };
  return taken;
}

test('a text is sent as the input of one container, which is then ended, and is handed over when the node says so', async () => {
  const taken = taking(SUCCESS);
  await connect().sendInput(REF, `${SECRET}\n`);
  expect(taken).toEqual([Buffer.from(`\0${SECRET}\n`), Buffer.of(255, 0)]);
  expect(requests[0]?.url).toBe('/api/v1/namespaces/shop/pods/orders-1/attach?container=davylamp-attached&stdin=true');
});

test('a server that knows only the older protocol gets the end of the input with the end of the stream', async () => {
  webSockets.options.handleProtocols = (offered) => [...offered][1] ?? false;
  const taken = taking(undefined);
  await connect().sendInput(REF, SECRET);
  expect(taken).toEqual([Buffer.from(`\0${SECRET}`)]);
});

test('requests have the credentials of the client, each group that is impersonated, and go through its proxy', async () => {
  taking(SUCCESS);
  const proxied: (string | undefined)[] = [];
  const proxy = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
    proxied.push(request.url);
    const through = connectTcp(portOf(server), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const impersonate = { user: 'eva', groups: ['dev', 'ops'] };
  const cluster = { 'proxy-url': `http://127.0.0.1:${portOf(proxy)}` };
  await connect({ impersonate }, cluster, { token: 'geheim' }).sendInput(REF, SECRET);
  proxy.close();
  expect(proxied).toEqual([`127.0.0.1:${portOf(server)}`]);
  expect(requests[0]?.headers.authorization).toBe('Bearer geheim');
  expect(requests[0]?.headersDistinct['impersonate-group']).toEqual(['dev', 'ops']);
});

const status = (code: number, reason: string): string =>
  JSON.stringify({ kind: 'Status', message: `it is ${reason}`, reason, code });

test('a refusal says what the server said, and which kind it is', async () => {
  refusal = { status: 403, body: status(403, 'Forbidden') };
  const forbidden = await connect()
    .sendInput(REF, SECRET)
    .catch((error: unknown) => error);
  expect(isForbidden(forbidden) && forbidden.message).toBe('it is Forbidden');
  refusal = { status: 500, body: 'container davylamp-attached not found in pod orders-1_shop' };
  await expect(connect().sendInput(REF, SECRET)).rejects.toSatisfy(isNotRunning);
  refusal = { status: 500, body: status(500, 'InternalError') };
  await expect(connect().sendInput(REF, SECRET)).rejects.not.toSatisfy(isNotRunning);
});

test('credentials that the server refuses are read again once', async () => {
  refusal = { status: 401, body: status(401, 'Unauthorized') };
  await expect(connect().sendInput(REF, SECRET)).rejects.toMatchObject({ status: 401 });
  expect(requests).toHaveLength(2);
});

test.each<[string, (socket: WebSocket) => void, object]>([
  [
    'a node that fails',
    (socket) => socket.send('\x03{"status":"Failure","message":"no such process","reason":"InternalError","code":500}'),
    { status: 500, reason: 'InternalError', message: 'no such process' },
  ],
  ['a status that is none', (socket) => socket.send('\x03what'), { status: 500 }],
  ['a stream that ends early', (socket) => socket.close(1011), { status: 0, reason: 'StreamClosed' }],
  ['a stream that is cut', (socket) => socket.terminate(), { status: 0, reason: 'StreamClosed' }],
  ['a message that is too big', (socket) => socket.send('x'.repeat(100_000)), { status: 0, reason: 'Unreachable' }],
])('%s is an error without the text', async (_, act, wantError) => {
  serve = act;
  const error: unknown = await connect()
    .sendInput(REF, SECRET)
    .catch((cause: unknown) => cause);
  expect(error).toMatchObject(wantError);
  expect(String(error) + JSON.stringify(error)).not.toContain('geheim');
});

test('a server that is not there, or that falls silent, is unreachable', async () => {
  const cluster = { server: 'http://127.0.0.1:1' };
  await expect(connect({}, cluster).sendInput(REF, SECRET)).rejects.toSatisfy(isUnreachable);
  serve = () => undefined;
  const silent = connect().sendInput(REF, SECRET, { timeoutMs: 50 });
  await expect(silent).rejects.toMatchObject({ status: 0, reason: 'Timeout' });
});

test('it ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const reason = new Error('no longer needed');
  serve = () => stop.abort(reason);
  await expect(connect().sendInput(REF, SECRET, { signal: stop.signal })).rejects.toBe(reason);
  await expect(connect().sendInput(REF, SECRET, { signal: stop.signal })).rejects.toBe(reason);
});
