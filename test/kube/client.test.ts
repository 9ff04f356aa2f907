import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiError, isForbidden, isGone, isUnreachable } from '../../src/kube/api-error.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { KubeConfigError } from '../../src/kube/kube-config-error.ts';
import { PODS } from '../../src/kube/resource.ts';

/** A server of our own, because a real kube-apiserver does not fail on demand. */
let server: Server;
let directory: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: IncomingMessage[];
let sockets: Set<Socket>;
const clients: KubeClient[] = [];

beforeEach(async () => {
  requests = [];
  sockets = new Set();
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  directory = mkdtempSync(join(tmpdir(), 'davylamp-client-'));
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

function kubeconfig(user: object = {}, url = origin()): string {
  const path = join(directory, 'config');
  const cluster = { name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } };
  const contexts = [{ name: 'one', context: { cluster: 'c', user: 'u', namespace: 'shop' } }];
  const config = { clusters: [cluster], users: [{ name: 'u', user }], contexts, 'current-context': 'one' };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function origin(): string {
  const address = server.address();
  return typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
}

function connect(path = kubeconfig()): KubeClient {
  const client = KubeClient.fromDefault({ kubeconfig: path });
  clients.push(client);
  return client;
}

const json = (response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};
const failure = (code: number, reason: string): object => ({
  kind: 'Status',
  message: `it is ${reason}`,
  reason,
  code,
});
const pods = { metadata: { resourceVersion: '7' }, items: [] };

describe('a request', () => {
  test('uses a connection again for the next request', async () => {
    answer = (_, response) => json(response, 200, pods);
    const client = connect();
    for (let i = 0; i < 20; i++) await client.list(PODS);
    expect(requests).toHaveLength(20);
    // The first connection may not be free yet when the second request comes.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  test.each([429, 503])('is repeated as soon as the server that answered %i wants', async (status) => {
    answer = (_, response) =>
      requests.length < 3
        ? json(response, status, failure(status, 'TooManyRequests'), { 'retry-after': '0' })
        : json(response, 200, pods);
    expect((await connect().list(PODS)).resourceVersion).toBe('7');
    expect(requests).toHaveLength(3);
  });

  test('is given up after five attempts', async () => {
    answer = (_, response) => json(response, 429, failure(429, 'TooManyRequests'), { 'retry-after': '0' });
    await expect(connect().list(PODS)).rejects.toMatchObject({ status: 429 });
    expect(requests).toHaveLength(5);
  });

  test('is not repeated when the server did not ask for it', async () => {
    answer = (_, response) => json(response, 503, failure(503, 'ServiceUnavailable'));
    await expect(connect().list(PODS)).rejects.toMatchObject({ status: 503 });
    expect(requests).toHaveLength(1);
  });

  test('that may be repeated survives a connection that was closed meanwhile; one that may not fails', async () => {
    answer = (request, response) => {
      if (requests.length % 2 === 1) request.socket.destroy();
      else json(response, 200, pods);
    };
    expect((await connect().list(PODS)).items).toEqual([]);
    const created = connect().create(PODS, { namespace: 'shop' }, {});
    await expect(created).rejects.toSatisfy(isUnreachable);
    expect(requests).toHaveLength(3);
  });

  test('is sent once more with credentials that are read anew when the server refuses them', async () => {
    const plugin = join(directory, 'plugin.sh');
    const credential =
      '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"\'$(cat "$0.token")\'"}}';
    writeFileSync(plugin, `#!/bin/sh\necho '${credential}'\n`, { mode: 0o755 });
    writeFileSync(`${plugin}.token`, 'old');
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' };
    const client = connect(kubeconfig({ exec }));
    answer = (request, response) => {
      if (request.headers.authorization === 'Bearer new') json(response, 200, pods);
      else json(response, 401, failure(401, 'Unauthorized'));
      writeFileSync(`${plugin}.token`, 'new');
    };
    await client.list(PODS);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
    answer = (_, response) => json(response, 401, failure(401, 'Unauthorized'));
    await expect(client.list(PODS)).rejects.toMatchObject({ status: 401 });
    expect(requests).toHaveLength(4);
  });

  test('ends in time when the server does not answer', async () => {
    answer = () => undefined;
    const error = await connect()
      .request('GET', '/readyz', { timeoutMs: 50 })
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ status: 0, reason: 'Timeout', message: 'GET /readyz took longer than 50 ms' });
  });

  test('ends with the reason of its signal', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    const request = connect().request('GET', '/readyz', { signal: stop.signal });
    const reason = new Error('no longer needed');
    stop.abort(reason);
    await expect(request).rejects.toBe(reason);
  });

  test('to a server that is not there says where it should be', async () => {
    server.close();
    const error = await connect(kubeconfig({}, 'http://127.0.0.1:1'))
      .list(PODS)
      .catch((cause: unknown) => cause);
    expect(isUnreachable(error) && error.message).toMatch(
      /^the API server at http:\/\/127.0.0.1:1 cannot be reached: .+/,
    );
  });

  test('never has credentials in its error', async () => {
    answer = (_, response) => json(response, 403, failure(403, 'Forbidden'));
    const error = await connect(kubeconfig({ token: 'geheim' }))
      .list(PODS)
      .catch((cause: unknown) => cause);
    expect(isForbidden(error) && JSON.stringify(error) + String(error)).not.toContain('geheim');
  });

  test('answered by something else than Kubernetes is an error, not an empty list', async () => {
    answer = (_, response) => response.end('<html>Sign in</html>');
    await expect(connect().list(PODS)).rejects.toMatchObject({ reason: 'BadAnswer' });
  });

  test('after close fails', async () => {
    const client = connect();
    await client.close();
    await expect(client.list(PODS)).rejects.toBeInstanceOf(ApiError);
  });
});

