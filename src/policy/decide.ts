import type { EffectiveDynamicLog, EffectiveProbe, EffectiveSnapshot } from '../api/effective-probe.ts';
import type { Probe } from '../api/kinds.ts';
import { MAX_PLACE_POLICIES, MAX_REDACTED_NAMES, MAX_REDACTED_PATTERNS } from '../protocol/wire-probe.ts';
import { MOST_GOVERNING_PLACE_CHARACTERS, placeCharacters, problemOf } from './check-policy.ts';
import { type CombinedLimits, type Cut, combineLimits } from './combine/limits.ts';
import { combineRedaction } from './combine/redaction.ts';
import { combineRules, type Denial, type Ruled } from './combine/rules.ts';
import { deniedSinks } from './combine/sinks.ts';
import { deniedStanding } from './combine/standing.ts';
import { defaultPolicy } from './default-policy.ts';
import { type Governance, governs, type HoldsUse, type Place } from './governs.ts';
import { describePolicy, inOrder, type PolicyView } from './policy-view.ts';

/** Everything on which a decision about one probe, at one place, depends. */
export interface DecisionFacts {
  readonly probe: Probe;
  /** The default policy, and every policy that there is; also those that are about something else. */
  readonly policies: readonly PolicyView[];
  readonly place: Place;
  readonly holdsUse: HoldsUse;
}

export type Decision = Undecided | Denied | Accepted;

/** Whether the requester has the verb `use` is not known yet. Nothing is in a process until it is. */
export interface Undecided {
  readonly outcome: 'Undecided';
  readonly policies: readonly PolicyView[];
}

export interface Denied {
  readonly outcome: 'Denied';
  readonly policies: readonly PolicyView[];
  readonly denials: readonly [Denial, ...Denial[]];
}

export interface Accepted {
  readonly outcome: 'Accepted';
  /** Those that govern the probe, in an order that depends on nothing else. */
  readonly policies: readonly PolicyView[];
  readonly effective: EffectiveProbe;
  /** What the probe asked for and does not get. */
  readonly cuts: readonly Cut[];
  /** The first policy that forbids to add an agent to a running pod. */
  readonly attachForbidden: PolicyView | undefined;
  /** Those that hold every probe while they are as they are. */
  readonly stops: readonly PolicyView[];
  /** Those without whose approval the probe waits. */
  readonly approvals: readonly PolicyView[];
}

/**
 * Decides about a probe at one place. Each policy that governs it must be met: Deny wins, the strictest maximum wins, redaction adds up, so
 * one policy more never allows more. Pure, and independent of the order of the policies: the operator, admission, `davylamp lint`,
 * `davylamp policy test` and local mode all ask here.
 */
export function decide({ probe, policies, place, holdsUse }: DecisionFacts): Decision {
  const known = inOrder(policies).map((policy) => ({ policy, governance: governs(policy, place, holdsUse) }));
  const those = (wanted: Governance) =>
    known.filter(({ governance }) => governance === wanted).map(({ policy }) => policy);
  if (those('Unknown').length > 0) return { outcome: 'Undecided', policies: those('Unknown') };
  const outside = those('Outsider').map((policy) => ({
    policy: describePolicy(policy),
    field: 'spec',
    message: 'its probes are for those who have the RBAC verb use on it, and the requester has not',
  }));
  const governing = those('Governs');
  const readable = governing.filter((policy) => problemOf(policy) === undefined);
  const tooLong = tooLongTogether(readable);
  const rules = combineRules(probe, tooLong.length === 0 ? readable : []);
  const limits = combineLimits(probe, governing);
  const effective = effectiveProbe(probe, limits, rules, governing);
  const [first, ...others] = [
    ...outside,
    ...unreadable(governing),
    ...tooLong,
    ...rules.denials,
    ...deniedSinks(probe, governing),
    ...deniedStanding(probe, governing),
    ...tooMuch(effective, governing),
  ];
  if (first !== undefined)
    return {
      outcome: 'Denied',
      policies: known.filter(isGoverning).map(({ policy }) => policy),
      denials: [first, ...others],
    };
  const attachForbidden = governing.find(({ spec }) => spec.attach === 'Forbidden');
  return {
    outcome: 'Accepted',
    policies: governing,
    effective,
    cuts: limits.cuts,
    attachForbidden,
    stops: governing.filter(({ spec }) => spec.stopped !== undefined),
    approvals: governing.filter(({ spec }) => spec.approval !== undefined),
  };
}

