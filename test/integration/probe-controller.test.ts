import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Probe } from '../../src/api/kinds.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { EVENTS, PODS } from '../../src/kube/resource.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import type { PodRef } from './pod-token.ts';
import { conditionOf, isArmed, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod, line } from './scripted-agent.ts';

/** Events are written after the status that they are about, and nobody waits for them. */
const POLL = { timeout: 60_000, interval: 50 };

/** The whole operator against a real API server; only the pod's processes are played. */
describe('a probe on its way through the operator', () => {
  let client: KubeClient;
  let operatorNamespace: string;
  let probes: ProbeObjects;
  let pod: PodRef;
  let operator: RunningOperator | undefined;
  const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });

  beforeAll(() => {
    client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  });
  afterAll(() => client.close());

  beforeEach(async () => {
    operatorNamespace = await createNamespace(client);
    probes = new ProbeObjects(client, await createNamespace(client));
    pod = await createRunningPod(client, probes.namespace, 'orders');
  });
  afterEach(async () => {
    await operator?.stop();
    operator = undefined;
  });

  async function startOperator(): Promise<void> {
    operator = await RunningOperator.start(client, operatorNamespace, log);
  }

  async function restartOperator(): Promise<void> {
    await operator?.stop();
    await startOperator();
  }

  async function connectAgent(who: { agentID?: string; instanceID?: string; pod?: PodRef; account?: string } = {}) {
    if (operator === undefined) throw new Error('start an operator first');
    return await operator.connectAgent({ pod, account: 'orders', ...who });
  }

  const only = (wished: readonly WireProbe[]): WireProbe => {
    expect(wished).toHaveLength(1);
    return wished[0] as WireProbe;
  };

  /** An operator, a probe and an agent that has armed it. */
  async function armed(kind: Probe['kind'], spec: object) {
    await startOperator();
    const agent = await connectAgent();
    await probes.apply(kind, 'probe', spec);
    const wish = only(await agent.desires((wished) => wished.length === 1));
    agent.states();
    const probe = await probes.until(kind, 'probe', isArmed);
    return { agent, wish, probe };
  }

  async function eventsOf(probe: Probe): Promise<string[]> {
    const schema = z.object({ reason: z.string(), regarding: z.object({ uid: z.string().optional() }).optional() });
    const { items } = await client.list(EVENTS, { namespace: probes.namespace });
    return items
      .map((item) => schema.parse(item))
      .filter(({ regarding }) => regarding?.uid === probe.metadata.uid)
      .map(({ reason }) => reason)
      .sort();
  }

  it('reaches the agent, is armed, and its lines come back into status', async () => {
    const { agent, wish, probe } = await armed('DynamicLog', { message: 'order {order.id}' });
    expect(wish).toMatchObject({
      name: 'probe',
      location: { file: 'src/orders.ts', line: 42 },
      limits: { remainingHits: 10_000 },
    });
    expect(probe.status).toMatchObject({
      observedGeneration: 1,
      location: 'src/orders.ts:42:5',
      pods: { matched: 1, armed: 1, waiting: 0, failed: 0 },
      instances: [{ podName: pod.name, containerName: 'app', processID: 7, state: 'Armed', placement: 'Breakpoint' }],
    });
    expect(probe.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'Reconciling=False',
      'Stalled=False',
      'Armed=True',
      'ArmedEverywhere=True',
      'PolicyAccepted=True',
      'SinksResolved=True',
      'Expired=False',
    ]);
    await agent.results(wish, line('order 1'), line('order 2'));
    const after = await probes.until('DynamicLog', 'probe', ({ status }) => status?.hits === 2);
    expect(after.status).toMatchObject({
      hits: 2,
      recent: [{ podName: pod.name, message: 'order 1' }, { message: 'order 2' }],
    });
    await expect.poll(() => eventsOf(after), POLL).toEqual(['Armed']);
  });

  it('is not written at rest, and a busy one at most once in two seconds', async () => {
    const { agent, probe } = await armed('DynamicLog', { message: 'quiet' });
    const started = Date.now();
    await probes.apply('DynamicLog', 'busy', { message: 'busy' });
    const wished = await agent.desires((all) => all.length === 2);
    const busy = wished.find(({ name }) => name === 'busy') as WireProbe;
    const seen: number[] = [];
    const stop = new AbortController();
    for await (const { status } of probes.versions('DynamicLog', 'busy', stop.signal)) {
      if (status?.hits !== undefined) seen.push(status.hits);
      if (seen.length === 4) break;
      // Every write is answered by news, so that the next one is due as early as it may be.
      agent.states({
        cost: { cpuMilliseconds: seen.length * 100, p50Microseconds: 1, p99Microseconds: 2, stallMilliseconds: 3 },
      });
      await agent.results(busy, line(`order ${seen.length}`));
      await client.mergePatch(PODS, pod, { metadata: { annotations: { noise: String(seen.length) } } });
    }
    stop.abort();
    // How long a write takes to be seen is the machine's; that a write begins two seconds after the last one is the gate's own clock,
    // so there can be no more writes than intervals have begun since.
    const writes = Number(/davylamp_status_writes_total (\d+)/.exec((await operator?.metrics()) ?? '')?.[1]);
    const intervals = Math.floor((Date.now() - started) / 2000) + 1;
    expect(writes).toBeLessThanOrEqual(2 * intervals + 1);
    expect(seen).toHaveLength(4);
    // Three intervals have passed: what was armed and never hit has been written once more at most, for its cost.
    const quiet = await probes.get('DynamicLog', 'probe');
    expect(quiet.status?.conditions).toEqual(probe.status?.conditions);
    const { hits: _, cost: __, ...rest } = quiet.status ?? {};
    const { hits: ___, cost: ____, ...before } = probe.status ?? {};
    expect(rest).toEqual(before);
  });

  it('keeps its resourceVersion while agents repeat what is known', async () => {
    const { agent, probe } = await armed('DynamicLog', { message: 'quiet' });
    await probes.apply('DynamicLog', 'witness', { message: 'witness' });
    const wished = await agent.desires((all) => all.length === 2);
    const witness = wished.find(({ name }) => name === 'witness') as WireProbe;
    for (const count of [1, 2, 3]) {
      agent.states();
      await agent.results(witness, line(`witness ${count}`));
      await probes.until('DynamicLog', 'witness', ({ status }) => status?.hits === count);
    }
    expect((await probes.get('DynamicLog', 'probe')).metadata.resourceVersion).toBe(probe.metadata.resourceVersion);
  });

  it('keeps hits, lines and its place in the process when the operator restarts', async () => {
    const { agent, wish } = await armed('DynamicLog', { message: 'order {order.id}' });
    await agent.results(wish, line('order 1'), line('order 2'));
    agent.states({ hits: 2 });
    const before = await probes.until('DynamicLog', 'probe', ({ status }) => status?.hits === 2);
    const statuses: Probe[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const version of probes.versions('DynamicLog', 'probe', stop.signal)) statuses.push(version);
    })().catch(() => undefined);

    await restartOperator();
    const again = await connectAgent();
    const wishAgain = only(await again.desires((wished) => wished.length > 0));
    expect(wishAgain).toEqual(wish);
    again.states({ hits: 5 });
    const after = await probes.until('DynamicLog', 'probe', ({ status }) => status?.hits === 5);
    expect(after.status).toMatchObject({
      armedTime: before.status?.armedTime,
      expirationTime: before.status?.expirationTime,
      retiredHits: 0,
      recent: [{ message: 'order 1' }, { message: 'order 2' }],
    });
    stop.abort();
    await watching;
    expect(statuses.filter((version) => !isArmed(version)).map(({ status }) => status)).toEqual([]);
    await expect.poll(() => eventsOf(after), POLL).toEqual(['Armed']);
  });

  it('keeps its captures when the operator restarts, and counts them once', async () => {
    const capture = {
      frames: [
        {
          function: 'place',
          location: 'src/orders.ts:42:5',
          locals: [{ name: 'id', value: { type: 'number', text: '7' } }],
        },
      ],
      watches: [],
      pauseMicroseconds: 400,
    };
    const { agent, wish } = await armed('Snapshot', { maxCaptures: 2 });
    await agent.results(wish, { capture });
    agent.states({ hits: 1 });
    await probes.until('Snapshot', 'probe', ({ status }) => status?.hits === 1);
    await restartOperator();
    const again = await connectAgent();
    await again.desires((wished) => wished.length === 1);
    again.states({ hits: 1 });
    again.lose(1);
    await again.results(wish, { capture, time: Date.now() + 1 });
    again.states({ hits: 2 });
    const after = await probes.until(
      'Snapshot',
      'probe',
      (probe) => conditionOf(probe, 'Armed')?.reason === 'HitLimitReached',
    );
    expect(after.status).toMatchObject({
      captureCount: 2,
      hits: 2,
      captures: [{ podName: pod.name }, { podName: pod.name }],
    });
    await again.desires((wished) => wished.length === 0);
  });

  it('counts results once that a reconnected agent repeats, and those that are lost', async () => {
    const { agent, wish } = await armed('DynamicLog', { message: 'order {order.id}' });
    await agent.results(wish, line('order 1'));
    await agent.cut();
    const again = await connectAgent();
    await again.desires((wished) => wished.length === 1);
    again.states({ hits: 1 });
    await again.results(wish, line('order 1'));
    await again.results(wish, line('order 2'));
    again.lose(3);
    await again.results(wish, line('order 6'));
    const after = await probes.until('DynamicLog', 'probe', ({ status }) => (status?.dropped?.length ?? 0) > 0);
    expect(after.status).toMatchObject({
      hits: 3,
      recent: [{ message: 'order 1' }, { message: 'order 2' }, { message: 'order 6' }],
      dropped: [{ reason: 'ResultsLost', count: 3 }],
    });
  });

  it('leaves the process when it is deleted', async () => {
    const { agent, probe } = await armed('DynamicLog', { message: 'order' });
    await probes.delete(probe);
    expect(await agent.desires((wished) => wished.length === 0)).toEqual([]);
  });

  it('leaves the process when its hits are used up, and says so until it is changed', async () => {
    const { agent, wish } = await armed('DynamicLog', { message: 'order', limits: { maxHits: 2 } });
    await agent.results(wish, line('1'), line('2'), line('3'));
    await agent.desires((wished) => wished.length === 0);
    agent.states();
    const over = await probes.until(
      'DynamicLog',
      'probe',
      (probe) => conditionOf(probe, 'Reconciling')?.status === 'False' && !isArmed(probe),
    );
    expect(conditionOf(over, 'Armed')).toMatchObject({ status: 'False', reason: 'HitLimitReached' });
    expect(over.status).toMatchObject({
      hits: 3,
      dropped: [{ reason: 'HitLimitReached', count: 1 }],
      instances: [{ state: 'Removed', reason: 'HitLimitReached' }],
    });
    await probes.apply('DynamicLog', 'probe', { message: 'order', limits: { maxHits: 5 } });
    const next = only(await agent.desires((wished) => wished.length === 1));
    expect(next.generation).toBe(wish.generation + 1);
    agent.states();
    const anew = await probes.until('DynamicLog', 'probe', isArmed);
    expect(anew.status).toMatchObject({ observedGeneration: 2, hits: 0, retiredHits: 0 });
    expect(anew.status).not.toHaveProperty('recent');
    await expect.poll(() => eventsOf(anew), POLL).toEqual(['Armed', 'Armed', 'HitLimitReached']);
  });

  it('is not armed again by an operator that starts after its time', async () => {
    const probe = await probes.apply('DynamicLog', 'probe', { message: 'order' });
    const expirationTime = '2026-01-01T00:30:00Z';
    await probes.writeStatus(probe, {
      observedGeneration: 1,
      armedTime: '2026-01-01T00:00:00Z',
      expirationTime,
      hits: 7,
    });
    await startOperator();
    const over = await probes.until('DynamicLog', 'probe', (one) => conditionOf(one, 'Expired')?.status === 'True');
    expect(over.status).toMatchObject({ hits: 7, expirationTime });
    const agent = await connectAgent();
    expect(await agent.desires(() => true)).toEqual([]);
  });

  it('never leaves the operator when an expression is not allowed', async () => {
    await startOperator();
    await probes.apply('DynamicLog', 'probe', { message: 'order', condition: 'order.paid ===' });
    const probe = await probes.until('DynamicLog', 'probe', ({ status }) => status !== undefined);
    expect(conditionOf(probe, 'Armed')).toMatchObject({
      status: 'False',
      reason: 'ExpressionInvalid',
      message: expect.stringContaining('spec.condition'),
    });
    expect(conditionOf(probe, 'Stalled')?.status).toBe('True');
    const agent = await connectAgent();
    expect(await agent.desires(() => true)).toEqual([]);
  });

  it('goes into a pod that appears later, and the hits of a pod that is gone stay', async () => {
    const { agent, wish } = await armed('DynamicLog', { message: 'order' });
    await agent.results(wish, line('1'), line('2'));
    const second = await createRunningPod(client, probes.namespace, 'orders-2');
    const other = await connectAgent({
      pod: second,
      account: 'orders-2',
      agentID: 'agent-0002',
      instanceID: 'instance-0002',
    });
    expect(only(await other.desires((wished) => wished.length === 1))).toEqual(wish);
    other.states({ hits: 1 });
    await probes.until('DynamicLog', 'probe', ({ status }) => status?.pods?.armed === 2 && status.hits === 3);
    await client.delete(PODS, pod, { gracePeriodSeconds: 0 });
    const after = await probes.until('DynamicLog', 'probe', ({ status }) => status?.pods?.matched === 1);
    expect(after.status).toMatchObject({ hits: 3, retiredHits: 2, instances: [{ podName: second.name }] });
  });

  it('says in status when the pod has as many probes as it may have, and is armed when there is room', async () => {
    await startOperator();
    const agent = await connectAgent();
    const names = Array.from({ length: 200 }, (_, index) => `probe-${index}`);
    for (const name of names) await probes.apply('DynamicLog', name, { message: 'order' });
    await agent.desires((wished) => wished.length === 200);

    await probes.apply('DynamicLog', 'late', { message: 'order' });
    const late = await probes.until('DynamicLog', 'late', ({ status }) => status !== undefined);
    expect(conditionOf(late, 'Armed')).toMatchObject({ status: 'False', reason: 'TooManyProbes' });
    expect(late.status?.pods).toMatchObject({ matched: 1, waiting: 1 });

    await probes.delete(await probes.get('DynamicLog', 'probe-7'));
    const wished = await agent.desires((all) => all.some(({ name }) => name === 'late'));
    expect(wished).toHaveLength(200);
  });

  it('outlives a status that somebody else wrote, and lives no longer for it', async () => {
    const { agent } = await armed('DynamicLog', { message: 'order' });
    const probe = await probes.get('DynamicLog', 'probe');
    await probes.writeStatus(probe, {
      observedGeneration: 1,
      expirationTime: '2099-01-01T00:00:00Z',
      conditions: [
        { type: 'Armed', status: 'False', reason: 'Hacked', message: '', lastTransitionTime: '2099-01-01T00:00:00Z' },
      ],
    });
    const mended = await probes.until('DynamicLog', 'probe', isArmed);
    expect(mended.status?.expirationTime).toBe(probe.status?.expirationTime);

    await operator?.stop();
    await probes.writeStatus(probe, { observedGeneration: 1, expirationTime: '2099-01-01T00:00:00Z' });
    await startOperator();
    const after = await probes.until('DynamicLog', 'probe', ({ status }) => status?.conditions !== undefined);
    expect(Date.parse(after.status?.expirationTime ?? '')).toBeLessThan(Date.now() + 2 * 3_600_000);
    expect(agent).toBeDefined();
  });

  it('keeps up with one that is edited all the time, whatever its name', async () => {
    await startOperator();
    const agent = await connectAgent();
    const name = `${'a'.repeat(60)}.`.repeat(4) + 'b'.repeat(9);
    expect(name).toHaveLength(253);
    for (let edit = 1; edit <= 30; edit += 1) await probes.apply('DynamicLog', name, { message: `order ${edit}` });

    const wished = await agent.desires((all) => all.some((wish) => wish.generation === 30));
    expect(wished).toMatchObject([{ name, message: 'order 30' }]);
    agent.states({});
    const probe = await probes.until('DynamicLog', name, isArmed);
    expect(probe.status?.observedGeneration).toBe(30);
    await expect.poll(() => eventsOf(probe), POLL).toEqual(['Armed']);
  });
});