describe('a list', () => {
  test('whose pages are gone is taken in one answer', async () => {
    const item = { metadata: { name: 'a' } };
    answer = ({ url = '' }, response) => {
      const query = new URL(url, origin()).searchParams;
      if (query.has('continue')) json(response, 410, failure(410, 'Expired'));
      else if (query.has('limit'))
        json(response, 200, { metadata: { resourceVersion: '7', continue: 'x' }, items: [item] });
      else json(response, 200, { metadata: { resourceVersion: '9' }, items: [item, item] });
    };
    expect(await connect().list(PODS, { labelSelector: 'a=b' })).toEqual({ items: [item, item], resourceVersion: '9' });
    expect(requests.at(-1)?.url).toBe('/api/v1/pods?labelSelector=a%3Db');
  });
});

describe('a watch', () => {
  const watch = async (lines: string): Promise<string[]> => {
    answer = (_, response) => response.end(lines);
    const types: string[] = [];
    for await (const { type } of connect().watchStream(PODS, { timeoutSeconds: 5 })) types.push(type);
    return types;
  };

  test('ends with the server, and drops an event that was cut off', async () => {
    expect(await watch('{"type":"ADDED","object":{}}\n{"type":"BOOKMARK","object":{}}\n{"type":"MODI')).toEqual([
      'ADDED',
      'BOOKMARK',
    ]);
  });

  test('throws the error that the server puts into it', async () => {
    const lines = `{"type":"ADDED","object":{}}\n${JSON.stringify({ type: 'ERROR', object: failure(410, 'Expired') })}\n`;
    await expect(watch(lines)).rejects.toSatisfy(isGone);
  });

  test('throws on an event of no known type', async () => {
    await expect(watch('{"type":"RENAMED","object":{}}\n')).rejects.toMatchObject({ reason: 'BadAnswer' });
  });
});

test('a log is read line by line', async () => {
  answer = (_, response) => response.end('one\ntwo\nthree');
  const lines: string[] = [];
  for await (const line of connect().podLogs('shop', 'orders-1', { container: 'davylamp', follow: true, tailLines: 3 }))
    lines.push(line);
  expect(lines).toEqual(['one', 'two', 'three']);
  expect(requests[0]?.url).toBe('/api/v1/namespaces/shop/pods/orders-1/log?container=davylamp&follow=true&tailLines=3');
});

describe('a kubeconfig', () => {
  test('gives the namespace of its context', () => {
    expect(connect().defaultNamespace).toBe('shop');
  });

  test.each([
    ['that is missing', () => join(directory, 'nothing'), undefined, /^the kubeconfig cannot be read: ENOENT/],
    ['without the context', () => kubeconfig(), 'two', /^no context "two"; there are: one$/],
    [
      'whose server is no URL',
      () => kubeconfig({}, 'nonsense'),
      undefined,
      /^the server of cluster c is no URL: "nonsense"$/,
    ],
  ])('%s is refused in words', (_what, path, context, wantMessage) => {
    const open = (): KubeClient => KubeClient.fromDefault({ kubeconfig: path(), context });
    expect(open).toThrow(KubeConfigError);
    expect(open).toThrow(wantMessage);
  });
});
