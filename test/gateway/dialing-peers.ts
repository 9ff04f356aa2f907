import { once } from 'node:events';
import { connect, createSecureContext } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';
import { servingNames } from '../../src/gateway/certificates/serving-certificate.ts';
import { upgradeRequest } from './upgrade-request.ts';

export interface DialingPeers {
  readonly port: number;
  readonly ca: string;
  /** Used in turn. */
  readonly tokens: readonly string[];
  readonly count: number;
}

/** A thread that dials `count` times, 32 at a time, and posts how often each status was answered. The gateway has its own thread to lose. */
const { port, ca, tokens, count }: DialingPeers = workerData;
const secureContext = createSecureContext({ ca });
const statuses: Record<string, number> = {};
let next = 0;

async function dial(): Promise<void> {
  while (next < count) {
    const token = tokens[next++ % tokens.length] ?? '';
    const socket = connect({ port, host: '127.0.0.1', secureContext, servername: servingNames('davylamp')[0] });
    socket.write(upgradeRequest(token));
    const [answer] = await once(socket, 'data');
    const status = String(answer).split(' ')[1] ?? '';
    statuses[status] = (statuses[status] ?? 0) + 1;
    socket.destroy();
  }
}

await Promise.all(Array.from({ length: 32 }, dial));
parentPort?.postMessage(statuses);
