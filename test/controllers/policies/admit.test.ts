import { describe, expect, it } from 'vitest';
import { REQUESTED_BY } from '../../../src/api/annotations.ts';
import type { Probe } from '../../../src/api/kinds.ts';
import { admitProbe } from '../../../src/controllers/policies/admit.ts';
import type { ObservedPod } from '../../../src/pods/observed-pod.ts';
import type { PolicyView } from '../../../src/policy/policy-view.ts';
import { clusterPolicy, decided, log, policy } from '../../policy/fixtures.ts';
import { pod, withStatus } from '../probes/fixtures.ts';

const shared = clusterPolicy('shared', {
  quota: { namespace: { probes: 2, cpuMillisecondsPerSecond: 30 }, requester: { probes: 1 } },
});

function by(requester: string, name: string, spec: object = {}): Probe {
  const probe = log(spec);
  return { ...probe, metadata: { ...probe.metadata, name, uid: name, annotations: { [REQUESTED_BY]: requester } } };
}

/** One that there is, with what its status says. */
function running(
  requester: string,
  name: string,
  reason = 'Armed',
  policies = ['ClusterInstrumentationPolicy shared'],
) {
  const time = '2026-11-30T10:00:00Z';
  const conditions = [{ type: 'Armed', status: 'True', reason, message: '', lastTransitionTime: time }];
  return withStatus(by(requester, name), { policies, conditions });
}

async function answered(probe: Probe, probes: Probe[], policies: PolicyView[] = [shared], pods: ObservedPod[] = []) {
  const verdict = await admitProbe(probe, {
    policies: { know: async () => {}, decide: (one) => decided(one, policies) },
    pods: { by: () => pods },
    probes: [{ list: () => probes }],
    isReady: () => true,
    languagesOf: () => [],
  });
  return verdict.is === 'Fine' ? verdict.warnings : [verdict.is, verdict.message];
}

describe('at kubectl apply, a probe whose policies set a quota', () => {
  it('is let in without a word while there is room', async () => {
    expect(await answered(by('ann', 'new'), [running('bob', 'one')])).toEqual([]);
  });

  it('is told that it waits where others have it all', async () => {
    const others = [running('bob', 'one'), running('eve', 'two')];
    expect(await answered(by('ann', 'new'), others)).toEqual([
      'it waits, as there is no room for it: ClusterInstrumentationPolicy shared: the quota of namespace shop is used up: 2 of 2 probes',
    ]);
  });

  it('is told that it waits where its requester has their part', async () => {
    expect(await answered(by('ann', 'new'), [running('ann', 'one')])).toEqual([
      'it waits, as there is no room for it: ClusterInstrumentationPolicy shared: the quota of requester ann is used up: 1 of 1 probes',
    ]);
  });

  it('is not counted twice when it is changed', async () => {
    expect(await answered(by('ann', 'one', { level: 'Warn' }), [running('ann', 'one')])).toEqual([]);
  });

  it.each(['Expired', 'HitLimitReached', 'QuotaExceeded', 'AwaitingApproval'])(
    'is not kept waiting by one with the reason %s',
    async (reason) => {
      expect(await answered(by('ann', 'new'), [running('ann', 'one', reason)])).toEqual([]);
    },
  );

  it('is not kept waiting by one that another policy is about', async () => {
    const other = running('ann', 'one', 'Armed', ['ClusterInstrumentationPolicy other']);
    expect(await answered(by('ann', 'new'), [other])).toEqual([]);
  });

  it('shares it with whatever looks at the same workload', async () => {
    const owned: ObservedPod = { ...pod('a'), owner: { kind: 'StatefulSet', name: 'orders' } };
    const one = clusterPolicy('shared', { quota: { workload: { probes: 1 } } });
    expect(await answered(by('ann', 'new'), [running('bob', 'one')], [one], [owned])).toEqual([
      'it waits, as there is no room for it: ClusterInstrumentationPolicy shared: the quota of workload shop/StatefulSet orders is used up: 1 of 1 probes',
    ]);
  });

  it('is refused where it asks for more than there is', async () => {
    const little = policy('little', { quota: { namespace: { cpuMillisecondsPerSecond: 5 } } });
    expect(await answered(by('ann', 'new'), [], [little])).toEqual([
      'Forbidden',
      'InstrumentationPolicy little: the quota of namespace shop is 5 ms of CPU per second, and this probe alone asks for 10; ask for less in spec.limits.cpuMillisecondsPerSecond.',
    ]);
    expect(await answered(by('ann', 'new', { limits: { cpuMillisecondsPerSecond: 5 } }), [], [little])).toEqual([]);
    const none = policy('none', { quota: { namespace: { probes: 0 } } });
    expect(await answered(by('ann', 'new'), [], [none])).toEqual([
      'Forbidden',
      'InstrumentationPolicy none: the quota of namespace shop is 0 probes, so there is never room for one.',
    ]);
  });
});

it('at kubectl apply, who asks for a probe that needs an approval is told so', async () => {
  expect(await answered(by('ann', 'new'), [], [clusterPolicy('payments', { approval: {} })])).toEqual([
    'it waits for an approval by ClusterInstrumentationPolicy payments: kubectl davylamp approve',
  ]);
});
