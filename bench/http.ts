import { Agent, request } from 'node:http';
import { datadog } from './peers/datadog.ts';
import { google } from './peers/google.ts';
import { logpoint } from './peers/logpoint.ts';
import { LINE_OF_RETURN, type Peer } from './peers/peer.ts';
import { pino } from './peers/pino.ts';
import { type Figure, percent, quantile } from './report.ts';
import { Target, unlimitedLog } from './target.ts';

const CONNECTIONS = 20;
const SECONDS = 3;
/** A sampled probe comes and goes over some ten seconds. */
const PROBED_SECONDS = 10;
const ROUNDS = 7;
const PEER_ROUNDS = 3;
const PEERS: readonly Peer[] = [pino, logpoint, datadog, google];
const body = JSON.stringify({ id: 1, items: Array.from({ length: 10 }, (_, id) => ({ id, price: id, quantity: 2 })) });

/** Requests that 20 keep-alive connections get answered, per second. */
async function saturate(port: number, seconds = SECONDS): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const end = performance.now() + seconds * 1000;
  let answered = 0;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request({ port, method: 'POST', agent }, (response) => {
        response.resume().on('end', () => {
          answered += 1;
          resolve();
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const connection = async () => {
    while (performance.now() < end) await one();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  agent.destroy();
  return answered / seconds;
}

/** Throughput of an HTTP server at saturation with one hit per request, as a share of the same server without. */
export async function measureHttp(): Promise<Figure[]> {
  const target = await Target.start('http.cjs');
  await target.until(() => target.output.includes('\n'));
  const port = Number(target.output.split('\n')[0]);
  const budget = { cpuMillisecondsPerSecond: 10, hitsPerSecond: 50, maxStallMilliseconds: 100 };
  const wanted = {
    log: unlimitedLog('http.cjs', LINE_OF_RETURN, 'order {order.id} costs {sum}', { limits: budget }),
    never: unlimitedLog('http.cjs', LINE_OF_RETURN, 'order {order.id}', { condition: 'sum < 0', limits: budget }),
  };
  const shares = { log: [] as number[], never: [] as number[] };
  const none: number[] = [];
  const scatter: number[] = [];
  await target.set();
  await saturate(port);
  // Each beside its own two without a probe: the machine is faster at one time than at another.
  let before = await saturate(port);
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ['log', 'never'] as const) {
      await target.set(wanted[name]);
      const probed = await saturate(port, PROBED_SECONDS);
      await target.set();
      const after = await saturate(port);
      shares[name].push((2 * probed) / (before + after));
      none.push(after);
      scatter.push(Math.min(after / before, before / after));
      before = after;
    }
  }
  const peers = new Map<string, number[]>();
  for (let round = 0; round < PEER_ROUNDS; round++) {
    for (const peer of PEERS) {
      const server = await peer.start();
      if (server === undefined) continue;
      await saturate(server.port);
      peers.set(peer.name, [...(peers.get(peer.name) ?? []), await saturate(server.port)]);
      await server.stop();
    }
  }
  await target.stop();
  const share = (name: 'log' | 'never') => quantile(shares[name], 0.5);
  return [
    {
      what: 'HTTP at saturation, one log per request, default budget (sampled)',
      measured: percent(share('log')),
      goal: '≥ 97 %',
      met: share('log') >= 0.97,
    },
    {
      what: 'the same, condition false',
      measured: percent(share('never')),
      goal: '≥ 98 %',
      met: share('never') >= 0.98,
    },
    {
      what: 'beside it: no probe, against no probe ten seconds before',
      measured: percent(quantile(scatter, 0.5)),
      goal: '–',
    },
    ...[...peers].map(([name, values]) => ({
      what: `beside it: ${name}, each request`,
      measured: percent(quantile(values, 0.5) / quantile(none, 0.5)),
      goal: '–',
    })),
  ];
}
