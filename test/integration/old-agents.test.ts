import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Probe } from '../../src/api/kinds.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { PolicyObjects } from './policy-objects.ts';
import { conditionOf, isArmed, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod } from './scripted-agent.ts';

/** An agent that is older than a part of what policies say: the whole operator against the real API server. */
const client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });

let namespace: string;
let probes: ProbeObjects;
let policies: PolicyObjects;
let operator: RunningOperator;

beforeAll(async () => {
  operator = await RunningOperator.start(client, await createNamespace(client), log);
  namespace = await createNamespace(client);
  probes = new ProbeObjects(client, namespace);
  policies = new PolicyObjects(client, namespace);
});
afterAll(async () => {
  await policies.deleteAll();
  await operator.stop();
  await client.close();
});

const reasonOf = (probe: Probe) => probe.status?.instances?.[0]?.reason;

describe('an agent of an older version', () => {
  it('keeps a probe until a policy asks for what it does not enforce, and status says why and what to do', async () => {
    const pod = await createRunningPod(client, namespace, 'orders');
    const old = await operator.connectAgent({ pod, account: 'orders', agentID: 'agent-old', declared: {} });
    await probes.apply('DynamicLog', 'large', { message: 'order {order.id}' });
    await old.desires((list) => list.length > 0);
    old.states();
    await probes.until('DynamicLog', 'large', isArmed);

    await policies.apply('hidden', { redaction: { names: ['employeeNumber'] } });
    await old.desires((list) => list.length === 0);
    old.states();
    const refused = await probes.until('DynamicLog', 'large', (probe) => reasonOf(probe) === 'AgentTooOld');
    const message = expect.stringMatching(/does not enforce rules of redaction\. Restart the workload once/);
    expect(refused.status?.instances).toMatchObject([{ state: 'Failed', message }]);
    expect(conditionOf(refused, 'Armed')).toMatchObject({ status: 'False', reason: 'AgentTooOld' });

    // It never gets it, also not after it has connected anew.
    await old.cut();
    const again = await operator.connectAgent({ pod, account: 'orders', agentID: 'agent-old', declared: {} });
    expect(await again.desires(() => true)).toEqual([]);
    await again.cut();

    const newer = await operator.connectAgent({ pod, account: 'orders', agentID: 'agent-new' });
    const [wanted] = await newer.desires((list) => list.length > 0);
    expect(wanted?.redaction?.names).toEqual(['employeeNumber']);
    await probes.until('DynamicLog', 'large', (probe) => reasonOf(probe) !== 'AgentTooOld');
    await newer.cut();
  });
});
