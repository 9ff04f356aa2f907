import { describe, expect, it } from 'vitest';
import { conditionOf } from '../../../src/api/conditions.ts';
import { policyStatusSchema } from '../../../src/api/policy.ts';
import { type PolicyStatusInput, renderPolicyStatus } from '../../../src/controllers/policies/status.ts';
import { noCounts, type PolicyCounts } from '../../../src/controllers/policies/tally.ts';
import type { EnforcedRules } from '../../../src/controllers/probes/desired/enforced-rules.ts';
import { policy } from '../../policy/fixtures.ts';
import { processInfo } from '../probes/fixtures.ts';
import { object } from './fixtures.ts';

const NOW = Date.parse('2026-11-30T10:00:00.700Z');
const stopped = policy('pause', { stopped: { reason: 'Incident 42.' } });
const since = { since: NOW - 5000, isAgain: false };

const counts = (changes: Partial<PolicyCounts> = {}): PolicyCounts => ({
  ...noCounts(),
  ...{ governed: 3, denied: 1 },
  ...changes,
});

function render(changes: Partial<PolicyStatusInput> = {}) {
  const status = renderPolicyStatus({
    object: object(policy('team', {}), { generation: 4 }),
    base: undefined,
    counts: counts(),
    conflicts: [],
    isSettling: false,
    stop: undefined,
    now: NOW,
    ...changes,
  });
  expect(policyStatusSchema.safeParse(status).error).toBeUndefined();
  const conditions = ['Ready', 'Reconciling', 'Stalled'] as const;
  const said = conditions.map((type) => {
    const condition = conditionOf(status.conditions, type);
    return `${condition?.status} ${condition?.reason}`;
  });
  return { status, said };
}

const renderStopped = (changes: Partial<PolicyStatusInput> = {}) =>
  render({ object: object(stopped), stop: since, ...changes });

describe('the conditions of a policy', () => {
  it('say that it is in force', () => {
    const { status, said } = render();
    expect(said).toEqual(['True PolicyEnforced', 'False PolicyEnforced', 'False PolicyEnforced']);
    expect(status).toMatchObject({ observedGeneration: 4, probes: { governed: 3, denied: 1, held: 0 } });
    expect(status.conditions?.every(({ observedGeneration }) => observedGeneration === 4)).toBe(true);
    expect(status).not.toHaveProperty('stop');
  });

  it('say that it is not yet, while a probe is decided by what it was before', () => {
    const { said } = render({ counts: counts({ isDeciding: true }) });
    expect(said).toEqual(['False Progressing', 'True Progressing', 'False Progressing']);
  });

  it('say what cannot be read, and that only a change helps', () => {
    const unreadable = { ...policy('odd', {}), unreadable: 'spec.attach: not one of these' };
    const pattern = policy('wrong', { redaction: { patterns: ['(?=a)'] } });
    const wanted = {
      [unreadable.name]: /: spec\.attach: not one of these$/,
      [pattern.name]: /: spec\.redaction\.patterns\[0\]: /,
    };
    for (const view of [unreadable, pattern]) {
      const { status, said } = render({ object: object(view), counts: counts({ isDeciding: true }) });
      expect(said).toEqual(['False PolicyInvalid', 'False PolicyInvalid', 'True PolicyInvalid']);
      expect(conditionOf(status.conditions, 'Ready')?.message).toMatch(wanted[view.name] ?? /^$/);
    }
  });

  it('move their time only when they change', () => {
    const first = render().status;
    const later = { now: NOW + 60_000, base: first };
    expect(render(later).status).toEqual(first);
    const ready = conditionOf(render({ ...later, counts: counts({ isDeciding: true }) }).status.conditions, 'Ready');
    expect(ready?.lastTransitionTime).toBe('2026-11-30T10:01:00Z');
  });
});