/** The probe as it is without any policy but the built-in one. Not for one that stands, or whatever else that policy would deny. */
export function withBuiltInDefaults<P extends Probe>(probe: P): Extract<EffectiveProbe, { kind: P['kind'] }>;
export function withBuiltInDefaults(probe: Probe): EffectiveProbe {
  const policies = [defaultPolicy()];
  return effectiveProbe(probe, combineLimits(probe, policies), combineRules(probe, policies), policies);
}

const isGoverning = ({ governance }: { governance: Governance }): boolean =>
  governance === 'Governs' || governance === 'Outsider';

function effectiveProbe(
  probe: Probe,
  { ttlSeconds, limits, capture, maxCaptures }: CombinedLimits,
  { calls, otherFrames, places }: Ruled,
  policies: readonly PolicyView[],
): EffectiveProbe {
  const enforced = {
    ttlSeconds: probe.spec.standing === true ? undefined : ttlSeconds,
    limits,
    redaction: combineRedaction(probe, policies),
    calls,
    places,
  };
  switch (probe.kind) {
    case 'DynamicLog':
      return { ...probe, spec: { ...probe.spec, ...enforced } } satisfies EffectiveDynamicLog;
    case 'Snapshot': {
      const only = probe.spec.capture?.only;
      const frames = otherFrames ? capture.frames : Math.min(1, capture.frames);
      const kept = { ...capture, frames, ...(only && { only }) };
      return { ...probe, spec: { ...probe.spec, ...enforced, capture: kept, maxCaptures } } satisfies EffectiveSnapshot;
    }
  }
}

/** A policy that cannot be read might deny anything. */
function unreadable(policies: readonly PolicyView[]): Denial[] {
  return policies.flatMap((policy) => {
    const problem = problemOf(policy);
    if (problem === undefined) return [];
    const message = `it cannot be enforced, so it denies everything: ${problem}`;
    return [{ policy: describePolicy(policy), field: 'spec', message }];
  });
}

/** Patterns of places that would take too long, whichever policy has them. */
function tooLongTogether(policies: readonly PolicyView[]): Denial[] {
  const length = policies.reduce((sum, { spec }) => sum + placeCharacters(spec), 0);
  if (length <= MOST_GOVERNING_PLACE_CHARACTERS) return [];
  const last = policies.findLast(({ spec }) => placeCharacters(spec) > 0);
  const message = `the files, functions and packages of its policies have ${length} characters together; at most ${MOST_GOVERNING_PLACE_CHARACTERS} can be enforced, so nothing is looked at`;
  return last === undefined ? [] : [{ policy: describePolicy(last), field: 'spec', message }];
}

/** What is to be hidden must reach the process whole, so a probe for which it is too much goes nowhere. */
function tooMuch({ spec }: EffectiveProbe, policies: readonly PolicyView[]): Denial[] {
  if (spec.places.length > MAX_PLACE_POLICIES) {
    const message = `${spec.places.length} policies with rules of places govern it; at most ${MAX_PLACE_POLICIES} can be enforced, so nothing is looked at`;
    return [{ policy: spec.places.at(-1)?.policy ?? '', field: 'spec', message }];
  }
  const { names, patterns } = spec.redaction;
  if (names.length <= MAX_REDACTED_NAMES && patterns.length <= MAX_REDACTED_PATTERNS) return [];
  const last = policies.findLast(({ spec: { redaction } }) => redaction !== undefined);
  const message = `its policies together hide ${names.length} names and ${patterns.length} patterns; at most ${MAX_REDACTED_NAMES} and ${MAX_REDACTED_PATTERNS} can be enforced, so nothing is looked at`;
  return [{ policy: last === undefined ? 'the probe itself' : describePolicy(last), field: 'spec.redaction', message }];
}
