import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claimant, QuotaLedger } from '../../../../src/controllers/probes/desired/quota-ledger.ts';
import { quotaClaims, quotaUse } from '../../../../src/policy/quota.ts';
import { accepted, clusterPolicy, log } from '../../../policy/fixtures.ts';

function claimant(
  name: string,
  quota: object,
  { requester = 'ann', cpu = 10, created = '2026-11-30T10:00:00Z' } = {},
): Claimant {
  const { effective, policies } = accepted(log({ limits: { cpuMillisecondsPerSecond: cpu } }), [
    clusterPolicy('shared', { quota }),
  ]);
  const facts = { effective, requester: { username: requester, groups: [] }, workloads: ['Deployment orders'] };
  return { key: name, created, use: quotaUse(effective), claims: quotaClaims(policies, facts) };
}

describe('a quota', () => {
  it('of probes and of CPU is told with what is used of it', () => {
    const ledger = new QuotaLedger();
    const quota = { namespace: { probes: 2 }, requester: { cpuMillisecondsPerSecond: 25 } };
    expect(ledger.claim(claimant('a', quota))).toBeUndefined();
    expect(ledger.claim(claimant('b', quota, { cpu: 16 }))?.message).toBe(
      'ClusterInstrumentationPolicy shared: the quota of requester ann is used up: 10 of 25 ms of CPU per second, and this one asks for 16',
    );
    expect(ledger.claim(claimant('b', quota))).toBeUndefined();
    expect(ledger.claim(claimant('c', quota, { requester: 'bob' }))?.message).toBe(
      'ClusterInstrumentationPolicy shared: the quota of namespace shop is used up: 2 of 2 probes',
    );
  });

  it('that one gives back goes to those that wait, the oldest first', () => {
    const told: (readonly string[])[] = [];
    const ledger = new QuotaLedger((keys) => told.push(keys));
    const quota = { workload: { probes: 1 } };
    for (const name of ['a', 'b', 'c'])
      ledger.claim(claimant(name, quota, { created: `2026-11-30T10:00:0${'acb'.indexOf(name)}Z` }));
    ledger.release('a');
    expect(told).toEqual([['c', 'b']]);
    expect(ledger.claim(claimant('c', quota))).toBeUndefined();
    ledger.release('b');
    ledger.release('never there');
    expect(told).toHaveLength(1);
  });

  it('that becomes smaller takes from those that came last', () => {
    const ledger = new QuotaLedger();
    const names = ['a', 'b', 'c'];
    for (const name of names) ledger.claim(claimant(name, { namespace: { probes: 3 } }));
    const smaller = { namespace: { probes: 1 } };
    expect(names.map((name) => ledger.claim(claimant(name, smaller)) === undefined)).toEqual([true, false, false]);
    expect(ledger.claim(claimant('a', smaller))).toBeUndefined();
  });
});

it('never more than a quota is given out, whatever comes and goes', () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    requester: fc.constantFrom('ann', 'bob'),
    cpu: fc.integer({ min: 1, max: 20 }),
    isRelease: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const ledger = new QuotaLedger();
      const quota = { namespace: { probes: 3, cpuMillisecondsPerSecond: 40 }, requester: { probes: 2 } };
      const held = new Map<string, { requester: string; cpu: number }>();
      for (const { name, requester, cpu, isRelease } of steps) {
        held.delete(name);
        if (isRelease) ledger.release(name);
        else if (ledger.claim(claimant(name, quota, { requester, cpu })) === undefined)
          held.set(name, { requester, cpu });
        const all = [...held.values()];
        expect(all.length).toBeLessThanOrEqual(3);
        expect(all.reduce((sum, one) => sum + one.cpu, 0)).toBeLessThanOrEqual(40);
        for (const one of ['ann', 'bob'])
          expect(all.filter((other) => other.requester === one).length).toBeLessThanOrEqual(2);
      }
    }),
  );
});
