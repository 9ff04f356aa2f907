import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, eventually, get, type Json, kubectl, tryKubectl, untilStatus } from './kubectl.ts';
import { deployOrders, dynamicLog, freshNamespace, ORDERS_IMAGE, podOf, restarts } from './workloads.ts';

/** A program that asks the Service for a new order every 10 ms, each over a connection of its own, and says what failed first. */
const LOAD = `
const http = require('node:http');
const body = JSON.stringify({ id: 1, customer: { name: 'a', email: 'b', password: 'c' }, items: [] });
let sent = 0, answered = 0, failures = 0; const bad = [];
setInterval(() => {
  sent += 1;
  const failed = (error) => { failures += 1; if (bad.length < 20) bad.push(new Date().toISOString() + ' ' + error); };
  const request = http.request('http://orders:8080/orders', { method: 'POST', agent: false, timeout: 10000 }, (answer) => {
    answer.resume().on('end', () => { answered += 1; if (answer.statusCode !== 201) failed(answer.statusCode); });
  });
  request.on('timeout', () => request.destroy(new Error('timeout'))).on('error', failed).end(body);
}, 10);
http.createServer((_, response) => response.end(JSON.stringify({ sent, answered, failures, bad }))).listen(9000);`;

/** What a process of the pod can do to its agent: many connections, each with a frame that does not end. */
const EXHAUST = `
const { connect } = require('node:net');
const { socket } = JSON.parse(require('node:fs').readFileSync('/run/davylamp/connection.json', 'utf8'));
const piece = Buffer.alloc(3.9 * 1024 * 1024, 120);
let open = 120;
for (let i = open; i > 0; i -= 1) {
  const one = connect('/run/davylamp/' + socket, () => one.write(piece));
  one.on('error', () => {}).on('close', () => { if (--open === 0) process.exit(); });
}`;

