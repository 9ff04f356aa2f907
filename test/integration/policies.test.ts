import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Probe } from '../../src/api/kinds.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import type { PodRef } from './pod-token.ts';
import { PolicyObjects } from './policy-objects.ts';
import { conditionOf, isArmed, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod, line, type ScriptedAgent } from './scripted-agent.ts';

/** What policies do to probes that run: the whole operator against the real API server, with a scripted agent. */
const client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });

let namespace: string;
let probes: ProbeObjects;
let policies: PolicyObjects;
let operator: RunningOperator;
let pod: PodRef;
let agent: ScriptedAgent;

beforeAll(async () => {
  operator = await RunningOperator.start(client, await createNamespace(client), log);
});
afterAll(async () => {
  await operator.stop();
  await client.close();
});
beforeEach(async () => {
  namespace = await createNamespace(client);
  probes = new ProbeObjects(client, namespace);
  policies = new PolicyObjects(client, namespace);
  pod = await createRunningPod(client, namespace, 'orders');
  agent = await operator.connectAgent({ pod, account: 'orders' });
});
afterEach(async () => {
  await policies.deleteAll();
  await agent.cut();
});

const message = 'order {order.id}';
const reasonOf = (probe: Probe) => conditionOf(probe, 'Armed')?.reason;

function messagesOf({ status }: Probe): readonly string[] {
  return status !== undefined && 'recent' in status ? (status.recent ?? []).map(({ message: said }) => said) : [];
}

async function armed(spec: object = {}, name = 'large'): Promise<{ probe: Probe; wire: WireProbe }> {
  await probes.apply('DynamicLog', name, { message, ...spec });
  const [wire] = await agent.desires((list) => list.length > 0);
  agent.states();
  const probe = await probes.until('DynamicLog', name, isArmed);
  if (wire === undefined) throw new Error('nothing is desired');
  return { probe, wire };
}

describe('a policy that comes while a probe runs', () => {
  it('cuts its limits in the process, and the status says what counts and why', async () => {
    await armed({ limits: { maxHits: 1000, hitsPerSecond: 40 } });
    await policies.apply('short', { maxima: { ttlSeconds: 60, limits: { maxHits: 100 } } });

    const [wire] = await agent.desires(([one]) => one?.limits.remainingHits === 100);
    expect(wire?.limits).toMatchObject({ hitsPerSecond: 40, cpuMillisecondsPerSecond: 10 });
    // The end is rounded up to the next second.
    expect((wire?.expireTime ?? 0) - Date.now()).toBeLessThanOrEqual(61_000);
    agent.states();

    const { status } = await probes.until('DynamicLog', 'large', ({ status: now }) => now?.effective !== undefined);
    expect(status).toMatchObject({
      effective: { ttlSeconds: 60, limits: { maxHits: 100 } },
      policies: ['InstrumentationPolicy short'],
    });
    expect(status?.conditions?.find(({ type }) => type === 'PolicyAccepted')).toMatchObject({
      status: 'True',
      message: 'No policy forbids the probe; InstrumentationPolicy short cuts limits.maxHits from 1000 to 100.',
    });
  });

  it('takes it out when it denies it, and lets it in again when it is gone', async () => {
    await armed();
    await policies.apply('closed', {
      rules: [{ name: 'none', action: 'Deny', files: ['src/**'], message: 'Ask ann.' }],
    });

    await agent.desires((list) => list.length === 0);
    agent.states();
    const denied = await probes.until('DynamicLog', 'large', (probe) => reasonOf(probe) === 'PolicyDenied');
    const wantMessage = 'InstrumentationPolicy closed, rule none: a DynamicLog at src/orders.ts:42 is denied. Ask ann.';
    expect(conditionOf(denied, 'PolicyAccepted')).toMatchObject({ status: 'False', message: wantMessage });
    expect(conditionOf(denied, 'Stalled')?.status).toBe('True');

    await policies.delete('closed');
    await agent.desires((list) => list.length > 0);
    agent.states();
    await probes.until('DynamicLog', 'large', isArmed);
  });

  it('that is stopped takes out every probe that it is about, and lets them in again when that is lifted', async () => {
    await armed();
    await policies.apply('pause', { stopped: { reason: 'Incident 42.' } });
    await agent.desires((list) => list.length === 0);
    agent.states();
    const stopped = await probes.until('DynamicLog', 'large', (probe) => reasonOf(probe) === 'Stopped');
    expect(conditionOf(stopped, 'Armed')?.message).toMatch(
      /^InstrumentationPolicy pause has stopped all its probes: Incident 42; the probe is /,
    );
    expect(conditionOf(stopped, 'Stalled')?.status).toBe('False');

    await policies.apply('pause', {});
    await agent.desires((list) => list.length > 0);
  });

  it('hides more only once the process has said so, and takes out of status what was made by the rules before', async () => {
    const { wire } = await armed();
    await agent.results(wire, line('of Ada'));
    agent.states({ hits: 1 });
    await probes.until('DynamicLog', 'large', (one) => messagesOf(one).length === 1);

    await policies.apply('strict', { redaction: { names: ['customer'] } });
    const [hiding] = await agent.desires(([one]) => one?.redaction?.names?.includes('customer') === true);
    if (hiding === undefined) throw new Error('nothing is desired');
    // As a process does that has taken the set and enforces the rules of before.
    agent.states({ hits: 1, redactionHash: undefined });
    const pending = await probes.until('DynamicLog', 'large', (probe) => reasonOf(probe) === 'RedactionPending');
    expect(messagesOf(pending)).toEqual([]);
    await agent.results(wire, line('of Ada'));

    agent.states({ hits: 2 });
    await agent.results(hiding, line('of <redacted>'));
    const hidden = await probes.until('DynamicLog', 'large', (one) => isArmed(one) && messagesOf(one).length > 0);
    expect(messagesOf(hidden)).toEqual(['of <redacted>']);
  });

  it('with a lower limit than what was reported already ends it', async () => {
    const { wire } = await armed({ limits: { maxHits: 1000 } });
    await agent.results(wire, line('1'), line('2'), line('3'));
    agent.states({ hits: 3 });
    await policies.apply('few', { maxima: { limits: { maxHits: 2 } } });
    await agent.desires((list) => list.length === 0);
    agent.states();
    await probes.until('DynamicLog', 'large', (probe) => reasonOf(probe) === 'HitLimitReached');
  });
});

