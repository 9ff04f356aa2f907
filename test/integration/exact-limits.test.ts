import dns from 'node:dns';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { GATEWAY_AUDIENCE } from '../../src/protocol/gateway-messages.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { Agent } from '../../src/sidecar/agent.ts';
import { StandardOutput } from '../../src/sinks/standard-output.ts';
import { exampleProcess } from '../sidecar/examples.ts';
import { isDesired, RuntimeClient } from '../sidecar/runtime-client.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { requestToken } from './pod-token.ts';
import { conditionOf, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod } from './scripted-agent.ts';

/** A pod with the real agent, and processes that hit a probe as often as they are told. */
interface AgentPod {
  readonly lines: string[];
  readonly processes: readonly RuntimeClient[];
  close(): Promise<void>;
}

/** Names of Services lead to this machine, which no cluster's DNS serves. */
function resolveServices(): void {
  const { lookup } = dns;
  vi.spyOn(dns, 'lookup').mockImplementation(((host: string, ...rest: unknown[]) =>
    Reflect.apply(lookup, dns, [host.endsWith('.svc') ? 'localhost' : host, ...rest])) as typeof lookup);
}

describe('a limit over several pods, each with several processes', () => {
  let client: KubeClient;
  let operator: RunningOperator;
  let operatorNamespace: string;
  let probes: ProbeObjects;
  let pods: AgentPod[];
  const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });

  beforeAll(() => {
    resolveServices();
    client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await client.close();
  });

  beforeEach(async () => {
    operatorNamespace = await createNamespace(client);
    probes = new ProbeObjects(client, await createNamespace(client));
    operator = await RunningOperator.start(client, operatorNamespace, log);
    pods = await Promise.all(['orders-1', 'orders-2', 'orders-3'].map((account) => startPod(account)));
  });
  afterEach(async () => {
    for (const pod of pods) await pod.close();
    await operator.stop();
  });

  async function startPod(account: string): Promise<AgentPod> {
    const pod = await createRunningPod(client, probes.namespace, account);
    const { caPem } = await Authority.load(client, operatorNamespace);
    const directory = await mkdtemp(join(tmpdir(), 'exact-'));
    const token = await requestToken(client, {
      namespace: pod.namespace,
      serviceAccount: account,
      audience: GATEWAY_AUDIENCE,
      pod,
    });
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, token);
    const source = join(directory, 'source');
    await mkdir(source);
    await writeFile(join(source, 'preload.cjs'), '// preload');
    const lines: string[] = [];
    const output = new PassThrough();
    output.on('data', (text) =>
      lines.push(
        ...String(text)
          .split('\n')
          .filter((line) => line.includes('"uid"')),
      ),
    );
    const agent = new Agent(
      {
        gateway: `wss://davylamp-gateway.${operatorNamespace}.svc:${operator.ports.gateway}`,
        ca: caPem,
        podName: pod.name,
        podNamespace: pod.namespace,
        directory,
        tokenFile,
        gatewayAbsenceSeconds: 600,
      },
      new StandardOutput(output),
    );
    await agent.start(source);
    const processes = await Promise.all(
      ['one', 'two'].map((name, index) =>
        RuntimeClient.greet(directory, exampleProcess({ instanceID: `${account}-${name}`, pid: index + 1 })),
      ),
    );
    const close = async () => {
      await agent.close();
      await rm(directory, { recursive: true, force: true });
    };
    return { lines, processes, close };
  }

  /** The probe as each process got it; the process says that it is armed. */
  async function arms(runtime: RuntimeClient): Promise<WireProbe> {
    const desired = await runtime.heard(
      (frame): frame is Extract<typeof frame, { type: 'desired' }> => isDesired(frame) && frame.probes.length === 1,
    );
    const probe = desired.probes[0] as WireProbe;
    const { uid, generation } = probe;
    const states = [{ uid, generation, state: 'Armed', reason: 'Armed', hits: 0, dropped: [] }];
    runtime.send({ type: 'states', revision: desired.revision, probes: states });
    return probe;
  }

  function hit(runtime: RuntimeClient, probe: WireProbe, instanceID: string, count: number, content: object): void {
    const results = Array.from({ length: count }, (_, index) => ({
      sequence: index + 1,
      uid: probe.uid,
      generation: probe.generation,
      instanceID,
      time: Date.now(),
      location: 'src/orders.ts:42:5',
      ...content,
    }));
    runtime.send({ type: 'results', results });
  }

  const instanceIDs = ['orders-1', 'orders-2', 'orders-3'].map((account) => [`${account}-one`, `${account}-two`]);
  const log_ = { kind: 'DynamicLog', log: { level: 'Info', message: 'order' } };
  const capture = { kind: 'Snapshot', capture: { frames: [], watches: [], pauseMicroseconds: 400 } };
  const cases = [
    { name: 'lines, of which every process has more than there may be', kind: 'DynamicLog', limit: 25, each: 30 },
    { name: 'lines, of which a single process has them all', kind: 'DynamicLog', limit: 40, each: 60, only: true },
    { name: 'a single capture that every process takes', kind: 'Snapshot', limit: 1, each: 1 },
    { name: 'a few captures', kind: 'Snapshot', limit: 4, each: 4 },
  ] as const;

  it.each(cases)('is exact in every log and in status: $name', async ({ kind, limit, each, ...rest }) => {
    const spec = kind === 'Snapshot' ? { maxCaptures: limit } : { message: 'order', limits: { maxHits: limit } };
    await probes.apply(kind, 'probe', spec);
    const content = kind === 'Snapshot' ? capture : log_;
    const wishes = await Promise.all(pods.map((pod) => Promise.all(pod.processes.map(arms))));
    for (const [index, { processes }] of pods.entries()) {
      for (const [number, runtime] of processes.entries()) {
        if ('only' in rest && index + number > 0) continue;
        hit(runtime, wishes[index]?.[number] as WireProbe, instanceIDs[index]?.[number] ?? '', each, content);
      }
    }
    const over = await probes.until(
      kind,
      'probe',
      (probe) => conditionOf(probe, 'Armed')?.reason === 'HitLimitReached' && probe.status?.hits === limit,
    );
    expect(over.status?.hits).toBe(limit);
    expect(pods.flatMap(({ lines }) => lines)).toHaveLength(limit);
  });
});
