import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADMISSION_PATHS } from '../../src/admission/server.ts';
import { conditionOf } from '../../src/api/conditions.ts';
import { policySchema } from '../../src/api/policy.ts';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { VALIDATING_WEBHOOKS } from '../../src/kube/resource.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import type { PodRef } from './pod-token.ts';
import { PolicyObjects } from './policy-objects.ts';
import { isArmed, ProbeObjects } from './probe-objects.ts';
import { applyWebhookService, probeWebhook } from './probe-webhooks.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod, type ScriptedAgent } from './scripted-agent.ts';

/** What the status of policies says: the whole operator against the real API server, with a scripted agent. */
const client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });
const message = 'order {order.id}';
const TIMES = { timeout: 20_000, interval: 50 };

let home: string;
let namespace: string;
let probes: ProbeObjects;
let policies: PolicyObjects;
let operator: RunningOperator;
let pod: PodRef;
let agent: ScriptedAgent;

beforeAll(async () => {
  home = await createNamespace(client);
  operator = await RunningOperator.start(client, home, log);
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

const read = async (name: string) => policySchema.parse(await policies.get(name));

/** The policy as soon as its status has these members, and is about what it says now. */
async function until(name: string, wanted: object) {
  return await vi.waitFor(async () => {
    const { metadata, status } = await read(name);
    expect(status).toMatchObject({ observedGeneration: metadata.generation, ...wanted });
    return { metadata, status };
  }, TIMES);
}

async function armed(name = 'large'): Promise<void> {
  await probes.apply('DynamicLog', name, { message });
  await agent.desires((list) => list.length > 0);
  agent.states();
  await probes.until('DynamicLog', name, isArmed);
}

describe('the status of a policy', () => {
  it('counts the probes that it governs and denies, and says that it is in force', async () => {
    await armed();
    await policies.apply('logs', { rules: [{ name: 'none', action: 'Deny', kinds: ['Snapshot'] }] });
    const first = await until('logs', { probes: { governed: 1, denied: 0, held: 0 } });
    expect(conditionOf(first.status?.conditions, 'Ready')).toMatchObject({ status: 'True', reason: 'PolicyEnforced' });
    expect(conditionOf(first.status?.conditions, 'Reconciling')?.status).toBe('False');

    await probes.apply('Snapshot', 'moment', {});
    await until('logs', { probes: { governed: 2, denied: 1, held: 0 } });
    const snapshot = await probes.get('Snapshot', 'moment');
    await probes.delete(snapshot);
    await until('logs', { probes: { governed: 1, denied: 0, held: 0 } });
  });

  it('is not written again while nothing changes', async () => {
    await armed();
    await policies.apply('short', { maxima: { ttlSeconds: 60 } });
    const { metadata } = await until('short', { probes: { governed: 1, denied: 0, held: 0 } });
    // What changes later elsewhere is counted later.
    await policies.apply('other', {});
    await until('other', { probes: { governed: 1, denied: 0, held: 0 } });
    expect((await read('short')).metadata.resourceVersion).toBe(metadata.resourceVersion);
  });

  it('of one that is stopped says when the last process was without its probes, once and for good', async () => {
    await armed();
    await policies.apply('pause', { stopped: { reason: 'Incident 42.' } });
    await agent.desires((list) => list.length === 0);
    const leaving = await until('pause', { probes: { governed: 1, denied: 0, held: 1 }, stop: { processes: 1 } });
    expect(leaving.status?.stop).toEqual({ processes: 1 });
    expect(conditionOf(leaving.status?.conditions, 'Reconciling')?.status).toBe('True');

    const before = Date.now();
    agent.states();
    const lastCleanTime = expect.any(String);
    const clean = await until('pause', { stop: { processes: 0, lastCleanTime } });
    const time = Date.parse(clean.status?.stop?.lastCleanTime ?? '');
    // Whole seconds, rounded up.
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) * 1000);
    expect(conditionOf(clean.status?.conditions, 'Reconciling')?.status).toBe('False');
    expect(conditionOf(clean.status?.conditions, 'Ready')?.message).toMatch(
      /has stopped all its probes: Incident 42\.$/,
    );

    // One that is created meanwhile is held, and changes nothing of that.
    await probes.apply('DynamicLog', 'later', { message });
    await until('pause', { probes: { governed: 2, denied: 0, held: 2 }, stop: clean.status?.stop });

    await operator.stop();
    operator = await RunningOperator.start(client, home, log);
    agent = await operator.connectAgent({ pod, account: 'orders' });
    await probes.apply('DynamicLog', 'last', { message });
    await until('pause', { probes: { governed: 3, denied: 0, held: 3 }, stop: clean.status?.stop });

    await policies.apply('pause', {});
    const lifted = await until('pause', { probes: { governed: 3, denied: 0, held: 0 } });
    expect(lifted.status).not.toHaveProperty('stop');
  });

  it('of one with redaction says how many processes enforce which rules, and follows them from the old ones to the new', async () => {
    await policies.apply('hiding', { redaction: { names: ['badge'] } });
    await until('hiding', {});
    await probes.apply('DynamicLog', 'large', { message });
    const otherPod = await createRunningPod(client, namespace, 'orders-2');
    const who = { agentID: 'agent-0002', instanceID: 'instance-0002' };
    const other = await operator.connectAgent({ pod: otherPod, account: 'orders-2', ...who });
    for (const one of [agent, other]) await one.desires((list) => list.length > 0);
    agent.processes(3);
    other.states();
    const first = await until('hiding', { redactions: [{ processes: 4, current: true }] });
    const old = first.status?.redactions?.[0]?.hash;
    expect(old).toMatch(/^[0-9a-f]{16}$/);
    const armedProbe = await probes.until('DynamicLog', 'large', isArmed);
    expect(armedProbe.status?.redactionHash).toBe(old);

    await policies.apply('hiding', { redaction: { names: ['badge', 'salary'] } });
    for (const one of [agent, other]) {
      await one.desires((list) => list[0]?.redaction?.names?.includes('salary') === true);
    }
    await until('hiding', { redactions: [{ hash: old, processes: 4, current: false }] });
    agent.processes(3);
    const moving = await until('hiding', {
      redactions: [
        { hash: old, processes: 1, current: false },
        { processes: 3, current: true },
      ],
    });
    other.states();
    const hash = moving.status?.redactions?.[1]?.hash;
    const after = await until('hiding', { redactions: [{ hash, processes: 4, current: true }] });
    expect(hash).not.toBe(old);

    // It is not written again while nothing changes.
    await policies.apply('plain', {});
    await until('plain', { probes: { governed: 1, denied: 0, held: 0 } });
    expect((await read('hiding')).metadata.resourceVersion).toBe(after.metadata.resourceVersion);

    await probes.delete(armedProbe);
    await vi.waitFor(async () => expect((await read('hiding')).status).not.toHaveProperty('redactions'), TIMES);
    await other.cut();
  });

  it('of one with a pattern that cannot be read says which, and that only a change helps', async () => {
    await policies.apply('wrong', { redaction: { patterns: ['(?=a)'] } });
    const { status } = await until('wrong', {});
    const said = {
      reason: 'PolicyInvalid',
      message: expect.stringMatching(/spec\.redaction\.patterns\[0\]: "\(\?=a\)"/),
    };
    expect(conditionOf(status?.conditions, 'Ready')).toMatchObject({ status: 'False', ...said });
    expect(conditionOf(status?.conditions, 'Stalled')).toMatchObject({ status: 'True', ...said });
  });

  it('names the policy by which a part of it has no effect', async () => {
    await policies.applyToCluster('strict', { maxima: { ttlSeconds: 60 } });
    await policies.apply('long', { defaults: { ttlSeconds: 600 } });
    const wantMessage = 'Its defaults are above the maxima of the other, which count: ttlSeconds 600, at most 60.';
    await until('long', { conflicts: [{ policy: 'ClusterInstrumentationPolicy strict', message: wantMessage }] });
  });
});

