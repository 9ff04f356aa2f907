import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { policyStatusSchema } from '../../src/api/policy.ts';
import { policyResource } from '../../src/api/resources.ts';
import { STOP_POLICY, type StopOptions, stop } from '../../src/cli/stop.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { conditionOf, deleteAllProbes, isArmed, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod, type ScriptedAgent } from './scripted-agent.ts';

/** `kubectl davylamp stop --all`, the command itself, in the middle of many pods with many probes. */
const AGENTS = 5;
const PROBES = 3;
const client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });
const names = Array.from({ length: PROBES }, (_, index) => `probe-${index}`);
const agents: ScriptedAgent[] = [];
let operator: RunningOperator;
let probes: ProbeObjects;

beforeAll(async () => {
  // The stop is for the whole cluster, and so for probes that other tests have left.
  await deleteAllProbes(client);
  const namespace = await createNamespace(client);
  probes = new ProbeObjects(client, namespace);
  operator = await RunningOperator.start(client, await createNamespace(client), log);
  for (let index = 0; index < AGENTS; index++) {
    const account = `orders-${index}`;
    const pod = await createRunningPod(client, namespace, account);
    agents.push(
      await operator.connectAgent({ pod, account, agentID: `agent-000${index}`, instanceID: `instance-000${index}` }),
    );
  }
});
afterAll(async () => {
  await client.delete(policyResource('ClusterInstrumentationPolicy'), { name: STOP_POLICY }).catch(() => undefined);
  for (const agent of agents) await agent.cut();
  await operator.stop();
  await client.close();
});

/** Every agent takes sets until it has one of so many probes, and says that it is in its process. @returns what each has. */
async function allHave(count: number): Promise<(readonly WireProbe[])[]> {
  return await Promise.all(
    agents.map(async (agent) => {
      const wished = await agent.desires((list) => list.length === count);
      agent.states();
      return wished;
    }),
  );
}

const options: StopOptions = {
  all: true,
  reason: 'Incident 42.',
  lift: false,
  timeout: 100,
  output: 'json',
  kubeconfig: kubeconfigOfWorker(),
};

/** Runs the command. @returns what it has printed. */
async function run(changes: Partial<StopOptions>): Promise<unknown> {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await stop({ ...options, ...changes });
    return JSON.parse(written.mock.calls.map(([text]) => String(text)).join(''));
  } finally {
    written.mockRestore();
  }
}

const policySchema = z.object({ status: policyStatusSchema });
const statusOfStop = async () =>
  policySchema.parse(await client.get(policyResource('ClusterInstrumentationPolicy'), { name: STOP_POLICY })).status;

it('takes every probe out of every process, holds new ones, and lets all of them in again when it is lifted', async () => {
  for (const name of names) await probes.apply('DynamicLog', name, { message: 'order {order.id}' });
  await allHave(PROBES);
  for (const name of names) await probes.until('DynamicLog', name, isArmed);

  const before = Date.now();
  const stopping = run({});
  await allHave(0);
  const said = await stopping;
  const { stop: clean, probes: counts } = await statusOfStop();
  expect(said).toEqual({ stopped: true, scope: 'the cluster', lastCleanTime: clean?.lastCleanTime });
  expect(clean?.processes).toBe(0);
  expect(counts).toMatchObject({ governed: PROBES, held: PROBES });
  // Times of Kubernetes are whole seconds.
  expect(Date.parse(clean?.lastCleanTime ?? '')).toBeGreaterThanOrEqual(before);
  for (const name of names) {
    const held = await probes.until('DynamicLog', name, (one) => conditionOf(one, 'Armed')?.reason === 'Stopped');
    expect(conditionOf(held, 'Armed')?.message).toContain('has stopped all its probes: Incident 42');
  }

  await probes.apply('DynamicLog', 'later', { message: 'order {order.id}' });
  const later = await probes.until('DynamicLog', 'later', (one) => conditionOf(one, 'Armed')?.reason === 'Stopped');
  expect(later.status?.pods?.armed ?? 0).toBe(0);
  expect((await statusOfStop()).stop).toEqual(clean);

  expect(await run({ lift: true })).toEqual({ lifted: true, scope: 'the cluster' });
  const [first, ...others] = await allHave(PROBES + 1);
  const uids = (list: readonly WireProbe[] | undefined) => list?.map(({ uid }) => uid).sort();
  for (const other of others) expect(uids(other)).toEqual(uids(first));
  for (const name of [...names, 'later']) {
    const back = await probes.until('DynamicLog', name, isArmed);
    expect(back.status?.pods).toMatchObject({ matched: AGENTS, armed: AGENTS });
  }
});
