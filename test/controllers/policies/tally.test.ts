import { describe, expect, it } from 'vitest';
import { type CountedPolicy, Tally } from '../../../src/controllers/policies/tally.ts';
import type { EnforcedRules } from '../../../src/controllers/probes/desired/enforced-rules.ts';
import type { JudgedProbe } from '../../../src/controllers/probes/desired/judged-probe.ts';
import { judge } from '../../../src/policy/judge.ts';
import type { PolicyView } from '../../../src/policy/policy-view.ts';
import type { ProcessInfo } from '../../../src/protocol/state.ts';
import { TimeSlice } from '../../../src/time-slice.ts';
import { clusterPolicy, decided, log, policy, SHOP } from '../../policy/fixtures.ts';
import { processInfo } from '../probes/fixtures.ts';
import { judged } from './fixtures.ts';

const open = clusterPolicy('open', {});
const closed = policy('closed', { rules: [{ name: 'none', action: 'Deny' }] });
const stopped = policy('stopped', { stopped: { reason: 'Incident 42.' } });

async function count(
  policies: readonly PolicyView[],
  probes: readonly JudgedProbe[],
  changes: Partial<CountedPolicy> = {},
) {
  const tally = new Tally(
    policies.map((view) => ({ view, unsettledSince: undefined, isKnownClean: false, ...changes })),
  );
  await tally.count(probes, new TimeSlice(), 0);
  return (of: PolicyView) => {
    const { carriers, redactions, ...counts } = tally.of(of);
    return { ...counts, carriers: [...carriers], ...redactions.toStatus() };
  };
}

it('a probe is counted for each policy that governs it, and as denied for those that deny it', async () => {
  const of = await count([open, closed], [judged([open]), judged([open, closed]), judged([open, closed])]);
  expect(of(open)).toMatchObject({ governed: 3, denied: 0, held: 0 });
  expect(of(closed)).toMatchObject({ governed: 2, denied: 2, held: 0 });
});

it('one that is denied in some of its pods only is counted as denied, too', async () => {
  const some = policy('some', {
    podSelector: { matchLabels: { tier: 'secret' } },
    rules: [{ name: 'none', action: 'Deny' }],
  });
  const secret = { place: { ...SHOP, podLabels: { tier: 'secret' } } };
  const judgment = judge([decided(log(), [open, some]), decided(log(), [open, some], secret)]);
  const of = await count([open, some], [judged([], { judgment })]);
  expect(of(open)).toMatchObject({ governed: 1, denied: 0 });
  expect(of(some)).toMatchObject({ governed: 1, denied: 1 });
});

it('one that a stopped policy governs is held by it, not by others', async () => {
  const of = await count([open, stopped], [judged([open, stopped])]);
  expect(of(open).held).toBe(0);
  expect(of(stopped)).toMatchObject({ governed: 1, denied: 0, held: 1 });
});

it('one of which it is not known who may use what is counted nowhere yet', async () => {
  const users = clusterPolicy('users', { requesters: 'Users' });
  const judgment = judge([decided(log(), [open, users], { holdsUse: () => undefined })]);
  const of = await count([open, users], [judged([], { judgment })]);
  expect([of(open).governed, of(users).governed]).toEqual([0, 0]);
});

it('processes count once, however many of its probes they have, and only of probes that may be in any', async () => {
  const carriers = () => [
    { reported: ['a 1'], possible: ['a 2'] },
    { reported: [], possible: ['b 1'] },
  ];
  const probes = [
    judged([stopped], { isOut: false, carriers }),
    judged([stopped, open], { isOut: false, carriers: () => [{ reported: ['a 2'], possible: [] }] }),
    judged([stopped], { outTime: 7, carriers: () => [{ reported: ['c 1'], possible: [] }] }),
    judged([open], { isOut: false, carriers: () => [{ reported: ['d 1'], possible: [] }] }),
  ];
  const of = await count([open, stopped], probes);
  expect(of(stopped).carriers.sort()).toEqual(['a 1', 'a 2', 'b 1']);
  expect(of(stopped).outTime).toBe(7);
  expect(of(open).carriers).toEqual([]);
});

