import type { Probe } from '../../../api/kinds.ts';
import type { ProbeStatus } from '../../../api/status.ts';
import { timeOf } from '../../../kube/time.ts';
import { approvalsOf } from '../../../policy/approvals.ts';
import { describePolicy, describePolicyKey } from '../../../policy/policy-view.ts';
import type { ApprovalFacts } from '../../../policy/rule.ts';
import { specHash } from '../../../policy/spec-hash.ts';

const MOST = 32;

/** What is to be approved, by whom it still has to be, and by whom it was. */
export function approvalStatus(probe: Probe, { missing, deadline }: ApprovalFacts): ProbeStatus['approval'] {
  const approvals = approvalsOf(probe)
    .slice(0, MOST)
    .map(({ specHash: _, ...shown }) => ({ ...shown, policy: describePolicyKey(shown.policy) }));
  return {
    specHash: specHash(probe.spec),
    ...(missing.length > 0 && { missing: missing.slice(0, MOST).map(describePolicy), deadline: timeOf(deadline) }),
    ...(approvals.length > 0 && { approvals }),
  };
}
