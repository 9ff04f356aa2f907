import { describe, expect, it } from 'vitest';
import { APPROVALS, REQUESTED_BY } from '../../../src/api/annotations.ts';
import type { Probe } from '../../../src/api/kinds.ts';
import { approveProbe } from '../../../src/controllers/policies/approve.ts';
import type { PolicyView } from '../../../src/policy/policy-view.ts';
import { specHash } from '../../../src/policy/spec-hash.ts';
import { clusterPolicy, decided, log } from '../../policy/fixtures.ts';

const payments = clusterPolicy('payments', { approval: {} });
const security = clusterPolicy('security', { approval: { requires: ['Ticket'] } });

function asked(requester: string | undefined = 'ann'): Probe {
  const probe = log();
  const annotations = requester === undefined ? undefined : { [REQUESTED_BY]: requester };
  return { ...probe, metadata: { ...probe.metadata, annotations } };
}

async function approve(
  changes: {
    username?: string;
    hash?: string;
    ticket?: string;
    probe?: Probe;
    policies?: PolicyView[];
    may?: string[];
  } = {},
) {
  const {
    username = 'bob',
    ticket,
    probe = asked(),
    policies = [payments, security],
    may = ['payments', 'security'],
  } = changes;
  const request = {
    approver: { username, groups: [] },
    specHash: changes.hash ?? specHash(probe.spec),
    reason: undefined,
    ticket,
  };
  const answer = await approveProbe(probe, request, {
    policies: { know: async () => {}, decide: (one) => decided(one, policies) },
    pods: { by: () => [] },
    access: { know: async ({ policy, verb }) => verb === 'approve' && may.includes(policy.name) },
    now: () => 0,
  });
  return 'refused' in answer
    ? answer.refused
    : answer.approvals.map(({ policy, username: by }) => `${policy} by ${by}`);
}

describe('an approval', () => {
  it('counts for every policy by which its giver may approve', async () => {
    expect(await approve({ ticket: 'T-7' })).toHaveLength(2);
    expect(await approve({ may: ['payments'] })).toEqual([expect.stringMatching(/payments.* by bob$/)]);
  });

  it('that there is already is not given again: it would begin the time to live anew', async () => {
    const probe = asked();
    const given = ['payments', 'security'].map((name) => ({
      policy: `ClusterInstrumentationPolicy /${name}`,
      username: 'carol',
      time: '2026-11-30T10:00:00Z',
      specHash: specHash(probe.spec),
    }));
    const ofSpecBefore = { ...given[0], username: 'dave', specHash: 'other' };
    const recorded = JSON.stringify([ofSpecBefore, ...given]);
    const annotations = { ...probe.metadata.annotations, [APPROVALS]: recorded };
    const approved = { ...probe, metadata: { ...probe.metadata, annotations } };
    expect(await approve({ probe: approved, ticket: 'T-7' })).toBe(
      'it is approved already, by carol at 2026-11-30T10:00:00Z',
    );
    expect(await approve({ probe: approved, ticket: 'T-7', policies: [payments] })).toContain('approved already');
  });

  it.each<[string, Parameters<typeof approve>[0], string]>([
    ['of another spec', { hash: 'other' }, 'the approval is for the spec other, and the present one is '],
    ['of whoever asked', { username: 'ann' }, 'ann asked for this probe; it must be approved by somebody else'],
    ['of a probe of which nobody knows who asked', { probe: asked('') }, 'nobody knows who asked for this probe'],
    ['without the right', { may: [] }, 'bob needs the RBAC verb approve on ClusterInstrumentationPolicy payments or '],
    ['that nobody asks for', { policies: [] }, 'no policy asks for an approval of this probe'],
    [
      'without the ticket that is wanted',
      {},
      'ClusterInstrumentationPolicy security wants a ticket with each approval',
    ],
  ])('%s does not count', async (_, changes, wantRefusal) => {
    expect(await approve(changes)).toContain(wantRefusal);
  });
});
