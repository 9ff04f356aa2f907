import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { conditionOf } from '../../src/api/conditions.ts';
import { probeResource } from '../../src/api/kinds.ts';
import { AttachController } from '../../src/controllers/attach/controller.ts';
import { POD_INDEXES } from '../../src/controllers/probes/controller.ts';
import { Fleet } from '../../src/gateway/fleet/fleet.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { EventRecorder } from '../../src/kube/event-recorder.ts';
import { Informer } from '../../src/kube/informer.ts';
import { NAMESPACES, PODS } from '../../src/kube/resource.ts';
import { OperatorMetrics } from '../../src/operator/metrics.ts';
import { type ObservedPod, parsePod } from '../../src/pods/observed-pod.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';

const podSchema = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  spec: z.object({
    ephemeralContainers: z.array(z.looseObject({ name: z.string(), targetContainerName: z.string() })).default([]),
  }),
  status: z.object({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]) }),
});
type Pod = z.infer<typeof podSchema>;

/** What the operator writes into a real API server for pods that nobody prepared. No kubelet starts anything; the tests say what it would. */
describe('pods that were not injected', () => {
  const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });
  let client: KubeClient;
  let namespace: string;
  let probes: ProbeObjects;
  const operators: RunningOperator[] = [];

  beforeAll(() => {
    client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  });
  afterAll(() => client.close());
  beforeEach(async () => {
    namespace = await createNamespace(client);
    probes = new ProbeObjects(client, await createNamespace(client));
  });
  afterEach(async () => {
    for (const operator of operators.splice(0)) await operator.stop();
    // The operator of the next test would add agents for them.
    for (const name of ['large', 'small']) {
      await client.delete(probeResource('DynamicLog'), { namespace: probes.namespace, name }).catch(() => undefined);
    }
    // Their agents trust the authority of an operator that is gone, which other operators count.
    const { items } = await client.list(PODS, { namespace: probes.namespace });
    for (const { metadata } of items.map((item) => podSchema.parse(item))) {
      await client.delete(PODS, { namespace: probes.namespace, name: metadata.name }, { gracePeriodSeconds: 0 });
    }
  });

  async function startOperator(): Promise<RunningOperator> {
    const operator = await RunningOperator.start(client, namespace, log, { DAVYLAMP_ATTACH: 'true' });
    operators.push(operator);
    return operator;
  }

  /** A pod as the kubelet would say that it runs. */
  async function createPod(name: string, spec: object = {}): Promise<Pod> {
    const created = await client.create(
      PODS,
      { namespace: probes.namespace },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { app: 'orders' } },
        spec: { containers: [{ name: 'app', image: 'orders' }], securityContext: { runAsUser: 1000 }, ...spec },
      },
    );
    const state = { running: { startedAt: '2026-11-29T10:00:00Z' } };
    const its = { name: 'app', image: 'orders', imageID: '', ready: true, restartCount: 0, state };
    await writeStatus(name, { phase: 'Running', containerStatuses: [its] });
    return podSchema.parse(created);
  }

  const writeStatus = (name: string, status: object) =>
    client.mergePatch(PODS, { namespace: probes.namespace, name, subresource: 'status' }, { status });

  /** What the kubelet would say of an agent. */
  const agentIs = (pod: string, name: string, state: object) =>
    writeStatus(pod, {
      ephemeralContainerStatuses: [{ name, image: 'a', imageID: '', ready: false, restartCount: 0, state }],
    });

  const read = async (name: string): Promise<Pod> =>
    podSchema.parse(await client.get(PODS, { namespace: probes.namespace, name }));

  const withAgents = (name: string, count: number): Promise<Pod> =>
    vi.waitFor(
      async () => {
        const pod = await read(name);
        expect(pod.spec.ephemeralContainers).toHaveLength(count);
        return pod;
      },
      { timeout: 30_000, interval: 50 },
    );

  const reasonIs = (reason: string, message: RegExp = /./) =>
    probes.until('DynamicLog', 'large', ({ status }) => {
      const armed = conditionOf(status?.conditions, 'Armed');
      return armed?.reason === reason && message.test(armed.message);
    });

  it('get one agent each, also under the restricted Pod Security Standard, and their probes say so', async () => {
    await client.mergePatch(
      NAMESPACES,
      { name: probes.namespace },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    );
    const restricted = {
      runAsUser: 1000,
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    await createPod('a', { containers: [{ name: 'app', image: 'orders', securityContext: restricted }] });
    await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    const pod = await withAgents('a', 1);
    expect(pod.spec.ephemeralContainers[0]).toMatchObject({
      name: 'davylamp-1',
      targetContainerName: 'app',
      securityContext: { runAsUser: 1000, runAsNonRoot: true },
    });
    await reasonIs('Attaching');
    await vi.waitFor(async () => {
      const { status } = await read('a');
      expect(status.conditions).toContainEqual(
        expect.objectContaining({ type: 'davylamp.dev/Attached', status: 'False', reason: 'Attaching' }),
      );
    });
  });

  it('get none while no probe matches them', async () => {
    await createPod('a');
    await createPod('b');
    await startOperator();
    await probes.apply('DynamicLog', 'large', {
      message: 'order',
      target: { selector: { matchLabels: { app: 'other' } } },
    });
    await reasonIs('NoPodsMatched');
    expect((await read('a')).spec.ephemeralContainers).toEqual([]);
  });

  it('get no second one from an operator that starts anew, nor from a second probe', async () => {
    await createPod('a');
    const first = await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    await withAgents('a', 1);
    await first.stop();
    operators.length = 0;
    await startOperator();
    await probes.apply('DynamicLog', 'small', { message: 'order' });
    await probes.until('DynamicLog', 'small', ({ status }) => {
      return conditionOf(status?.conditions, 'Armed')?.reason === 'Attaching';
    });
    expect((await read('a')).spec.ephemeralContainers).toHaveLength(1);
  });

  it('get the next one when the one before has done its work, and only then', async () => {
    await createPod('a');
    await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    await withAgents('a', 1);
    await agentIs('a', 'davylamp-1', { terminated: { exitCode: 0, finishedAt: '2026-11-29T10:00:00Z' } });
    const pod = await withAgents('a', 2);
    expect(pod.spec.ephemeralContainers.map(({ name }) => name).sort()).toEqual(['davylamp-1', 'davylamp-2']);
  });

  it('get one of another user when the first has found out which the processes have', async () => {
    await createPod('a');
    await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    await withAgents('a', 1);
    const message = JSON.stringify({ version: 1, reason: 'ProcessHidden', message: 'm', user: { uid: 7, gid: 8 } });
    await agentIs('a', 'davylamp-1', { terminated: { exitCode: 0, message } });
    const pod = await withAgents('a', 2);
    const second = pod.spec.ephemeralContainers.find(({ name }) => name === 'davylamp-2');
    expect(second).toMatchObject({ securityContext: { runAsUser: 7, runAsGroup: 8 } });
  });

  it('show what the agent said when it failed', async () => {
    await createPod('a');
    await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    await withAgents('a', 1);
    const message = JSON.stringify({ version: 1, reason: 'AttachFailed', message: 'no route to the gateway' });
    const finishedAt = new Date().toISOString().replace(/\.\d+Z/, 'Z');
    await agentIs('a', 'davylamp-1', { terminated: { exitCode: 1, message, finishedAt } });
    await reasonIs('AttachFailed', /no route to the gateway/);
  });

  it('show why they get no credential, after a while', async () => {
    await createPod('a');
    await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    await reasonIs('AttachFailed', /does not have a host assigned/);
    expect((await read('a')).spec.ephemeralContainers).toHaveLength(1);
  });

  it('show what keeps the kubelet from starting it', async () => {
    await createPod('a');
    await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    await withAgents('a', 1);
    await agentIs('a', 'davylamp-1', { waiting: { reason: 'ErrImagePull', message: 'no such host' } });
    await reasonIs('AttachFailed', /ErrImagePull: no such host/);
  });

  it('show which policy forbids it', async () => {
    await createPod('a', { securityContext: { runAsUser: 0 } });
    await client.mergePatch(
      NAMESPACES,
      { name: probes.namespace },
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    );
    await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    await reasonIs('AttachForbidden', /violates PodSecurity/);
    expect((await read('a')).spec.ephemeralContainers).toEqual([]);
  });

  it('get one each, when there are a hundred', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `p${index}`);
    for (const name of names) await createPod(name);
    await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    await vi.waitFor(
      async () => {
        const { items } = await client.list(PODS, { namespace: probes.namespace });
        const counts = items.map((item) => podSchema.parse(item).spec.ephemeralContainers.length);
        expect(counts).toEqual(names.map(() => 1));
      },
      { timeout: 60_000, interval: 200 },
    );
  }, 120_000);

  it('get one, however many controllers add it at the same moment', async () => {
    const { metadata } = await createPod('a');
    const stopping = new AbortController();
    const pods = Array.from({ length: 4 }, () => controllerOf(stopping.signal, metadata.uid));
    await Promise.all(pods.map((one) => one.synced()));
    await withAgents('a', 1);
    await expect(vi.waitFor(async () => withAgentsNow(2), { timeout: 3000, interval: 50 })).rejects.toThrow();
    stopping.abort(new Error('the test ends'));
    async function withAgentsNow(count: number): Promise<void> {
      expect((await read('a')).spec.ephemeralContainers).toHaveLength(count);
    }
  });

  /** A controller of its own, which believes that it leads, and of which the pod is to have a probe. */
  function controllerOf(signal: AbortSignal, podUID: string): Informer<ObservedPod> {
    const pods = new Informer<ObservedPod>(client, PODS, {
      parse: parsePod,
      namespace: probes.namespace,
      indexes: POD_INDEXES,
    });
    const fleet = new Fleet();
    const events = new EventRecorder({ client, reportingController: 'davylamp.dev/test', reportingInstance: 'test' });
    const controller = new AttachController({
      ...{ client, pods, fleet, events, log, metrics: new OperatorMetrics() },
      permission: { isEnabled: true, excludedNamespaces: [], labelsOf: () => undefined, hasImage: () => true },
      settings: () => ({ namespace, image: 'agent', caPem: 'PEM', gatewayAbsenceSeconds: 600 }),
      credentials: { issue: () => 'credential' },
      onChange: () => undefined,
    });
    const probe = { uid: 'probe', containerName: undefined } as unknown as WireProbe;
    pods.start(signal);
    void pods.synced().then(() => {
      controller.start(signal);
      fleet.assign('probe', new Map([[podUID, probe]]));
    });
    return pods;
  }
});