describe('the status of a policy that is stopped', () => {
  it('is in force and reconciling while a process may have one of its probes', () => {
    const { status, said } = renderStopped({ counts: counts({ carriers: new Set(['a', 'b']) }) });
    expect(said).toEqual(['True PolicyEnforced', 'True Progressing', 'False PolicyEnforced']);
    expect(status.stop).toEqual({ processes: 2 });
    expect(conditionOf(status.conditions, 'Ready')?.message).toBe(
      'It is in force. It has stopped all its probes: Incident 42.',
    );
  });

  it('says when the last process was without its probes, or when it was stopped where none had any', () => {
    const { status, said } = renderStopped({ counts: counts({ outTime: NOW - 2000 }) });
    expect(said).toEqual(['True PolicyEnforced', 'False PolicyEnforced', 'False PolicyEnforced']);
    // Whole seconds are written, and the last process was not without them any earlier than is said.
    expect(status.stop).toEqual({ processes: 0, lastCleanTime: '2026-11-30T09:59:59Z' });
    const before = renderStopped({ counts: counts({ outTime: NOW - 60_000 }) });
    expect(before.status.stop).toEqual({ processes: 0, lastCleanTime: '2026-11-30T09:59:56Z' });
  });

  it('keeps that time while it stays so, and loses it when a process has a probe again', () => {
    const base = { stop: { processes: 0, lastCleanTime: '2026-11-29T00:00:00Z' } };
    expect(renderStopped({ base, counts: counts({ outTime: NOW }) }).status.stop).toEqual(base.stop);
    expect(renderStopped({ base, counts: counts({ carriers: new Set(['a']) }) }).status.stop).toEqual({ processes: 1 });
  });

  it('takes over no time of an earlier stop', () => {
    const base = { stop: { processes: 0, lastCleanTime: '2026-11-29T00:00:00Z' } };
    const { status } = renderStopped({ base, stop: { ...since, isAgain: true } });
    expect(status.stop?.lastCleanTime).toBe('2026-11-30T09:59:56Z');
  });

  it('says nothing of processes before every probe is decided', () => {
    expect(renderStopped({ counts: counts({ isDeciding: true }) }).status).not.toHaveProperty('stop');
    const base = { stop: { processes: 3 } };
    expect(renderStopped({ base, counts: counts({ isDeciding: true }) }).status.stop).toEqual({ processes: 3 });
  });
});

it('conflicts are shown as far as there is room for them', () => {
  const conflicts = Array.from({ length: 20 }, (_, index) => ({ policy: `p${index}`, message: 'm'.repeat(600) }));
  const { status } = render({ conflicts });
  expect(status.conflicts).toHaveLength(16);
  expect(status.conflicts?.[0]?.message).toHaveLength(512);
  expect(render().status).not.toHaveProperty('conflicts');
});

describe('what is said of rules of redaction', () => {
  const hiding = object(policy('hiding', { redaction: { names: ['badge'] } }));
  const enforcing = (...rules: Partial<EnforcedRules>[]): PolicyCounts => {
    const all = counts();
    for (const [index, one] of rules.entries()) {
      all.redactions.add({ process: processInfo(`process-${index}`), hash: undefined, isCurrent: true, ...one });
    }
    return all;
  };
  const earlier = { base: { redactions: [{ hash: 'old', processes: 7, current: true }] } };

  it('names those that are outdated first, then those of most processes', () => {
    const rules = [{ hash: 'b' }, { hash: 'a' }, { hash: 'c' }, { hash: 'c' }, { isCurrent: false }];
    expect(render({ object: hiding, counts: enforcing(...rules) }).status.redactions).toEqual([
      { processes: 1, current: false },
      { hash: 'c', processes: 2, current: true },
      { hash: 'a', processes: 1, current: true },
      { hash: 'b', processes: 1, current: true },
    ]);
  });

  it('has ten entries at most, and says how many more there are', () => {
    const rules = Array.from({ length: 13 }, (_, index) => ({ hash: `hash-${index}` }));
    const { status } = render({ object: hiding, counts: enforcing(...rules) });
    expect([status.redactions?.length, status.moreRedactions]).toEqual([10, 3]);
    const ten = render({ object: hiding, counts: enforcing(...rules.slice(3)) }).status;
    expect(ten.redactions).toHaveLength(10);
    expect(ten).not.toHaveProperty('moreRedactions');
  });

  it('is nothing where no process has a probe of it, or it has no rules of redaction any more', () => {
    expect(render({ object: hiding, ...earlier }).status).not.toHaveProperty('redactions');
    expect(render({ counts: enforcing({}), ...earlier }).status).not.toHaveProperty('redactions');
  });

  it('is what an earlier operator has counted, while its agents may not have come back', () => {
    const settling = { object: hiding, isSettling: true, counts: enforcing({ hash: 'new' }) };
    expect(render({ ...settling, ...earlier }).status.redactions).toEqual(earlier.base.redactions);
    const wantCounted = [{ hash: 'new', processes: 1, current: true }];
    expect(render(settling).status.redactions).toEqual(wantCounted);
    expect(render({ ...settling, ...earlier, isSettling: false }).status.redactions).toEqual(wantCounted);
  });
});
