import { apply, kubectl } from '../test/e2e/kubectl.ts';
import { deployOrders, dynamicLog, freshNamespace, podOf } from '../test/e2e/workloads.ts';
import { follow } from './follow.ts';
import { type Figure, milliseconds, quantile } from './report.ts';

const PROBES = 100;
const namespace = 'davylamp-bench';

interface Times {
  armed?: number;
  status?: number;
  stdout?: number;
}

/**
 * From the answer of `kubectl apply` to Armed in status, to the first line in status and to the first line on the agent's
 * standard output, over 100 probes one after the other, on the cluster that KUBECONFIG names with Davylamp installed.
 */
export async function measureCluster(): Promise<Figure[]> {
  await freshNamespace(namespace);
  await deployOrders(namespace, 1);
  await kubectl('set', 'env', 'deployment/orders', '-n', namespace, 'TRAFFIC_PER_SECOND=100');
  await kubectl('rollout', 'status', 'deployment/orders', '-n', namespace, '--timeout=120s');
  const pod = await podOf(namespace, 'orders');

  const times = new Map<string, Times>();
  const mark = (name: string, key: keyof Times) => {
    const entry = times.get(name);
    if (entry !== undefined) entry[key] ??= performance.now();
  };
  const stopWatch = follow(
    [
      'get',
      'dlog',
      '-n',
      namespace,
      '--watch',
      '-o',
      'jsonpath={.metadata.name} {.status.pods.armed} {.status.recent[0].time}{"\\n"}',
    ],
    (line) => {
      const [name = '', armed, recent] = line.split(' ');
      if (armed === '1') mark(name, 'armed');
      if (recent) mark(name, 'status');
    },
  );
  const stopLogs = follow(['logs', pod, '-n', namespace, '-c', 'davylamp', '-f', '--tail=0'], (line) => {
    const name = /"name":"(bench-\d+)"/.exec(line)?.[1];
    if (name !== undefined) mark(name, 'stdout');
  });

  const armed: number[] = [];
  const status: number[] = [];
  const stdout: number[] = [];
  for (let index = 0; index < PROBES; index++) {
    const name = `bench-${index}`;
    times.set(name, {});
    await apply(namespace, dynamicLog(name, 'orders', { function: 'OrderService.place' }, 'order {order.id}'));
    const applied = performance.now();
    const end = applied + 20_000;
    for (;;) {
      const seen = times.get(name);
      if (seen?.armed !== undefined && seen.status !== undefined && seen.stdout !== undefined) {
        // The API server may have stored the object, and all the rest happened, before kubectl itself ended.
        armed.push(Math.max(0, seen.armed - applied));
        status.push(Math.max(0, seen.status - applied));
        stdout.push(Math.max(0, seen.stdout - applied));
        break;
      }
      if (performance.now() > end) throw new Error(`${name}: not within 20 s: ${JSON.stringify(seen)}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await kubectl('delete', 'dlog', name, '-n', namespace);
  }
  stopWatch();
  stopLogs();

  const agent = await measureAgent(pod);
  await kubectl('delete', 'namespace', namespace, '--wait=false');
  const row = (what: string, values: number[]): Figure => ({
    what: `${what}, p50 / p99 of ${PROBES}`,
    measured: `${milliseconds(quantile(values, 0.5))} / ${milliseconds(quantile(values, 0.99))}`,
    goal: '≤ 150 / ≤ 500 ms',
    met: quantile(values, 0.5) <= 150 && quantile(values, 0.99) <= 500,
  });
  return [
    row('apply → armed in status', armed),
    row('apply → first line in status', status),
    row('apply → first line on standard output', stdout),
    ...agent,
  ];
}

/** An agent rests when nothing has happened for ten seconds (src/sidecar/idle-gc.ts). */
const UNTIL_REST_MILLISECONDS = 15_000;

/** RSS of the agent, and its CPU time over half a minute, after the last probe is gone and it has come to rest. */
async function measureAgent(pod: string): Promise<Figure[]> {
  const read = async (file: string) =>
    kubectl('exec', pod, '-n', namespace, '-c', 'davylamp', '--', 'cat', `/proc/1/${file}`);
  const ticks = async () => {
    const fields = (await read('stat')).replace(/^.*\) /, '').split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  await new Promise((resolve) => setTimeout(resolve, UNTIL_REST_MILLISECONDS));
  const rss = Number(/VmRSS:\s+(\d+)/.exec(await read('status'))?.[1]) / 1024;
  const seconds = 30;
  const before = await ticks();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const share = (await ticks()) - before;
  return [
    { what: 'agent at rest: RSS', measured: `${rss.toFixed(1)} MiB`, goal: '≤ 55 MiB', met: rss <= 55 },
    {
      what: `agent at rest: CPU over ${seconds} s`,
      measured: `${(share / seconds).toFixed(2)} %`,
      goal: '≤ 0.1 %',
      met: share / seconds <= 0.1,
    },
  ];
}