describe('requests that admission refuses', () => {
  const configuration = () => ({ name: `davylamp-${namespace}` });

  /** As the chart registers it, for the namespace of the test; by a Service, as the certificate has its name. */
  async function register(): Promise<void> {
    const { caPem } = await Authority.load(client, home);
    await applyWebhookService(client, home);
    const where = { home, path: ADMISSION_PATHS.reviewProbe, port: operator.ports.webhook };
    const webhook = probeWebhook({ name: 'probe.davylamp.dev', ...where, caPem, namespace });
    const kind = 'ValidatingWebhookConfiguration';
    const body = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: configuration(),
      webhooks: [webhook],
    };
    await client.create(VALIDATING_WEBHOOKS, {}, body);
  }
  afterEach(() => client.delete(VALIDATING_WEBHOOKS, configuration()).then(() => undefined));

  it('are counted in the status of the policies that deny them, beside what the leader writes there', async () => {
    await policies.apply('closed', { rules: [{ name: 'none', action: 'Deny', kinds: ['Snapshot'] }] });
    await until('closed', { probes: { governed: 0, denied: 0, held: 0 } });
    await register();
    const ask = (name: string) => probes.apply('Snapshot', name, {});
    // The API server takes a moment to see the configuration.
    const first = await vi.waitFor(async () => {
      const outcome = await ask('moment').catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(Error);
      return outcome;
    }, TIMES);
    expect(first).toMatchObject({ status: 403, message: expect.stringMatching(/rule none: a Snapshot at /) });
    await until('closed', { deniedRequests: 1 });
    for (const name of ['a', 'b', 'c']) await expect(ask(name)).rejects.toMatchObject({ status: 403 });
    await until('closed', { deniedRequests: 4 });

    await policies.apply('closed', { rules: [{ name: 'none', action: 'Deny' }] });
    const { status } = await until('closed', { deniedRequests: 4 });
    expect(status).toHaveProperty('probes');
  });
});