it('what an earlier operator found clean is so until a process reports otherwise', async () => {
  const carriers = () => [{ reported: ['a 1'], possible: ['a 2'] }];
  const probes = [judged([stopped], { isOut: false, isRestored: true, carriers })];
  expect((await count([stopped], probes, { isKnownClean: true }))(stopped).carriers).toEqual(['a 1']);
  expect((await count([stopped], probes))(stopped).carriers).toEqual(['a 1', 'a 2']);
  const own = [judged([stopped], { isOut: false, carriers })];
  expect((await count([stopped], own, { isKnownClean: true }))(stopped).carriers).toEqual(['a 1', 'a 2']);
});

it('a policy is being decided while a probe that it may be about was decided by what it was before', async () => {
  const elsewhere = policy('elsewhere', {}, 'pay');
  const all = [open, closed, elsewhere];
  const deciding = async (probe: JudgedProbe) => {
    const of = await count(all, [judged(all, { version: 5 }), probe], { unsettledSince: 5 });
    return all.filter((one) => of(one).isDeciding);
  };
  expect(await deciding(judged(all, { version: 5 }))).toEqual([]);
  expect(await deciding(judged(all, { version: 4 }))).toEqual([open, closed]);
  expect(await deciding(judged(all, { judgment: undefined, version: -1 }))).toEqual([open, closed]);
  expect(await deciding(judged(all, { version: 5, isWaiting: true }))).toEqual([open, closed]);
  const settled = await count(all, [judged(all, { version: 0 })]);
  expect(all.some((one) => settled(one).isDeciding)).toBe(false);
});

describe('processes by the rules of redaction that they enforce', () => {
  const hiding = policy('hiding', { redaction: { names: ['badge'] } });
  const [first, second] = [processInfo('first'), processInfo('second')];
  const under = (policies: readonly PolicyView[], ...rules: readonly EnforcedRules[]) =>
    judged(policies, { isOut: false, enforcing: () => [{ policies, rules }] });
  const current = (process: ProcessInfo, hash?: string): EnforcedRules => ({ process, hash, isCurrent: true });
  const outdated = (process: ProcessInfo, hash?: string): EnforcedRules => ({ process, hash, isCurrent: false });

  it('are counted once for the same rules, however many probes they have under them', async () => {
    const probes = [under([hiding], current(first, 'a'), current(second, 'a')), under([hiding], current(first, 'a'))];
    expect((await count([hiding], probes))(hiding).redactions).toEqual([{ hash: 'a', processes: 2, current: true }]);
  });

  it('are counted for each of several rules, and where the same ones are outdated for another probe', async () => {
    const probes = [under([hiding], current(first, 'a')), under([hiding], outdated(first, 'a'), outdated(second))];
    expect((await count([hiding], probes))(hiding).redactions).toEqual([
      { processes: 1, current: false },
      { hash: 'a', processes: 1, current: false },
      { hash: 'a', processes: 1, current: true },
    ]);
  });

  it('are counted only for policies that have rules of redaction, and govern the probe in that pod', async () => {
    const other = policy('other', { redaction: { names: ['salary'] } });
    const probe = judged([open, hiding, other], {
      isOut: false,
      enforcing: () => [{ policies: [open, hiding], rules: [current(first, 'a')] }],
    });
    const of = await count([open, hiding, other], [probe]);
    expect([of(open).redactions, of(other).redactions]).toEqual([undefined, undefined]);
    expect(of(hiding).redactions).toHaveLength(1);
  });

  it('are read only where a policy has any, and the probe may be in a process', async () => {
    let reads = 0;
    const enforcing = () => {
      reads += 1;
      return [];
    };
    await count([open, hiding], [judged([open], { isOut: false, enforcing }), judged([hiding], { enforcing })]);
    expect(reads).toBe(0);
    await count([open, hiding], [judged([hiding], { isOut: false, enforcing })]);
    expect(reads).toBe(1);
  });
});
