import { type EffectiveProbe, hitLimit } from '../api/effective-probe.ts';
import type { Cut } from './combine/limits.ts';
import { type Denial, describeReason } from './combine/rules.ts';
import type { Accepted, Decision, Denied, Undecided } from './decide.ts';
import { endSentence } from './one-line.ts';
import { describePolicy, inOrder, type PolicyView } from './policy-view.ts';

/** What is decided of a probe over all the pods that it matches. */
export type Judgment =
  | Undecided
  | Denied
  | (Omit<Accepted, 'effective' | 'attachForbidden'> & {
      /** With the strictest of the limits that count over all pods together: the end, and the hits. */
      readonly effective: EffectiveProbe;
      /** Why it goes into none of some pods; empty where no pod is denied. */
      readonly denials: readonly Denial[];
    });

/** A denial as a sentence: `ClusterInstrumentationPolicy developers, rule logs-only: no rule allows a Snapshot.` */
export function describeDenial(denial: Denial): string {
  return endSentence(describeReason(denial));
}

/** The policies that deny the probe, in all of its pods or in some. */
export function deniersOf(judgment: Judgment): PolicyView[] {
  if (judgment.outcome === 'Undecided' || judgment.denials.length === 0) return [];
  const names = new Set(judgment.denials.map(({ policy }) => policy));
  return judgment.policies.filter((policy) => names.has(describePolicy(policy)));
}

/** The policies because of which the probe waits although they do not deny it. @param missing those whose approval it has not yet, or whose quota has no room. */
export function holdersOf(judgment: Judgment, missing: readonly PolicyView[]): readonly PolicyView[] {
  if (judgment.outcome !== 'Accepted') return [];
  return judgment.stops.length > 0 ? judgment.stops : missing;
}

/**
 * Sums up the decisions about single pods. The probe is denied where it is denied in all of them; a limit that counts over all pods is the
 * strictest of any of them, as nobody can tell in which pod the next hit will be.
 * @param decisions of each set of policies that governs any pod; at least one.
 */
export function judge(decisions: readonly [Decision, ...Decision[]]): Judgment {
  const policies = union(decisions.map((decision) => decision.policies));
  const undecided = decisions.find(({ outcome }) => outcome === 'Undecided');
  const accepted = decisions.filter((decision) => decision.outcome === 'Accepted');
  const denials = distinct(decisions.flatMap((decision) => (decision.outcome === 'Denied' ? decision.denials : [])));
  const [first, ...others] = accepted;
  if (first === undefined) {
    if (undecided !== undefined) return { outcome: 'Undecided', policies: undecided.policies };
    const [denial, ...more] = denials;
    if (denial === undefined) throw new Error('nothing was decided');
    return { outcome: 'Denied', policies, denials: [denial, ...more] };
  }
  return {
    outcome: 'Accepted',
    policies,
    effective: others.reduce((strictest, { effective }) => withStrictest(strictest, effective), first.effective),
    cuts: cutsOf(accepted),
    stops: union(accepted.map(({ stops }) => stops)),
    approvals: union(accepted.map(({ approvals }) => approvals)),
    denials,
  };
}

function withStrictest(probe: EffectiveProbe, other: EffectiveProbe): EffectiveProbe {
  const ttlSeconds = least(probe.spec.ttlSeconds, other.spec.ttlSeconds);
  const limits = { ...probe.spec.limits, maxHits: Math.min(hitLimit(probe), hitLimit(other)) };
  switch (probe.kind) {
    case 'DynamicLog':
      return { ...probe, spec: { ...probe.spec, ttlSeconds, limits } };
    case 'Snapshot':
      return { ...probe, spec: { ...probe.spec, ttlSeconds, limits } };
  }
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

/** One for each field: that which cuts most. */
function cutsOf(accepted: readonly Accepted[]): Cut[] {
  const byField = new Map<string, Cut>();
  for (const cut of accepted.flatMap(({ cuts }) => cuts)) {
    const known = byField.get(cut.field);
    if (known === undefined || cut.effective < known.effective) byField.set(cut.field, cut);
  }
  return [...byField.values()];
}

/** One policy may deny several groups of pods for the same reason. */
function distinct(denials: readonly Denial[]): Denial[] {
  return [...new Map(denials.map((denial) => [describeReason(denial), denial])).values()];
}

function union(lists: readonly (readonly PolicyView[])[]): PolicyView[] {
  return inOrder([...new Set(lists.flat())]);
}
