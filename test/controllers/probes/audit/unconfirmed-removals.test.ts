import { describe, expect, it } from 'vitest';
import { AuditedCluster } from './audited-cluster.ts';

const MINUTE = 60_000;

/** A probe that was armed in these pods, one after the other hit, and whose object is gone. */
function deleted(...names: readonly string[]): AuditedCluster {
  const cluster = new AuditedCluster(names, { spec: { ttlSeconds: 86_400 } });
  cluster.settle();
  for (const name of names) cluster.hit(name, 'x');
  cluster.records();
  cluster.delete();
  return cluster;
}

describe('a probe whose object is gone before all processes have answered', () => {
  it('has a second end, by another name, once the last of them has', async () => {
    const cluster = deleted('a', 'b');
    const [first] = cluster.records();
    const wantEnd = { step: 'Removed', reason: 'Deleted', pods: 2, released: 2 };
    expect(first).toMatchObject({ ...wantEnd, isConfirmed: false });
    cluster.answer('a');
    await cluster.confirm();
    expect(cluster.records()).toEqual([]);
    cluster.answer('b');
    await cluster.confirm();
    await cluster.confirm();
    const confirmed = cluster.records();
    expect(confirmed).toMatchObject([{ ...wantEnd, isConfirmed: true, probe: first?.probe }]);
    expect(confirmed[0]?.id).not.toBe(first?.id);
  });

  it('does not wait for pods that are gone', async () => {
    const cluster = deleted('a', 'b');
    cluster.records();
    cluster.answer('a');
    cluster.vanish('b');
    await cluster.confirm();
    expect(cluster.records()).toMatchObject([{ step: 'Removed', isConfirmed: true }]);
  });

  it('waits for an agent that is away, and for its processes when it comes back', async () => {
    const cluster = deleted('a');
    cluster.records();
    cluster.disconnect('a');
    await cluster.confirm();
    cluster.now += MINUTE;
    cluster.connect('a');
    await cluster.confirm();
    expect(cluster.records()).toEqual([]);
    cluster.answer('a');
    await cluster.confirm();
    expect(cluster.records()).toMatchObject([{ step: 'Removed', isConfirmed: true }]);
  });

  it('is certain to be out when an agent was away for as long as it keeps probes', async () => {
    const cluster = new AuditedCluster(['a'], { spec: { ttlSeconds: 86_400 } });
    cluster.keepsProbes('a', 600);
    cluster.settle();
    cluster.disconnect('a');
    cluster.delete();
    cluster.records();
    cluster.now += 10 * MINUTE;
    await cluster.confirm();
    expect(cluster.records()).toEqual([]);
    cluster.now += 2 * MINUTE;
    await cluster.confirm();
    expect(cluster.records()).toMatchObject([{ step: 'Removed', isConfirmed: true }]);
  });

  it('is not watched for longer than a quarter of an hour', async () => {
    const cluster = deleted('a');
    cluster.records();
    cluster.now += 16 * MINUTE;
    await cluster.confirm();
    cluster.answer('a');
    await cluster.confirm();
    expect(cluster.records()).toEqual([]);
  });

  it('is not watched while too many pods are', async () => {
    const cluster = deleted(...Array.from({ length: 11 }, (_, index) => `pod-${index}`));
    cluster.records();
    for (const { metadata } of cluster.pods) cluster.answer(metadata.name);
    await cluster.confirm();
    expect(cluster.records()).toEqual([]);
  });

  it('has an end although the one that leads now has not planned it yet', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.settle();
    cluster.records();
    cluster.takeOver();
    cluster.delete();
    expect(cluster.records()).toMatchObject([{ step: 'Requested' }, { step: 'Removed', reason: 'Deleted' }]);
  });
});

it('an earlier spec has a second end once every process has the next', async () => {
  const cluster = new AuditedCluster(['a']);
  cluster.settle();
  cluster.records();
  cluster.change({ spec: { message: 'other' }, generation: 2 });
  cluster.plan();
  await cluster.confirm();
  expect(cluster.records()[0]).toMatchObject({ step: 'Removed', reason: 'SpecChanged', isConfirmed: false });
  cluster.answer('a');
  await cluster.confirm();
  expect(cluster.records()).toMatchObject([
    { step: 'Removed', reason: 'SpecChanged', isConfirmed: true, probe: { generation: 1 } },
  ]);
});
