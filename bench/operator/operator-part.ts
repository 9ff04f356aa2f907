import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { KubeClient } from '../../src/kube/client.ts';
import { createLog } from '../../src/operator/log.ts';
import { readSettings } from '../../src/operator/settings.ts';
import { type OperatorPorts, runOperator } from '../../src/operator.ts';
import { answer } from './part.ts';

/** Milliseconds by which a timer was late. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export type OperatorAsks = {
  ports: readonly [undefined, OperatorPorts];
  /** Of the event loop since the question before; and since the start. */
  delay: readonly [undefined, { readonly since: LoopDelay; readonly all: LoopDelay }];
  /** `lost` when it lost the Lease. */
  ended: readonly [undefined, string | undefined];
  memory: readonly [undefined, NodeJS.MemoryUsage];
  /** Begins to profile; with a path ends it and writes the profile there. */
  profile: readonly [string | undefined, undefined];
};

/** Entry of the process that is the operator, as src/operator.ts runs it, with its event loop measured from inside. */
const RESOLUTION = 10;
const since = monitorEventLoopDelay({ resolution: RESOLUTION });
const all = monitorEventLoopDelay({ resolution: RESOLUTION });

function read(histogram: ReturnType<typeof monitorEventLoopDelay>): LoopDelay {
  // What is recorded is the time between two looks, of which the resolution is planned.
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  return { p50: late(histogram.percentile(50)), p99: late(histogram.percentile(99)), max: late(histogram.max) };
}

const settings = readSettings(process.env);
const log = createLog(settings.logLevel);
// Standard output is for the answers.
const auditStream = () => ({ write: () => undefined });
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort(new Error('the benchmark is over')));
const client = KubeClient.fromDefault({ userAgent: 'davylamp-operator/bench' });
const listening = Promise.withResolvers<OperatorPorts>();
let end: string | undefined;

answer({
  ports: async () => {
    since.enable();
    all.enable();
    return await listening.promise;
  },
  delay: () => {
    const delays = { since: read(since), all: read(all) };
    since.reset();
    return delays;
  },
  ended: () => end,
  memory: () => process.memoryUsage(),
  profile: async (path: string | undefined) => profile(path),
});

let session: Session | undefined;

async function profile(path: string | undefined): Promise<void> {
  if (path === undefined) {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 1000 });
    await session.post('Profiler.start');
    return;
  }
  const stopped = await session?.post('Profiler.stop');
  session?.disconnect();
  writeFileSync(path, JSON.stringify(stopped?.profile));
}

end = await runOperator({
  settings,
  client,
  log,
  auditStream,
  signal: stopping.signal,
  onListening: listening.resolve,
});
await client.close();
process.exit();
