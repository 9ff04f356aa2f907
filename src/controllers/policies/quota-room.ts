import { conditionOf } from '../../api/conditions.ts';
import type { Probe } from '../../api/kinds.ts';
import { BUILT_IN_DEFAULTS } from '../../api/limits.ts';
import type { Reason } from '../../api/reasons.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';
import { workloadsOfProbe } from '../../pods/workloads-of-probe.ts';
import type { Denial } from '../../policy/combine/rules.ts';
import type { Judgment } from '../../policy/judge.ts';
import { describePolicy, type PolicyView } from '../../policy/policy-view.ts';
import {
  describeExceeded,
  describeShortage,
  hasRoom,
  NOTHING_USED,
  type QuotaClaim,
  quotaClaims,
  quotaUse,
} from '../../policy/quota.ts';
import { requesterOf } from '../../policy/requester.ts';
import { keyOf } from '../probes/probe-key.ts';

export interface RoomFacts {
  readonly probe: Probe;
  readonly judgment: Extract<Judgment, { outcome: 'Accepted' }>;
  /** The running pods that the probe matches. */
  readonly matched: readonly ObservedPod[];
  /** Every other probe that may take from the same quotas; asked for only where there is one. */
  others(): Iterable<Probe>;
  /** The running pods that another probe matches. */
  matchedBy(other: Probe): readonly ObservedPod[];
}

/** Whether a probe would have its part of each quota: `Never` if it asks for more than there is of one. */
export type QuotaRoom =
  | { readonly is: 'Room' }
  | { readonly is: 'Used'; readonly message: string }
  | { readonly is: 'Never'; readonly policy: PolicyView; readonly denial: Denial };

/** With these reasons a probe has no part of a quota. */
const WITHOUT_PART: ReadonlySet<Reason> = new Set<Reason>([
  ...(['QuotaExceeded', 'PolicyDenied', 'PolicyUndecided', 'AwaitingApproval', 'ApprovalExpired', 'Stopped'] as const),
  ...(['Expired', 'HitLimitReached', 'AllDisarmed', 'ExpressionInvalid'] as const),
]);

/**
 * What admission says of quotas, from what probes have in their status. That may be some seconds old, so it only tells: which probe gets the
 * last part decides the replica that leads, in its ledger.
 */
export function quotaRoom({ probe, judgment, matched, others, matchedBy }: RoomFacts): QuotaRoom {
  const { policies, effective } = judgment;
  const workloads = workloadsOfProbe(probe, matched);
  const claims = quotaClaims(policies, { effective, requester: requesterOf(probe.metadata), workloads });
  const use = quotaUse(effective);
  const never = claims.find((claim) => !hasRoom(claim, NOTHING_USED, use));
  if (never !== undefined) {
    const { policy } = never;
    const message = describeShortage(never, NOTHING_USED, use);
    return { is: 'Never', policy, denial: { policy: describePolicy(policy), field: 'spec', message } };
  }
  if (claims.length === 0) return { is: 'Room' };
  const used = new Map(claims.map((claim) => [claim, { ...NOTHING_USED }]));
  for (const other of others()) {
    if (keyOf(other) === keyOf(probe) || !hasPart(other)) continue;
    for (const [claim, sum] of used) {
      if (!takesFrom(other, claim, matchedBy)) continue;
      sum.probes += 1;
      sum.cpuMillisecondsPerSecond += cpuOf(other);
    }
  }
  for (const [claim, sum] of used) {
    if (!hasRoom(claim, sum, use)) return { is: 'Used', message: describeExceeded(claim, sum, use) };
  }
  return { is: 'Room' };
}

/** One of which nothing is said yet has come before, so it counts. */
function hasPart({ status }: Probe): boolean {
  const armed = conditionOf(status?.conditions, 'Armed');
  return armed === undefined || !WITHOUT_PART.has(armed.reason as Reason);
}

function takesFrom(other: Probe, { policy, scope, of }: QuotaClaim, matchedBy: RoomFacts['matchedBy']): boolean {
  const { metadata, status } = other;
  const isGoverned = policy.isDefault === true || status?.policies?.includes(describePolicy(policy)) !== false;
  if (!isGoverned || (policy.namespace !== undefined && policy.namespace !== metadata.namespace)) return false;
  switch (scope) {
    case 'namespace':
      return metadata.namespace === of;
    case 'requester':
      return requesterOf(metadata)?.username === of;
    case 'workload':
      if (!of.startsWith(`${metadata.namespace}/`)) return false;
      return workloadsOfProbe(other, matchedBy(other)).some((workload) => `${metadata.namespace}/${workload}` === of);
  }
}

function cpuOf({ spec, status }: Probe): number {
  const counts = status?.effective?.limits?.cpuMillisecondsPerSecond ?? spec.limits?.cpuMillisecondsPerSecond;
  return counts ?? BUILT_IN_DEFAULTS.limits.cpuMillisecondsPerSecond;
}
