import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { AuthorityKeeper } from '../../src/gateway/certificates/authority-keeper.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { PODS, SECRETS } from '../../src/kube/resource.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';
import { conditionOf, ProbeObjects } from './probe-objects.ts';
import { RunningOperator } from './running-operator.ts';

const log = pino({ level: 'silent' });
const NAME = 'davylamp-ca';
const DAY = 86_400_000;
const secretSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }),
  data: z.record(z.string(), z.string()),
});

describe('the Secret of the authority', () => {
  let client: KubeClient;
  let namespace: string;
  let first: Authority;

  beforeAll(() => {
    client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  });
  afterAll(() => client.close());
  beforeEach(async () => {
    namespace = await createNamespace(client);
    first = await Authority.load(client, namespace);
  });

  const replica = (options: { isNeeded?: () => boolean; now?: () => number } = {}) => {
    const changes: string[] = [];
    const onChanged = (authority: Authority) => void changes.push(authority.fingerprint);
    const keeper = new AuthorityKeeper(first, { client, namespace, log, isNeeded: () => true, onChanged, ...options });
    return { keeper, changes };
  };
  const read = async () => secretSchema.parse(await client.get(SECRETS, { namespace, name: NAME }));
  const rotate = () =>
    client.mergePatch(
      SECRETS,
      { namespace, name: NAME },
      { metadata: { annotations: { 'davylamp.dev/rotate': 'now' } } },
    );

  it('is written again when it was deleted, as it was', async () => {
    const { data } = await read();
    const { keeper, changes } = replica();
    await client.delete(SECRETS, { namespace, name: NAME });
    await keeper.look();

    expect((await read()).data).toEqual(data);
    expect(changes).toEqual([]);
    expect((await Authority.load(client, namespace)).equals(first)).toBe(true);
  });

  it('is rotated once by two replicas that are asked to, and both hold the same afterwards', async () => {
    const [a, b] = [replica(), replica()];
    await rotate();
    await Promise.all([a.keeper.look(), b.keeper.look()]);
    await Promise.all([a.keeper.look(), b.keeper.look()]);

    const stored = await Authority.load(client, namespace);
    expect(stored.fingerprint).not.toBe(first.fingerprint);
    expect([a.keeper.authority.equals(stored), b.keeper.authority.equals(stored)]).toEqual([true, true]);
    expect(stored.predecessors).toHaveLength(1);
    expect((await read()).metadata.annotations ?? {}).not.toHaveProperty('davylamp.dev/rotate');
  });

  it('is rotated when two thirds of its time have passed', async () => {
    let days = 2400;
    const { keeper, changes } = replica({ now: () => Date.now() + days * DAY });
    await keeper.look();
    expect(changes).toEqual([]);
    days = 2434;
    await keeper.look();
    expect(changes).toHaveLength(1);
  });

  it('keeps what was before for as long as a pod trusts nothing else, and an hour at least', async () => {
    let isNeeded = true;
    let now = Date.now();
    const { keeper } = replica({ isNeeded: () => isNeeded, now: () => now });
    await rotate();
    await keeper.look();
    now += DAY;
    await keeper.look();
    expect(keeper.authority.predecessors).toHaveLength(1);

    isNeeded = false;
    now -= DAY;
    await keeper.look();
    expect(keeper.authority.predecessors).toHaveLength(1);
    now += DAY;
    await keeper.look();
    expect(keeper.authority.predecessors).toEqual([]);
    expect(Object.keys((await read()).data).sort()).toEqual(['tls.crt', 'tls.key']);
  });

  it('is taken over as it is when somebody restored it from a backup', async () => {
    const backup = z.looseObject({ data: z.unknown() }).parse(await client.get(SECRETS, { namespace, name: NAME }));
    await client.delete(SECRETS, { namespace, name: NAME });
    const other = await client.create(SECRETS, { namespace }, await newAuthoritySecret(namespace));
    const keeper = new AuthorityKeeper(await Authority.fromSecret(other, namespace), {
      ...{ client, namespace, log, isNeeded: () => true, onChanged: () => {} },
    });
    await client.mergePatch(SECRETS, { namespace, name: NAME }, { data: backup.data });
    await keeper.look();
    expect(keeper.authority.equals(first)).toBe(true);
  });
});

describe('a pod whose agent trusts another authority', () => {
  let client: KubeClient;
  let operator: RunningOperator;

  beforeAll(() => {
    client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  });
  afterAll(() => client.close());
  afterEach(() => operator.stop());

  it('has a reason of its own that says what to do, and is counted', async () => {
    const namespace = await createNamespace(client);
    const probes = new ProbeObjects(client, await createNamespace(client));
    operator = await RunningOperator.start(client, namespace, log);
    const stranger = await Authority.fromSecret(await newAuthoritySecret(namespace), namespace);
    const { caPem } = await Authority.load(client, namespace);
    const create = async (name: string, ca: string) => {
      const env = [{ name: 'DAVYLAMP_CA', value: ca }];
      const spec = {
        initContainers: [{ name: 'davylamp', image: 'agent', restartPolicy: 'Always', env }],
        containers: [{ name: 'app', image: 'orders' }],
      };
      const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'orders' } }, spec };
      await client.create(PODS, { namespace: probes.namespace }, body);
      const ref = { namespace: probes.namespace, name, subresource: 'status' };
      await client.mergePatch(PODS, ref, { status: { phase: 'Running' } });
    };
    await create('old', stranger.caPem);
    await create('new', caPem);
    await probes.apply('DynamicLog', 'large', { message: 'order' });

    const probe = await probes.until('DynamicLog', 'large', (one) => one.status?.pods?.matched === 2);
    expect(probe.status?.instances).toMatchObject([
      { podName: 'old', state: 'Failed', reason: 'AgentDistrustsGateway', message: expect.stringMatching(/backup/) },
      { podName: 'new', state: 'Waiting', reason: 'AgentDisconnected' },
    ]);
    expect(conditionOf(probe, 'Armed')).toMatchObject({ status: 'False', reason: 'AgentDistrustsGateway' });
    await vi.waitFor(async () => expect(await operator.metrics()).toMatch(/^davylamp_agents_distrusting 1$/m), {
      timeout: 60_000,
    });
  });
});
