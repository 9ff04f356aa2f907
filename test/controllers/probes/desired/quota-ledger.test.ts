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

  it('that one gives back goes to the oldest of those that wait, whoever asks first', () => {
    const told: (readonly string[])[] = [];
    const ledger = new QuotaLedger((keys) => told.push(keys));
    const quota = { workload: { probes: 1 } };
    for (const name of ['a', 'b', 'c'])
      ledger.claim(claimant(name, quota, { created: `2026-11-30T10:00:0${'acb'.indexOf(name)}Z` }));
    ledger.release('a');
    expect(told).toEqual([['c']]);
    expect(ledger.claim(claimant('b', quota))?.message).toContain('1 of 1 probes');
    expect(ledger.claim(claimant('c', quota))).toBeUndefined();
    ledger.release('b');
    ledger.release('never there');
    expect(told).toHaveLength(1);
  });

  it('of which one asks for less from now on goes to those that wait', () => {
    const told: (readonly string[])[] = [];
    const ledger = new QuotaLedger((keys) => told.push(keys));
    const quota = { namespace: { cpuMillisecondsPerSecond: 20 } };
    ledger.claim(claimant('a', quota, { cpu: 15 }));
    ledger.claim(claimant('b', quota, { cpu: 10 }));
    expect(ledger.claim(claimant('a', quota, { cpu: 5 }))).toBeUndefined();
    expect(told).toEqual([['b']]);
    expect(ledger.claim(claimant('b', quota, { cpu: 10 }))).toBeUndefined();
  });

  it('that becomes larger goes to the oldest of those that wait, whoever is planned first', () => {
    const told: (readonly string[])[] = [];
    const ledger = new QuotaLedger((keys) => told.push(keys));
    for (const name of ['a', 'b', 'c']) ledger.claim(claimant(name, { namespace: { probes: 1 } }));
    expect(ledger.claim(claimant('c', { namespace: { probes: 2 } }))?.message).toContain('2 of 2 probes');
    expect(told).toEqual([['b']]);
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
      const wanted = new Map<string, { requester: string; cpu: number }>();
      const held = new Map<string, { requester: string; cpu: number }>();
      const hold = (name: string): void => {
        const wish = wanted.get(name);
        if (wish === undefined) throw new Error(`${name} wants nothing, and has got it`);
        held.set(name, wish);
      };
      const ledger = new QuotaLedger((names) => names.forEach(hold));
      const quota = { namespace: { probes: 3, cpuMillisecondsPerSecond: 40 }, requester: { probes: 2 } };
      for (const { name, requester, cpu, isRelease } of steps) {
        held.delete(name);
        wanted.delete(name);
        if (isRelease) ledger.release(name);
        else {
          wanted.set(name, { requester, cpu });
          if (ledger.claim(claimant(name, quota, { requester, cpu })) === undefined) hold(name);
          else held.delete(name);
        }
        const all = [...held.values()];
        expect(all.length).toBeLessThanOrEqual(3);
        expect(all.reduce((sum, one) => sum + one.cpu, 0)).toBeLessThanOrEqual(40);
        for (const one of ['ann', 'bob'])
          expect(all.filter((other) => other.requester === one).length).toBeLessThanOrEqual(2);
        // Nobody waits for what there is.
        for (const [waiting, wish] of wanted) {
          if (held.has(waiting)) continue;
          const isFull = all.length === 3 || all.reduce((sum, other) => sum + other.cpu, wish.cpu) > 40;
          expect(isFull || all.filter((other) => other.requester === wish.requester).length === 2).toBe(true);
        }
      }
    }),
  );
});
