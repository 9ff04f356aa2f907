import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { KubeClient } from '../../src/kube/client.ts';
import { LeaderElection } from '../../src/kube/leader-election.ts';
import { LEASES } from '../../src/kube/resource.ts';
import { kubeconfigOfWorker } from './kubeconfig.ts';
import { createNamespace } from './namespace.ts';

let client: KubeClient;
let namespace: string;
beforeEach(async () => {
  client = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
  namespace = await createNamespace(client);
});
afterEach(() => client.close());

interface Replica {
  election: LeaderElection;
  stop: AbortController;
  /** Aborts when it leads. */
  led: AbortSignal;
  ended: Promise<'stopped' | 'lost'>;
  log: string[];
}

const SHORT = { leaseDurationSeconds: 10, renewDeadlineSeconds: 6, retryPeriodSeconds: 0.2 };
const LONG = { leaseDurationSeconds: 60, renewDeadlineSeconds: 40, retryPeriodSeconds: 0.2 };

function replica(identity: string, log: string[], times = SHORT, kube: KubeClient = client): Replica {
  const stop = new AbortController();
  const leads = new AbortController();
  const election = new LeaderElection({
    client: kube,
    namespace,
    name: 'davylamp-operator',
    identity,
    ...times,
    onStartedLeading: (signal) => {
      log.push(`${identity} leads`);
      signal.addEventListener('abort', () => log.push(`${identity} must stop`));
      leads.abort();
    },
    onStoppedLeading: () => void log.push(`${identity} stopped`),
  });
  return { election, stop, led: leads.signal, ended: election.run(stop.signal), log };
}

const leads = async ({ led }: Replica): Promise<void> => {
  if (!led.aborted) await once(led, 'abort', { signal: AbortSignal.timeout(60_000) });
};

describe('of two replicas', () => {
  test('one leads, and the other takes over at once when it stops', async () => {
    const log: string[] = [];
    const first = replica('pod-a_10.0.0.1', log, LONG);
    await leads(first);
    const second = replica('pod-b_10.0.0.2', log, LONG);
    first.stop.abort();
    expect(await first.ended).toBe('stopped');
    // Long before the lease of a minute would have run out.
    await leads(second);
    expect(log).toEqual([
      'pod-a_10.0.0.1 leads',
      'pod-a_10.0.0.1 must stop',
      'pod-a_10.0.0.1 stopped',
      'pod-b_10.0.0.2 leads',
    ]);
    expect([first.election.isLeader, second.election.isLeader]).toEqual([false, true]);
    expect(second.election.currentHolder()).toBe('pod-b_10.0.0.2');
    const lease = await client.get(LEASES, { namespace, name: 'davylamp-operator' });
    expect(lease).toMatchObject({
      spec: { holderIdentity: 'pod-b_10.0.0.2', leaseTransitions: 1, leaseDurationSeconds: 60 },
    });
    second.stop.abort();
    await second.ended;
    const spec = z.object({ spec: z.object({ holderIdentity: z.string().default('') }) });
    expect(spec.parse(await client.get(LEASES, { namespace, name: 'davylamp-operator' })).spec.holderIdentity).toBe('');
  });

  test('the one that waits knows who leads, and takes over from a dead leader only after the lease has run out', async () => {
    const dying = KubeClient.fromDefault({ kubeconfig: kubeconfigOfWorker() });
    const log: string[] = [];
    const first = replica('dying', log, SHORT, dying);
    await leads(first);
    const second = replica('heir', log);
    await expect.poll(() => second.election.currentHolder(), { timeout: 60_000 }).toBe('dying');
    // Its connections are gone for good, as if its node were: nothing is released.
    const died = performance.now();
    await dying.close();
    const wantFirst = first.ended.then((end) => `the leader has ${end}`);
    expect(await Promise.race([wantFirst, leads(second).then(() => 'the heir leads')])).toBe('the leader has lost');
    await leads(second);
    expect(performance.now() - died).toBeGreaterThan(4000);
    first.stop.abort();
    second.stop.abort();
    await Promise.all([first.ended, second.ended]);
  });

  test('only one ever leads, however many start together', async () => {
    const log: string[] = [];
    const replicas = ['a', 'b', 'c', 'd'].map((identity) => replica(identity, log, LONG));
    await Promise.race(replicas.map(leads));
    for (const { election } of replicas) {
      await expect.poll(() => election.currentHolder(), { timeout: 60_000 }).toBeDefined();
    }
    expect(replicas.filter(({ election }) => election.isLeader)).toHaveLength(1);
    expect(new Set(replicas.map(({ election }) => election.currentHolder())).size).toBe(1);
    for (const { stop } of replicas) stop.abort();
    await Promise.all(replicas.map(({ ended }) => ended));
  });
});

test('a deadline that is longer than the lease is refused', () => {
  const options = { client, namespace, name: 'a', identity: 'b', onStartedLeading: () => undefined };
  expect(() => new LeaderElection({ ...options, leaseDurationSeconds: 5, renewDeadlineSeconds: 10 })).toThrow(
    RangeError,
  );
});
