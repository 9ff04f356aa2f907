import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { probeResource } from '../../src/api/kinds.ts';
import { parseProbe } from '../../src/api/parse-probe.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { dynamicLog } from './manifests.ts';
import { createNamespace } from './namespace.ts';
import { PolicyObjects } from './policy-objects.ts';
import { conditionOf, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod, type ScriptedAgent } from './scripted-agent.ts';

const CLIENTS = 20;
const PROBES = 500;
const MOST = 7;

const clients = Array.from({ length: CLIENTS }, () => KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() }));
const [client] = clients as [KubeClient, ...KubeClient[]];
const RESOURCE = probeResource('DynamicLog');

let namespace: string;
let operator: RunningOperator;
let agent: ScriptedAgent;
beforeAll(async () => {
  namespace = await createNamespace(client);
  await new PolicyObjects(client, namespace).apply('shared', { quota: { namespace: { probes: MOST } } });
  operator = await RunningOperator.start(client, await createNamespace(client), pino({ level: 'silent' }));
  const pod = await createRunningPod(client, namespace, 'orders');
  agent = await operator.connectAgent({ pod, account: 'orders' });
});
afterAll(async () => {
  await agent.cut();
  await operator.stop();
  for (const one of clients) await one.close();
});

it(`of ${PROBES} probes that ${CLIENTS} clients create at the same moment no more than the quota are ever in the process, and each that goes lets another in`, async () => {
  await Promise.all(
    clients.map(async (one, index) => {
      for (let at = index; at < PROBES; at += CLIENTS)
        await one.create(RESOURCE, { namespace }, dynamicLog({}, `log-${at}`));
    }),
  );
  let most = 0;
  const desired = await agent.desires((list) => {
    most = Math.max(most, list.length);
    return list.length === MOST;
  });
  agent.states();

  const probes = new ProbeObjects(client, namespace);
  const [first] = desired;
  const waiting = Array.from({ length: PROBES }, (_, at) => `log-${at}`).filter((name) =>
    desired.every((one) => one.name !== name),
  );
  for (const name of waiting.slice(0, 20)) {
    const held = await probes.until(
      'DynamicLog',
      name,
      (probe) => conditionOf(probe, 'Armed')?.reason === 'QuotaExceeded',
    );
    expect(conditionOf(held, 'Armed')?.message).toContain(
      `the quota of namespace ${namespace} is used up: ${MOST} of ${MOST} probes`,
    );
  }

  await client.delete(RESOURCE, { namespace, name: first?.name ?? '' });
  const next = await agent.desires((list) => {
    most = Math.max(most, list.length);
    return list.length === MOST && list.every(({ name }) => name !== first?.name);
  });
  agent.states();
  expect(most).toBe(MOST);
  const [came] = next.filter(({ uid }) => desired.every((one) => one.uid !== uid));
  const raw = await client.get(RESOURCE, { namespace, name: came?.name ?? '' });
  const createdOf = (probe: ReturnType<typeof parseProbe>) => Date.parse(probe.metadata.creationTimestamp ?? '');
  const others = await Promise.all(
    waiting.slice(0, 50).map(async (name) => parseProbe('DynamicLog', await client.get(RESOURCE, { namespace, name }))),
  );
  // Whole seconds are all that the API server keeps of it.
  expect(createdOf(parseProbe('DynamicLog', raw))).toBeLessThanOrEqual(Math.min(...others.map(createdOf)) + 1000);
});
