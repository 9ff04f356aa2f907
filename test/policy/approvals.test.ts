import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APPROVALS, REQUESTED_BY } from '../../src/api/annotations.ts';
import type { Probe } from '../../src/api/kinds.ts';
import { type Approval, approvalState } from '../../src/policy/approvals.ts';
import { policyKey } from '../../src/policy/policy-view.ts';
import { approval } from '../../src/policy/rules/approval.ts';
import { specHash } from '../../src/policy/spec-hash.ts';
import { clusterPolicy, log } from './fixtures.ts';

const payments = clusterPolicy('payments', { approval: { deadlineSeconds: 600 } });
const security = clusterPolicy('security', { approval: { deadlineSeconds: 7200 } });
const TIME = '2026-11-30T10:00:00.000Z';

function asked(approvals: Partial<Approval>[], requester = 'ann'): Probe {
  const probe = log();
  const whole = approvals.map((one) => ({
    ...{ policy: policyKey(payments), username: 'bob', time: TIME, specHash: specHash(probe.spec) },
    ...one,
  }));
  const annotations = { [REQUESTED_BY]: requester, [APPROVALS]: JSON.stringify(whole) };
  return { ...probe, metadata: { ...probe.metadata, annotations } };
}

const missing = (probe: Probe) => approvalState(probe, [payments, security]).missing.map(({ name }) => name);

describe('a probe is approved', () => {
  it('by each policy that asks for it, and counts from the last approval on', () => {
    expect(missing(asked([]))).toEqual(['payments', 'security']);
    expect(missing(asked([{}]))).toEqual(['security']);
    const whole = asked([{}, { policy: policyKey(security), username: 'eve', time: '2026-11-30T11:00:00.000Z' }]);
    expect(missing(whole)).toEqual([]);
    expect(approvalState(whole, [payments, security])).toMatchObject({
      approvedTime: Date.parse('2026-11-30T11:00:00.000Z'),
      deadlineSeconds: 600,
    });
  });

  it('by somebody else than who asked, and not while nobody knows who that is', () => {
    expect(missing(asked([{ username: 'ann' }]))).toContain('payments');
    expect(missing(asked([{}], ''))).toContain('payments');
  });

  it('for this very spec', () => {
    expect(missing(asked([{ specHash: specHash(log({ message: 'other' }).spec) }]))).toContain('payments');
  });

  it('by nothing that cannot be read', () => {
    const probe = asked([{}]);
    const annotations = { ...probe.metadata.annotations, [APPROVALS]: '[{"policy": 7}]' };
    expect(missing({ ...probe, metadata: { ...probe.metadata, annotations } })).toContain('payments');
  });
});

it('waits until the deadline, and is over then', () => {
  const facts = { issues: [], now: 0, expireTime: 0, hits: 0, hitLimit: 1 };
  expect(approval({ ...facts, approval: { missing: [payments], deadline: 60_000 } })).toEqual({
    reason: 'AwaitingApproval',
    message: 'It waits for an approval by ClusterInstrumentationPolicy payments until 1970-01-01T00:01:00Z',
    stalled: false,
  });
  expect(approval({ ...facts, now: 60_000, approval: { missing: [payments], deadline: 60_000 } })).toMatchObject({
    reason: 'ApprovalExpired',
    stalled: true,
  });
  expect(approval({ ...facts, approval: { missing: [], deadline: 0 } })).toBeUndefined();
});

it('a spec has one name in whatever order its members are, and every other spec another', () => {
  const json = fc.jsonValue();
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json), (one, other) => {
      expect(specHash(Object.fromEntries(Object.entries(one).reverse()))).toBe(specHash(one));
      const isSame = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      expect(specHash(one) === specHash(other)).toBe(isSame);
    }),
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
}
