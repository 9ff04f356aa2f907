import type { EffectiveProbe } from '../../api/effective-probe.ts';
import type { Cut } from '../../policy/combine/limits.ts';
import type { Denial } from '../../policy/combine/rules.ts';
import type { Decision } from '../../policy/decide.ts';
import { describePolicy, type PolicyView } from '../../policy/policy-view.ts';
import type { Requester } from '../../policy/requester.ts';

export const VERDICTS = ['Accepted', 'Denied', 'AwaitingApproval', 'Stopped'] as const;

/** An approval of a probe, as somebody gave it. */
export interface Approval {
  readonly approver: Requester;
  readonly reason?: string | undefined;
  readonly ticket?: string | undefined;
}

/** What becomes of a probe, in the one word that people ask for, and why. */
export interface Verdict {
  readonly decision: (typeof VERDICTS)[number];
  /** Of each policy that keeps it out of processes. */
  readonly reasons: readonly Denial[];
  /** Those that govern it. */
  readonly policies: readonly PolicyView[];
  readonly cuts: readonly Cut[];
  /** Unless it is denied. */
  readonly effective?: EffectiveProbe;
  readonly attachForbidden?: PolicyView | undefined;
}

export interface VerdictFacts {
  readonly requester: Requester | undefined;
  readonly approval: Approval | undefined;
  holdsApprove(approver: Requester, policy: PolicyView): boolean;
}

/** What is stopped is held, approved or not. */
export function verdictOf(decision: Decision, facts: VerdictFacts): Verdict {
  switch (decision.outcome) {
    case 'Undecided':
      throw new Error('offline it is always known who may use a policy');
    case 'Denied':
      return { decision: 'Denied', reasons: decision.denials, policies: decision.policies, cuts: [] };
    case 'Accepted': {
      const { policies, cuts, effective, attachForbidden, stops, approvals } = decision;
      const accepted = { policies, cuts, effective, attachForbidden };
      if (stops.length > 0) return { decision: 'Stopped', reasons: stops.map(stopOf), ...accepted };
      const missing = approvals.length === 0 ? undefined : missingApproval(approvals, facts);
      if (missing === undefined) return { decision: 'Accepted', reasons: [], ...accepted };
      const reasons = approvals.map((policy) => reasonOf(policy, missing));
      return { decision: 'AwaitingApproval', reasons, ...accepted };
    }
  }
}

const reasonOf = (policy: PolicyView, message: string): Denial => ({
  policy: describePolicy(policy),
  field: 'spec',
  message,
});

const stopOf = (policy: PolicyView): Denial =>
  reasonOf(policy, `it holds every probe that it is about: ${policy.spec.stopped?.reason}`);

/** What is missing before the probe is approved; undefined where nothing is. One approval must be good for all of the policies. */
function missingApproval(policies: readonly PolicyView[], facts: VerdictFacts): string | undefined {
  const { requester, approval } = facts;
  if (approval === undefined)
    return 'it waits until somebody other than its requester, who has the RBAC verb approve on the policy, approves it';
  const { approver, ...notes } = approval;
  const { username } = approver;
  if (username === requester?.username)
    return `the approval of ${username} does not count: it must be of somebody other than the requester`;
  const forbidden = policies.filter((policy) => !facts.holdsApprove(approver, policy)).map(describePolicy);
  if (forbidden.length > 0)
    return `the approval of ${username} does not count: it needs the RBAC verb approve on ${forbidden.join(' and on ')}`;
  const required = new Set(policies.flatMap(({ spec }) => spec.approval?.requires ?? []));
  const untold = [...required].filter((note) => notes[NOTES[note]] === undefined).map((note) => NOTES[note]);
  if (untold.length > 0) return `the approval of ${username} does not count: it must give a ${untold.join(' and a ')}`;
  return undefined;
}

const NOTES = { Reason: 'reason', Ticket: 'ticket' } as const;
