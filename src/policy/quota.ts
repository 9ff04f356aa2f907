import type { EffectiveProbe } from '../api/effective-probe.ts';
import { describePolicy, type PolicyView, policyKey } from './policy-view.ts';
import type { Requester } from './requester.ts';

export const QUOTA_SCOPES = ['namespace', 'workload', 'requester'] as const;
export type QuotaScope = (typeof QUOTA_SCOPES)[number];

/** What one probe takes of a quota. */
export interface QuotaUse {
  readonly probes: number;
  readonly cpuMillisecondsPerSecond: number;
}

/** One quota of one policy, of one namespace, workload or requester. */
export interface QuotaClaim {
  /** The same for all probes that share the quota. */
  readonly key: string;
  readonly policy: PolicyView;
  readonly scope: QuotaScope;
  /** Name of the namespace, workload or requester. */
  readonly of: string;
  /** Undefined where nothing is said. */
  readonly most: { readonly probes?: number | undefined; readonly cpuMillisecondsPerSecond?: number | undefined };
}

export interface QuotaFacts {
  readonly effective: EffectiveProbe;
  readonly requester: Requester | undefined;
  /** `Deployment orders`: that the probe names, or to which pods belong that it matches. */
  readonly workloads: readonly string[];
}

/** Every quota that a probe takes from, in the order in which they are told. Whose requester nobody knows shares one with all such. */
export function quotaClaims(
  policies: readonly PolicyView[],
  { effective, requester, workloads }: QuotaFacts,
): QuotaClaim[] {
  const { namespace } = effective.metadata;
  const names: Readonly<Record<QuotaScope, readonly string[]>> = {
    namespace: [namespace],
    workload: workloads.map((workload) => `${namespace}/${workload}`),
    requester: [requester?.username ?? 'an unknown requester'],
  };
  return policies.flatMap((policy) =>
    QUOTA_SCOPES.flatMap((scope) => {
      const most = policy.spec.quota?.[scope];
      if (most === undefined) return [];
      return names[scope].map((of) => ({
        key: JSON.stringify([policyKey(policy), scope, of]),
        policy,
        scope,
        of,
        most,
      }));
    }),
  );
}

export function quotaUse({ spec }: EffectiveProbe): QuotaUse {
  return { probes: 1, cpuMillisecondsPerSecond: spec.limits.cpuMillisecondsPerSecond };
}

/** Whether there is room. @param used by others. */
export function hasRoom({ most }: QuotaClaim, used: QuotaUse, use: QuotaUse): boolean {
  return (
    used.probes + use.probes <= (most.probes ?? Number.POSITIVE_INFINITY) &&
    used.cpuMillisecondsPerSecond + use.cpuMillisecondsPerSecond <=
      (most.cpuMillisecondsPerSecond ?? Number.POSITIVE_INFINITY)
  );
}

export const NOTHING_USED: QuotaUse = { probes: 0, cpuMillisecondsPerSecond: 0 };

/** `ClusterInstrumentationPolicy shared: the quota of namespace shop is used up: 3 of 3 probes`, without an end. */
export function describeExceeded(claim: QuotaClaim, used: QuotaUse, use: QuotaUse): string {
  return `${describePolicy(claim.policy)}: ${describeShortage(claim, used, use)}`;
}

/** The same without the policy. */
export function describeShortage(claim: QuotaClaim, used: QuotaUse, use: QuotaUse): string {
  const { scope, of, most } = claim;
  const quota = `the quota of ${scope} ${of} is`;
  const isByCount = used.probes + use.probes > (most.probes ?? Number.POSITIVE_INFINITY);
  if (!hasRoom(claim, NOTHING_USED, use)) {
    return isByCount
      ? `${quota} ${most.probes} probes, so there is never room for one`
      : `${quota} ${most.cpuMillisecondsPerSecond} ms of CPU per second, and this probe alone asks for ${use.cpuMillisecondsPerSecond}; ask for less in spec.limits.cpuMillisecondsPerSecond`;
  }
  const what = isByCount
    ? `${used.probes} of ${most.probes} probes`
    : `${used.cpuMillisecondsPerSecond} of ${most.cpuMillisecondsPerSecond} ms of CPU per second, and this one asks for ${use.cpuMillisecondsPerSecond}`;
  return `${quota} used up: ${what}`;
}