/** Faults of the agent under load: the Service goes on as if nothing were. */
describe('a pod whose agent is harmed', () => {
  const namespace = 'e2e-sidecar';
  let pod: string;
  let watch: ChildProcess;
  /** Every state of the endpoint that the API server has told of. */
  const endpoints: { ready: boolean; addresses: number }[] = [];

  beforeAll(async () => {
    await freshNamespace(namespace);
    await deployOrders(namespace, 1);
    pod = await podOf(namespace, 'orders');
    await apply(
      namespace,
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'orders' },
        spec: { selector: { app: 'orders' }, ports: [{ port: 8080 }] },
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'load' },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            { name: 'load', image: ORDERS_IMAGE, imagePullPolicy: 'IfNotPresent', command: ['node', '-e', LOAD] },
          ],
        },
      },
      dynamicLog('watching', 'orders', { function: 'OrderService.place' }, 'order {order.id}'),
    );
    await untilStatus(namespace, 'dlog', 'watching', 'hits', (status) => status.hits > 0);
    await eventually('load', async () => (await load()).answered > 100);
    // What the cluster's own network loses would be taken for the agent's doing later.
    expect(await load(), 'before anything is harmed').toMatchObject({ failures: 0, bad: [] });
    watch = spawn(
      'kubectl',
      ['get', 'endpointslices', '-n', namespace, '-l', 'kubernetes.io/service-name=orders', '-w', '-o', 'json'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    watch.stdout?.on('data', (chunk) => {
      text += chunk;
      const parts = text.split(/^}\n/m);
      text = parts.pop() ?? '';
      for (const part of parts) {
        const slice: Json = JSON.parse(`${part}}`);
        const all: Json[] = slice.endpoints ?? [];
        endpoints.push({ ready: all.every((one) => one.conditions.ready), addresses: all.length });
      }
    });
    await eventually('endpoint', async () => endpoints.length > 0);
  });

  afterAll(() => void watch?.kill());

  async function load(): Promise<{ sent: number; answered: number; failures: number; bad: string[] }> {
    const script = `fetch('http://127.0.0.1:9000').then((answer) => answer.text()).then(console.log)`;
    return JSON.parse(await kubectl('exec', 'load', '-n', namespace, '--', 'node', '-e', script));
  }

  const inSidecar = (script: string): Promise<string> =>
    kubectl('exec', pod, '-n', namespace, '-c', 'davylamp', '--', 'sh', '-c', script);

  /** Process of the agent, not of the container. */
  async function agentPid(): Promise<string> {
    const script = `for p in /proc/[0-9]*; do case $(tr '\\0' ' ' <$p/cmdline 2>/dev/null) in node*) echo \${p#/proc/};; esac; done`;
    return (await inSidecar(script)).trim();
  }

  async function nothingHappened(): Promise<void> {
    const before = (await get(namespace, 'dlog', 'watching')).status.hits;
    await untilStatus(
      namespace,
      'dlog',
      'watching',
      'armed and hit again',
      (status) => status.pods?.armed === 1 && status.hits > before + 3,
      90,
    );
    const { answered } = await load();
    const after = await eventually('more answers', async () => {
      const now = await load();
      return now.answered > answered + 50 && now;
    });
    expect(after).toMatchObject({ failures: 0, bad: [] });
    expect(await restarts(namespace, pod, 'davylamp')).toBe(0);
    expect(await restarts(namespace, pod, 'app')).toBe(0);
    expect(endpoints.filter(({ ready, addresses }) => !ready || addresses !== 1)).toEqual([]);
    expect(await podOf(namespace, 'orders')).toBe(pod);
  }

  it('serves every request while the agent is killed ten times, and the probe comes back', async () => {
    for (let round = 0; round < 10; round += 1) {
      const pid = await eventually('an agent', agentPid);
      expect(pid).toMatch(/^\d+$/);
      await inSidecar(`kill -9 ${pid}`);
      const next = await eventually('another agent', async () => {
        const found = await agentPid();
        return found !== '' && found !== pid && found;
      });
      expect(next).not.toBe('1');
      // One that lived for ten seconds is no agent that ends again and again.
      if (round % 3 === 2) await eventually('a while', async () => Number(await ageSeconds(next)) >= 10);
    }
    await nothingHappened();
  }, 300_000);

  const ageSeconds = async (pid: string): Promise<number> =>
    Number(
      await inSidecar(
        `read -r up _ </proc/uptime; start=$(sed 's/.*) //' /proc/${pid}/stat | cut -d' ' -f20); echo $((\${up%%.*} - start / 100))`,
      ),
    );

  it('serves every request while its memory is exhausted', async () => {
    for (let round = 0; round < 3; round += 1) {
      const before = await eventually('an agent', agentPid);
      expect(before).not.toBe('');
      const { stderr } = await tryKubectl('exec', pod, '-n', namespace, '-c', 'app', '--', 'node', '-e', EXHAUST);
      expect(stderr).toBe('');
      await eventually('an agent', agentPid);
    }
    await nothingHappened();
  }, 300_000);

  it('serves every request while its volume is full, also when it is killed then', async () => {
    const { stderr } = await tryKubectl(
      ...['exec', pod, '-n', namespace, '-c', 'davylamp', '--', 'sh', '-c'],
      'dd if=/dev/zero of=/run/davylamp/filler bs=1M count=100',
    );
    expect(stderr).toContain('No space left on device');
    const pid = await eventually('an agent', agentPid);
    await inSidecar(`kill -9 ${pid}`);
    await eventually('another agent', async () => ((await agentPid()) || pid) !== pid);
    await nothingHappened();
    await inSidecar('rm /run/davylamp/filler');
    await nothingHappened();
  }, 300_000);

  it('is not held up at its end', async () => {
    const began = Date.now();
    await kubectl('delete', 'pod', pod, '-n', namespace, '--wait=true');
    // The application's own part of it and the agent's three seconds; 30 s are what Kubernetes grants.
    expect(Date.now() - began).toBeLessThan(25_000);
  });
});
