import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KubeClient } from '../../src/kube/client.ts';
import type { WireProbe } from '../../src/protocol/wire-probe.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import type { PodRef } from './pod-token.ts';
import { conditionOf, isArmed, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';
import { createRunningPod, line, type ScriptedAgent } from './scripted-agent.ts';

/** As much as a frame may say. */
const HUGE = Number.MAX_SAFE_INTEGER;

/** An agent with a valid token of its own pod, which knows everything about the probe of another namespace. */
describe('an agent that speaks of a probe that its pod was not given', () => {
  let client: KubeClient;
  let operator: RunningOperator;
  let victims: ProbeObjects;
  let attackers: ProbeObjects;
  let victimPod: PodRef;
  let attackerPod: PodRef;
  let victim: ScriptedAgent;
  let hostile: ScriptedAgent;
  let wish: WireProbe;
  const log = pino({ level: process.env.DAVYLAMP_LOG_LEVEL ?? 'silent' });

  beforeAll(() => {
    client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  });
  afterAll(() => client.close());

  beforeEach(async () => {
    victims = new ProbeObjects(client, await createNamespace(client));
    attackers = new ProbeObjects(client, await createNamespace(client));
    victimPod = await createRunningPod(client, victims.namespace, 'orders');
    attackerPod = await createRunningPod(client, attackers.namespace, 'orders');
    operator = await RunningOperator.start(client, await createNamespace(client), log);
    victim = await operator.connectAgent({ pod: victimPod, account: 'orders' });
    hostile = await operator.connectAgent({ pod: attackerPod, account: 'orders', agentID: 'hostile-0001' });
    await victims.apply('DynamicLog', 'probe', { message: 'order', limits: { maxHits: 5 } });
    wish = (await victim.desires((wished) => wished.length === 1))[0] as WireProbe;
    victim.states();
    await victims.until('DynamicLog', 'probe', isArmed);
  });
  afterEach(() => operator.stop());

  /** Whatever was said before is taken in when this is acknowledged, as frames are read in their order. */
  async function afterAllOfIt(): Promise<void> {
    await hostile.results(wish, line('forged at last'));
  }

  /** The probe after its own pod reported once more; a status that was forged would show in it. */
  async function reportedOnce(hits = 1) {
    await victim.results(wish, line('true'));
    return await victims.until('DynamicLog', 'probe', ({ status }) => (status?.hits ?? 0) >= hits);
  }

  const refused = async (what: string) =>
    Number(new RegExp(`davylamp_gateway_refused_total\\{what="${what}"\\} (\\d+)`).exec(await operator.metrics())?.[1]);

  it('neither fills its status nor ends it with results', async () => {
    await hostile.results(wish, ...Array.from({ length: 5 }, (_, index) => line(`forged ${index}`)));
    const probe = await reportedOnce();
    expect(probe.status).toMatchObject({ hits: 1, recent: [{ message: 'true', podName: victimPod.name }] });
    expect(probe.status).toHaveProperty('recent.length', 1);
    expect(isArmed(probe)).toBe(true);
    expect(await refused('results')).toBe(5);
  });

  it('neither counts hits, drops and cost for it, nor adds an instance, with states', async () => {
    hostile.wire.say({
      type: 'states',
      revision: wish.generation,
      processes: [
        {
          process: hostile.process,
          revision: HUGE,
          probes: [
            {
              uid: wish.uid,
              generation: wish.generation,
              state: 'Failed',
              reason: 'PlacementFailed',
              message: 'forged',
              hits: HUGE,
              estimatedHits: HUGE,
              dropped: [{ reason: 'RateLimited', count: HUGE }],
              cost: { cpuMilliseconds: 1e300, p50Microseconds: 1, p99Microseconds: 1, stallMilliseconds: 1e300 },
            },
          ],
        },
      ],
    });
    hostile.wire.say({ type: 'dropped', probes: [{ uid: wish.uid, count: HUGE }] });
    await afterAllOfIt();
    const { status } = await reportedOnce();
    expect(status).toMatchObject({ hits: 1, pods: { matched: 1, armed: 1, failed: 0 } });
    expect(status?.instances).toMatchObject([{ podName: victimPod.name, state: 'Armed' }]);
    expect(status).not.toHaveProperty('dropped');
    expect(status).not.toHaveProperty('cost');
    expect(await refused('states')).toBe(1);
    expect(await refused('drops')).toBe(1);
  });

  it('does not silence its process with a forged process id and sequence number', async () => {
    await attackers.apply('DynamicLog', 'own', { message: 'own' });
    const own = (await hostile.desires((wished) => wished.length === 1))[0] as WireProbe;
    const { instanceID } = victim;
    await hostile.results(own, { instanceID, sequence: HUGE, ...line('own') });
    await hostile.results(wish, { instanceID, sequence: HUGE, ...line('forged') });
    const probe = await reportedOnce();
    expect(probe.status).toMatchObject({ hits: 1, recent: [{ message: 'true' }] });
    expect(probe.status).not.toHaveProperty('dropped');
  });

  it('is believed about its own probe only as far as its status stays readable', async () => {
    await attackers.apply('DynamicLog', 'own', { message: 'own' });
    const own = (await hostile.desires((wished) => wished.length === 1))[0] as WireProbe;
    const forged = {
      hits: HUGE,
      estimatedHits: HUGE,
      dropped: [{ reason: 'RateLimited' as const, count: HUGE }],
      cost: { cpuMilliseconds: 1e308, p50Microseconds: 1e308, p99Microseconds: 1e308, stallMilliseconds: 1e308 },
    };
    hostile.processes(3, forged);
    const results = [1, HUGE / 2, HUGE].map((sequence) => ({ sequence: Math.floor(sequence), ...line('x') }));
    await hostile.results(own, ...results);
    const over = await attackers.until('DynamicLog', 'own', (one) => (one.status?.hits ?? 0) > 0);
    expect(over.status?.hits).toBeLessThanOrEqual(HUGE);
    expect(over.status?.dropped?.every(({ count }) => Number.isSafeInteger(count))).toBe(true);
    // The object is read again by an operator that starts from nothing but it.
    await operator.stop();
    operator = await RunningOperator.start(client, await createNamespace(client), log);
    const again = await operator.connectAgent({ pod: victimPod, account: 'orders', agentID: 'agent-0002' });
    expect((await again.desires((wished) => wished.length === 1))[0]?.uid).toBe(wish.uid);
    expect(conditionOf(await attackers.get('DynamicLog', 'own'), 'Ready')?.reason).toBe('HitLimitReached');
  });
});
