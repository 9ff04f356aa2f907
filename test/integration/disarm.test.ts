import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Probe } from '../../src/api/kinds.ts';
import { SETTLE_MS } from '../../src/controllers/probes/status/write-gate.ts';
import { disarm, reportOf } from '../../src/helm-hooks/disarm.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { DEPLOYMENTS, EVENTS } from '../../src/kube/resource.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import type { PodRef } from './pod-token.ts';
import { conditionOf, deleteAllProbes, isArmed, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod, line, type ScriptedAgent } from './scripted-agent.ts';

const NAME = 'davylamp-operator';

/** What `helm uninstall` asks for first, with a real API server between who orders and who obeys. */
describe('an order to take every probe out', () => {
  const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });
  let client: KubeClient;
  let namespace: string;
  let probes: ProbeObjects;
  let pod: PodRef;
  const operators: RunningOperator[] = [];
  const said: string[] = [];

  beforeAll(() => {
    client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  });
  afterAll(() => client.close());

  beforeEach(async () => {
    said.length = 0;
    // The order is for the whole cluster, and so for probes that other tests have left.
    await deleteAllProbes(client);
    namespace = await createNamespace(client);
    probes = new ProbeObjects(client, await createNamespace(client));
    pod = await createRunningPod(client, probes.namespace, 'orders');
    const labels = { app: NAME };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'operator', image: 'operator' }] } };
    const metadata = { name: NAME };
    const spec = { selector: { matchLabels: labels }, template };
    await client.create(DEPLOYMENTS, { namespace }, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
  });
  afterEach(async () => {
    for (const operator of operators.splice(0)) await operator.stop();
  });

  async function startOperator(): Promise<RunningOperator> {
    const operator = await RunningOperator.start(client, namespace, log, { DAVYLAMP_DEPLOYMENT: NAME });
    operators.push(operator);
    return operator;
  }

  /** An operator, and an agent that has armed a probe. */
  async function armed(): Promise<{ operator: RunningOperator; agent: ScriptedAgent }> {
    const operator = await startOperator();
    await probes.apply('DynamicLog', 'large', { message: 'order' });
    const agent = await operator.connectAgent({ pod, account: 'orders' });
    await agent.desires((wished) => wished.length === 1);
    agent.states();
    await probes.until('DynamicLog', 'large', isArmed);
    return { operator, agent };
  }

  const order = (seconds: number, why = 'the test ends') =>
    disarm({ client, namespace, deployment: NAME, order: why, seconds, say: (text) => said.push(text) });

  const allow = () =>
    client.mergePatch(
      DEPLOYMENTS,
      { namespace, name: NAME },
      { metadata: { annotations: { 'davylamp.dev/disarm': null } } },
    );

  it('is done when every agent has said so, and stands in the status of every probe', async () => {
    const { agent } = await armed();
    // One that is refused was never anywhere, and holds nobody up.
    await probes.apply('DynamicLog', 'wrong', { message: 'order', condition: 'order.id = 1' });
    const ordered = order(60);
    await agent.desires((wished) => wished.length === 0);
    agent.states();

    expect(await ordered).toEqual([]);
    const probe = await probes.get('DynamicLog', 'large');
    expect(conditionOf(probe, 'Armed')).toMatchObject({
      status: 'False',
      reason: 'AllDisarmed',
      message: 'Every probe is to be out of every process (the test ends); the probe is out of every process.',
    });
    expect(reportOf([])).toEqual(['every probe is out of every process']);
  });

  it('holds for probes that come later, and ends when it is taken back', async () => {
    const { agent } = await armed();
    const ordered = order(60);
    await agent.desires((wished) => wished.length === 0);
    agent.states();
    await ordered;
    await probes.apply('Snapshot', 'later', {});
    await probes.until('Snapshot', 'later', (probe) => conditionOf(probe, 'Armed')?.reason === 'AllDisarmed');

    await allow();
    await agent.desires((wished) => wished.length === 2);
    agent.states();
    await probes.until('DynamicLog', 'large', isArmed);
  });

  it('leaves a probe that was over before as it was, each time, also beside pods that came afterwards', async () => {
    const { operator, agent } = await armed();
    await probes.apply('DynamicLog', 'over', { message: 'once', limits: { maxHits: 1 } });
    const both = await agent.desires((wished) => wished.length === 2);
    agent.states();
    const [over] = both.filter(({ name }) => name === 'over');
    if (over === undefined) throw new Error('it is wished');
    await agent.results(over, line('once'));
    await agent.desires((wished) => wished.length === 1);
    agent.states();
    const isOut = 'The limit of 1 over all processes is reached; the probe is out of every process.';
    await probes.until('DynamicLog', 'over', (probe) => conditionOf(probe, 'Armed')?.message === isOut);
    const later = await createRunningPod(client, probes.namespace, 'later');
    const second = await operator.connectAgent({ pod: later, account: 'later', agentID: 'agent-0002' });
    await second.desires((wished) => wished.length === 1);
    second.states();
    await probes.until('DynamicLog', 'large', (probe) => probe.status?.pods?.armed === 2);

    const { resourceVersion } = (await probes.get('DynamicLog', 'over')).metadata;
    for (let cycle = 0; cycle < 2; cycle += 1) {
      const ordered = order(60);
      for (const one of [agent, second]) {
        await one.desires((wished) => wished.length === 0);
        one.states();
      }
      expect(await ordered).toEqual([]);
      await allow();
      for (const one of [agent, second]) {
        await one.desires((wished) => wished.length === 1);
        one.states();
      }
      await probes.until('DynamicLog', 'large', (probe) => probe.status?.pods?.armed === 2);
    }
    expect((await probes.get('DynamicLog', 'over')).metadata.resourceVersion).toBe(resourceVersion);
  });

  it('is not answered by what stands in status since an order before', async () => {
    const { operator, agent } = await armed();
    const ordered = order(60);
    await agent.desires((wished) => wished.length === 0);
    agent.states();
    expect(await ordered).toEqual([]);
    operators.splice(operators.indexOf(operator), 1);
    await operator.stop();
    await allow();

    expect(await order(1, 'once more')).toEqual([
      expect.stringMatching(/^DynamicLog .*\/large: the operator has not answered$/),
    ]);
  });

  it('is not shown any more by an operator that starts after it was taken back, before any agent is there again', async () => {
    const { operator, agent } = await armed();
    const ordered = order(60);
    await agent.desires((wished) => wished.length === 0);
    agent.states();
    await ordered;
    operators.splice(operators.indexOf(operator), 1);
    await operator.stop();
    await allow();
    await startOperator();
    const isAway = (one: Probe) => conditionOf(one, 'Armed')?.reason === 'AgentDisconnected';
    const probe = await probes.until('DynamicLog', 'large', isAway);
    // By the operator's own clock: for SETTLE_MS it waits for agents of which a status says that they have the probe.
    const [, startTime = ''] =
      /since the operator started at (\S+);/.exec(probe.status?.instances?.[0]?.message ?? '') ?? [];
    const told = Date.parse(conditionOf(probe, 'Armed')?.lastTransitionTime ?? '');
    expect(told - Date.parse(startTime)).toBeLessThan(SETTLE_MS - 1000);
  });

  it('is not taken for done while an agent has not answered, and says in time what is left', async () => {
    const { agent } = await armed();
    const left = await order(10);
    await agent.desires((wished) => wished.length === 0);

    expect(left).toEqual([expect.stringMatching(/^DynamicLog .*\/large: .*; the probe is being taken out\.$/)]);
    expect(reportOf(left).join('\n')).toMatch(/time is up.*\n {2}DynamicLog .*large/);
  });

  it('names the pod whose agent cannot be reached', async () => {
    const { agent } = await armed();
    await agent.cut();
    // An absence is written down only when agents have had time to come back to an operator that has just started.
    const left = await order(SETTLE_MS / 1000 + 10);

    expect(left).toEqual([
      expect.stringMatching(/may still be in orders-\w+: Its agent is not connected, last seen at /),
    ]);
    const probe = await probes.get('DynamicLog', 'large');
    expect(conditionOf(probe, 'Reconciling')?.status).toBe('True');
    expect(probe.status?.instances).toMatchObject([{ state: 'Pending', reason: 'MayStillBeArmed' }]);
  });

  it('is obeyed by an operator that starts in the middle of it, and by one whose Deployment is gone', async () => {
    const { operator, agent } = await armed();
    const second = await startOperator();
    const ordered = order(60);
    await agent.desires((wished) => wished.length === 0);
    operators.splice(operators.indexOf(operator), 1);
    await operator.stop();
    const again = await second.connectAgent({ pod, account: 'orders', agentID: 'agent-0002' });
    await again.desires(() => true);
    again.states();
    expect(await ordered).toEqual([]);

    await client.delete(DEPLOYMENTS, { namespace, name: NAME });
    await probes.apply('Snapshot', 'late', {});
    const late = await probes.until('Snapshot', 'late', (probe) => probe.status?.conditions !== undefined);
    expect(conditionOf(late, 'Armed')).toMatchObject({ status: 'False', reason: 'AllDisarmed' });
  });

  it('does not wait where there is no operator to obey', async () => {
    await client.delete(DEPLOYMENTS, { namespace, name: NAME });
    expect(await order(60)).toEqual([]);
    expect(said).toEqual([expect.stringMatching(/there is no Deployment .*, and so nobody to take probes out/)]);
  });

  it('a probe that is deleted while the agent of its pod is away is told of by an Event', async () => {
    const { agent } = await armed();
    const probe = await probes.get('DynamicLog', 'large');
    await agent.cut();
    await probes.until('DynamicLog', 'large', (one) => conditionOf(one, 'Armed')?.reason === 'AgentDisconnected');
    await probes.delete(probe);
    await vi.waitFor(
      async () => {
        const { items } = await client.list(EVENTS, { namespace: probes.namespace });
        expect(items).toContainEqual(
          expect.objectContaining({ reason: 'MayStillBeArmed', note: expect.stringMatching(/orders-\w+: Its agent/) }),
        );
      },
      { timeout: 60_000, interval: 100 },
    );
  });
});
