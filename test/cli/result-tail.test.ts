import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dynamicLogSchema } from '../../src/api/dynamiclog.ts';
import { ResultTail } from '../../src/cli/result-tail.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { LogLine } from '../../src/protocol/log-line.ts';
import { toLogLine } from '../../src/sinks/to-log-line.ts';
import { exampleProbe, exampleProcess, exampleResult } from '../sidecar/examples.ts';

/**
 * Logs of pods need a kubelet, which the API server of the integration tests has not; the real thing is in test/e2e. Here a
 * server answers with what a cluster would.
 */
const probe = dynamicLogSchema.parse({
  apiVersion: 'davylamp.dev/v1alpha1',
  kind: 'DynamicLog',
  metadata: { name: 'large-orders', namespace: 'shop' },
  spec: {
    target: { selector: { matchLabels: { app: 'orders' } } },
    location: { file: 'src/orders.ts', line: 50 },
    message: 'order {order.id}',
  },
});

const pod = (name: string, changes: { app?: string; agent?: boolean } = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1', labels: { app: changes.app ?? 'orders' } },
  spec: { containers: [{ name: 'app' }], initContainers: changes.agent === false ? [] : [{ name: 'davylamp' }] },
  status: { phase: 'Running' },
});

const text = (sequence: number, name = 'large-orders'): string =>
  `${JSON.stringify(toLogLine(exampleResult(sequence), exampleProbe({ name }), exampleProcess(), 'pod'))}\n`;

/** At this second. */
const textAt = (second: number): string =>
  text(second).replace(/"time":"[^"]*"/, `"time":"2026-11-28T20:00:${String(second).padStart(2, '0')}.000Z"`);

describe('following the results of a probe', () => {
  const pods: object[] = [];
  const logs = new Map<string, string>();
  const openLogs = new Map<string, ServerResponse>();
  const refused = new Set<string>();
  const silent = new Set<string>();
  let watch: ServerResponse | undefined;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://server');
    const name = /\/pods\/([^/]+)\/log$/.exec(url.pathname)?.[1];
    response.setHeader('content-type', 'application/json');
    if (name !== undefined) {
      expect(url.searchParams.get('container')).toBe('davylamp');
      if (refused.has(name)) {
        response.writeHead(500).end('{"message":"no kubelet"}');
        return;
      }
      if (silent.delete(name)) return;
      response.write(logs.get(name) ?? '');
      if (url.searchParams.get('follow') === 'true') openLogs.set(name, response);
      else response.end();
    } else if (url.searchParams.get('watch') === 'true') {
      watch = response;
      response.flushHeaders();
    } else {
      response.end(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: '1' }, items: pods }));
    }
  });
  let client: KubeClient;
  let directory: string;
  const lines: LogLine[] = [];
  const notes: string[] = [];
  const tail = (follow: boolean, backlogMilliseconds?: number): ResultTail =>
    new ResultTail(client, probe, {
      backlogMilliseconds,
      sinceSeconds: 60,
      follow,
      print: (line) => lines.push(line),
      note: (message) => notes.push(message),
    });

  beforeEach(async () => {
    pods.length = lines.length = notes.length = 0;
    logs.clear();
    openLogs.clear();
    refused.clear();
    silent.clear();
    watch = undefined;
    directory = await mkdtemp(join(tmpdir(), 'result-tail-'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const config = {
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'test', user: {} }],
    };
    await writeFile(join(directory, 'config'), JSON.stringify(config));
    client = KubeClient.fromDefault({ kubeconfig: join(directory, 'config') });
  });

  afterEach(async () => {
    await client.close();
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });

  it("prints the lines of this probe only, from the pods that it matches, and none of the agent's own", async () => {
    pods.push(pod('orders-1'), pod('other-1', { app: 'other' }), pod('orders-2', { agent: false }));
    logs.set(
      'orders-1',
      `{"kind":"Agent","message":"\\"large-orders\\""}\n${text(1)}${text(2, 'small-orders')}no JSON\n`,
    );
    logs.set('other-1', text(9));
    await tail(false).run(new AbortController().signal);

    expect(lines.map(({ sequence }) => sequence)).toEqual([1]);
    expect(notes).toEqual(['pod orders-2 has no agent; the status of the probe says why']);
  });

  it.each([false, true])(
    'prints what there is of all pods in the order of time, whether it follows or not: %s',
    async (follow) => {
      pods.push(pod('orders-1'), pod('orders-2'), pod('orders-3'));
      logs.set('orders-1', textAt(1) + textAt(4) + textAt(6));
      logs.set('orders-2', textAt(2) + textAt(3) + textAt(7));
      logs.set('orders-3', textAt(5));
      const controller = new AbortController();
      const running = tail(follow).run(controller.signal);
      if (follow) {
        await vi.waitFor(() => expect([...openLogs.keys()]).toHaveLength(3), { timeout: 60_000 });
        openLogs.get('orders-3')?.write(textAt(8));
        await vi.waitFor(() => expect(lines.at(-1)?.sequence).toBe(8), { timeout: 60_000 });
        controller.abort();
      }
      await running;

      expect(lines.map(({ sequence }) => sequence)).toEqual(follow ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 2, 3, 4, 5, 6, 7]);
    },
  );

  it('does not wait for ever for what a pod has whose log does not come, and prints it when it does', async () => {
    pods.push(pod('orders-1'), pod('orders-2'));
    logs.set('orders-1', textAt(1));
    logs.set('orders-2', textAt(2));
    silent.add('orders-2');
    const controller = new AbortController();
    const running = tail(true, 1_000).run(controller.signal);
    await vi.waitFor(() => expect(lines.map(({ sequence }) => sequence).sort()).toEqual([1, 2]), { timeout: 60_000 });
    controller.abort();
    await running;

    expect(notes).toEqual([]);
  });

  it('reads the pods that answer although the log of one cannot be had, and says so', async () => {
    pods.push(pod('orders-1'), pod('orders-2'));
    logs.set('orders-1', textAt(1));
    refused.add('orders-2');
    await tail(false).run(new AbortController().signal);

    expect(lines.map(({ sequence }) => sequence)).toEqual([1]);
    expect(notes).toEqual([expect.stringMatching(/^pod orders-2: /)]);
  });

  it('follows pods that come later, and prints nothing twice when a stream begins again', async () => {
    pods.push(pod('orders-1'));
    logs.set('orders-1', text(1));
    const controller = new AbortController();
    const running = tail(true).run(controller.signal);
    await vi.waitFor(() => expect(watch).toBeDefined(), { timeout: 60_000 });
    await vi.waitFor(() => expect(openLogs.has('orders-1')).toBe(true), { timeout: 60_000 });
    logs.set('orders-1', text(1) + text(2));
    openLogs.get('orders-1')?.end();
    logs.set('orders-2', text(7));
    watch?.write(`${JSON.stringify({ type: 'ADDED', object: pod('orders-2') })}\n`);

    await vi.waitFor(() => expect(lines.map(({ sequence }) => sequence).sort()).toEqual([1, 2, 7]), {
      timeout: 60_000,
    });
    controller.abort();
    await running;
  });
});
