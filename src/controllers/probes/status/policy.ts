import type { DesiredCondition } from '../../../api/conditions.ts';
import type { EffectiveProbe } from '../../../api/effective-probe.ts';
import type { Probe } from '../../../api/kinds.ts';
import { BUILT_IN_DEFAULTS } from '../../../api/limits.ts';
import type { EffectiveStatus, ProbeStatus } from '../../../api/status.ts';
import { describeDenial, type Judgment } from '../../../policy/judge.ts';
import { endSentence } from '../../../policy/one-line.ts';
import { describePolicy } from '../../../policy/policy-view.ts';
import { redactionHash } from '../../../protocol/redaction-hash.ts';

/** Names of policies that status shows. */
const MOST_POLICIES = 32;

/** Which policies govern the probe, and where what counts is not what its spec says. */
export function policyStatus(
  asked: Probe,
  judgment: Judgment,
): Pick<ProbeStatus, 'policies' | 'effective' | 'redactionHash'> {
  const own = judgment.policies.filter(({ isDefault }) => isDefault !== true).map(describePolicy);
  const effective = judgment.outcome === 'Accepted' ? differing(asked, judgment.effective) : undefined;
  const hash = judgment.outcome === 'Accepted' ? redactionHash(judgment.effective.spec.redaction) : undefined;
  return { policies: own.length === 0 ? undefined : own.slice(0, MOST_POLICIES), redactionHash: hash, effective };
}

/** The condition that says whether policies let the probe be. */
export function policyCondition(judgment: Judgment): DesiredCondition {
  const type = 'PolicyAccepted';
  switch (judgment.outcome) {
    case 'Denied':
      return { type, status: 'False', reason: 'PolicyDenied', message: describeDenial(judgment.denials[0]) };
    case 'Undecided':
      return {
        type,
        status: 'Unknown',
        reason: 'PolicyUndecided',
        message: 'It is not known yet what the requester may use.',
      };
    case 'Accepted':
      return { type, status: 'True', reason: 'PolicyAccepted', message: acceptedMessage(judgment) };
  }
}

function acceptedMessage({ cuts, denials: [denial] }: Extract<Judgment, { outcome: 'Accepted' }>): string {
  const parts = [
    'No policy forbids the probe',
    ...cuts.map(({ field, asked, effective, policy }) => `${policy} cuts ${field} from ${asked} to ${effective}`),
    ...(denial === undefined ? [] : [`in some pods it is denied: ${describeDenial(denial)}`]),
  ];
  return endSentence(parts.join('; '));
}

/** What counts, where that is not what the spec says or, where the spec says nothing, what is built in. */
function differing(asked: Probe, { kind, spec }: EffectiveProbe): EffectiveStatus | undefined {
  const rate =
    kind === 'Snapshot' ? BUILT_IN_DEFAULTS.limits.capturesPerSecond : BUILT_IN_DEFAULTS.limits.hitsPerSecond;
  const standard = { ...BUILT_IN_DEFAULTS.limits, hitsPerSecond: rate };
  const limits = changed(spec.limits, asked.spec.limits, standard);
  const isEnding =
    spec.ttlSeconds !== undefined && spec.ttlSeconds !== (asked.spec.ttlSeconds ?? BUILT_IN_DEFAULTS.ttlSeconds);
  const effective: EffectiveStatus = {
    ...(isEnding && { ttlSeconds: spec.ttlSeconds }),
    ...(limits && { limits }),
    ...(spec.calls !== 'Checked' && { expressions: spec.calls }),
    ...(kind === 'Snapshot' && asked.kind === 'Snapshot' && ofSnapshot(asked.spec, spec)),
  };
  return Object.keys(effective).length === 0 ? undefined : effective;
}

type SpecOf<P, K> = Extract<P, { kind: K }> extends { spec: infer S } ? S : never;

function ofSnapshot(asked: SpecOf<Probe, 'Snapshot'>, spec: SpecOf<EffectiveProbe, 'Snapshot'>): EffectiveStatus {
  const { only: _, ...numbers } = spec.capture;
  const capture = changed(numbers, asked.capture, BUILT_IN_DEFAULTS.capture);
  const isCut = spec.maxCaptures !== (asked.maxCaptures ?? BUILT_IN_DEFAULTS.maxCaptures);
  return { ...(isCut && { maxCaptures: spec.maxCaptures }), ...(capture && { capture }) };
}

function changed<T extends Readonly<Record<string, number>>>(
  values: T,
  asked: Partial<Record<keyof T, unknown>> | undefined,
  standard: Readonly<Record<keyof T, number>>,
): Partial<T> | undefined {
  const entries = Object.entries(values).filter(([name, value]) => value !== (asked?.[name] ?? standard[name]));
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<T>);
}
