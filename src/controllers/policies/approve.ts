import type { Probe } from '../../api/kinds.ts';
import { type Approval, approvalState, approvalsOf } from '../../policy/approvals.ts';
import { judge } from '../../policy/judge.ts';
import { describePolicy, type PolicyView, policyKey } from '../../policy/policy-view.ts';
import { type Requester, requesterOf } from '../../policy/requester.ts';
import { specHash } from '../../policy/spec-hash.ts';
import type { Access } from './access.ts';
import { type AdmitOptions, decisionsOf, matchedPods } from './admit.ts';

/** What somebody says who approves a probe. */
export interface ApprovalRequest {
  readonly approver: Requester;
  /** Hash of the spec that they have looked at. */
  readonly specHash: string;
  readonly reason: string | undefined;
  readonly ticket: string | undefined;
}

/** The approvals that the probe has then; or why this one does not count, as a sentence. */
export type ApprovalAnswer = { readonly approvals: readonly Approval[] } | { readonly refused: string };

/**
 * Decides whether an approval counts: of the spec as it is, by somebody else than who asked for it, with the verb `approve` on each policy
 * that it is for. Policies on which they have not that verb go on waiting for others.
 * @throws ApiError where the API server could not be asked.
 */
export async function approveProbe(
  probe: Probe,
  { approver, specHash: hash, reason, ticket }: ApprovalRequest,
  options: Pick<AdmitOptions, 'policies' | 'pods'> & {
    readonly access: Pick<Access, 'know'>;
    readonly now: () => number;
  },
): Promise<ApprovalAnswer> {
  const present = specHash(probe.spec);
  if (hash !== present) {
    return {
      refused: `the approval is for the spec ${hash}, and the present one is ${present}: look at it again, and approve that`,
    };
  }
  const requester = requesterOf(probe.metadata);
  if (requester === undefined)
    return {
      refused: 'nobody knows who asked for this probe; apply it anew, so that it can be approved by somebody else',
    };
  if (requester.username === approver.username) {
    return { refused: `${approver.username} asked for this probe; it must be approved by somebody else` };
  }
  await options.policies.know(probe);
  const judgment = judge(decisionsOf(probe, matchedPods(probe, options.pods), options.policies));
  const asking = judgment.outcome === 'Accepted' ? judgment.approvals : [];
  if (asking.length === 0) return { refused: 'no policy asks for an approval of this probe' };
  const { missing } = approvalState(probe, asking);
  if (missing.length === 0) {
    const by = approvalsOf(probe).map(({ username, time }) => `${username} at ${time}`);
    return { refused: `it is approved already, by ${[...new Set(by)].join(' and ')}` };
  }
  const allowed = await permitted(missing, approver, probe.metadata.namespace, options.access);
  if (allowed.length === 0) {
    return {
      refused: `${approver.username} needs the RBAC verb approve on ${missing.map(describePolicy).join(' or ')}`,
    };
  }
  const untold = untoldBy(allowed, { reason, ticket });
  if (untold !== undefined) return { refused: untold };
  const time = new Date(options.now()).toISOString();
  const given = allowed.map(
    (policy): Approval => ({
      ...{ policy: policyKey(policy), username: approver.username, time, specHash: present },
      ...(reason !== undefined && { reason }),
      ...(ticket !== undefined && { ticket }),
    }),
  );
  const others = approvalsOf(probe).filter((one) => !given.some(({ policy }) => policy === one.policy));
  return { approvals: [...others, ...given] };
}

async function permitted(
  policies: readonly PolicyView[],
  requester: Requester,
  namespace: string,
  access: Pick<Access, 'know'>,
): Promise<PolicyView[]> {
  const answers = await Promise.all(
    policies.map((policy) => access.know({ requester, verb: 'approve', policy, namespace })),
  );
  return policies.filter((_, index) => answers[index] === true);
}

function untoldBy(
  policies: readonly PolicyView[],
  notes: { readonly reason: string | undefined; readonly ticket: string | undefined },
): string | undefined {
  for (const policy of policies) {
    for (const note of policy.spec.approval?.requires ?? []) {
      const name = note === 'Reason' ? 'reason' : 'ticket';
      if (notes[name] === undefined) {
        return `${describePolicy(policy)} wants a ${name} with each approval: give --${name}, or the annotation davylamp.dev/approve-${name}`;
      }
    }
  }
  return undefined;
}