describe('policies for some pods', () => {
  it('deny the probe there and nowhere else', async () => {
    const other = await createRunningPod(client, namespace, 'payments');
    await policies.label(other, { tier: 'secret' });
    const second = await operator.connectAgent({
      pod: other,
      account: 'payments',
      agentID: 'agent-0002',
      instanceID: 'instance-0002',
    });
    await policies.apply('secret', {
      podSelector: { matchLabels: { tier: 'secret' } },
      rules: [{ name: 'none', action: 'Deny' }],
    });
    const { probe } = await armed();
    expect(conditionOf(probe, 'PolicyAccepted')?.message).toMatch(
      /in some pods it is denied: InstrumentationPolicy secret, rule none: /,
    );
    const instance = probe.status?.instances?.find(({ podName }) => podName === other.name);
    expect(instance).toMatchObject({ state: 'Failed', reason: 'PolicyDenied' });
    await second.cut();
  });

  it('hide more in a pod as soon as its labels make it one of them, whatever other pods there are', async () => {
    const others = await Promise.all(
      ['payments', 'refunds'].map(async (account, at) => {
        const other = await createRunningPod(client, namespace, account);
        const ids = { agentID: `agent-100${at}`, instanceID: `instance-100${at}` };
        return { other, agent: await operator.connectAgent({ pod: other, account, ...ids }) };
      }),
    );
    const [payments] = others;
    if (payments === undefined) throw new Error('no pod');
    await policies.label(payments.other, { tier: 'secret' });
    await policies.apply('secret', {
      podSelector: { matchLabels: { tier: 'secret' } },
      redaction: { names: ['customer'] },
    });
    const isHidden = ([one]: readonly WireProbe[]) => one?.redaction?.names?.includes('customer') === true;
    await armed();
    await payments.agent.desires(isHidden);

    await policies.label(pod, { tier: 'secret' });
    expect(isHidden(await agent.desires(isHidden))).toBe(true);
    for (const one of others) await one.agent.cut();
  });
});
