import { PROBE_KINDS, type ProbeKind } from '../api/kinds.ts';
import type { PolicyLimits, PolicyRule } from '../api/policy.ts';
import { canMeet, type NamespaceLabels } from './can-meet.ts';
import { describePolicy, inOrder, type PolicyView, policyKey } from './policy-view.ts';

/** A part of a policy that has no effect where another one governs, too. */
export interface Conflict {
  /** Kind and name of the other policy, with its namespace where that is another one. */
  readonly policy: string;
  /** What the two say, and which counts. */
  readonly message: string;
}

/** One way in which what a policy says has no effect because of another: the message, undefined where it has. */
type Check = (policy: PolicyView, other: PolicyView) => string | readonly string[] | undefined;

const CHECKS: readonly Check[] = [defaultsAboveMaxima, standingForbidden, disjointKinds, disjointSinks, deniedAllows];

/**
 * What of a policy has no effect because of what others say. Only what is certain is told: of policies that can govern the same probe, and
 * for every probe that both govern.
 * @param others also those that are about something else, and the policy itself.
 */
export function conflictsOf(policy: PolicyView, others: readonly PolicyView[], labelsOf: NamespaceLabels): Conflict[] {
  // One that cannot be read says nothing that could be compared.
  if (policy.unreadable !== undefined) return [];
  const met = inOrder(others).filter(
    (other) =>
      other.unreadable === undefined && policyKey(other) !== policyKey(policy) && canMeet(policy, other, labelsOf),
  );
  return met.flatMap((other) =>
    CHECKS.flatMap((check) => check(policy, other) ?? []).map((message) => ({
      policy: describeOther(policy, other),
      message,
    })),
  );
}

/** With its namespace, where that is not the same anyway. */
function describeOther(policy: PolicyView, other: PolicyView): string {
  const isElsewhere = other.namespace !== undefined && other.namespace !== policy.namespace;
  return isElsewhere ? `${other.kind} ${other.namespace}/${other.name}` : describePolicy(other);
}

function defaultsAboveMaxima({ spec: { defaults } }: PolicyView, { spec: { maxima } }: PolicyView): string | undefined {
  if (defaults === undefined || maxima === undefined) return undefined;
  const most = new Map(numbersOf(maxima));
  const above = numbersOf(defaults).flatMap(([field, value]) => {
    const maximum = most.get(field);
    return maximum !== undefined && value > maximum ? [`${field} ${value}, at most ${maximum}`] : [];
  });
  if (above.length === 0) return undefined;
  return `Its defaults are above the maxima of the other, which count: ${above.join('; ')}.`;
}

/** Every number that is given, by the name of its field. */
function numbersOf({ ttlSeconds, maxCaptures, limits = {}, capture = {} }: PolicyLimits): [string, number][] {
  const named: [string, number | undefined][] = [
    ['ttlSeconds', ttlSeconds],
    ['maxCaptures', maxCaptures],
    ...Object.entries(limits).map(([name, value]): [string, number | undefined] => [`limits.${name}`, value]),
    ...Object.entries(capture).map(([name, value]): [string, number | undefined] => [`capture.${name}`, value]),
  ];
  return named.flatMap(([field, value]) => (value === undefined ? [] : [[field, value]]));
}

function standingForbidden({ spec }: PolicyView, { spec: other }: PolicyView): string | undefined {
  if (spec.standing !== 'Allowed') return undefined;
  if (other.standing === 'Forbidden')
    return 'It allows probes without an end, and the other forbids them: they are denied.';
  if (other.standing === 'Allowed' || other.maxima?.ttlSeconds === undefined) return undefined;
  return `It allows probes without an end, and the other has them end after ${other.maxima.ttlSeconds} s at most: they are denied.`;
}

/** Kinds of which a rule allows some probe; undefined where the policy allows all that it does not deny. */
function allowedKinds({ spec: { rules = [] } }: PolicyView): readonly ProbeKind[] | undefined {
  const allowing = rules.filter(({ action }) => action === 'Allow');
  if (allowing.length === 0) return undefined;
  return PROBE_KINDS.filter((kind) => allowing.some((rule) => kindsOf(rule).includes(kind)));
}

const kindsOf = ({ kinds }: PolicyRule): readonly ProbeKind[] => kinds ?? PROBE_KINDS;

function disjointKinds(policy: PolicyView, other: PolicyView): string | undefined {
  const own = allowedKinds(policy);
  const its = allowedKinds(other);
  if (own === undefined || its === undefined || own.some((kind) => its.includes(kind))) return undefined;
  return `Its rules allow ${own.join(', ')} only, those of the other ${its.join(', ')} only: every probe is denied.`;
}

function disjointSinks({ spec: { sinks } }: PolicyView, { spec: { sinks: other } }: PolicyView): string | undefined {
  if (sinks === undefined || other === undefined || sinks.allowed.length === 0) return undefined;
  const isShared = sinks.allowed.some(({ kind, name }) =>
    other.allowed.some((one) => one.kind === kind && one.name === name),
  );
  return isShared ? undefined : 'The other allows none of the sinks that it allows: every one of them is denied.';
}

/** Allow rules of which a rule of the other denies all. */
function deniedAllows({ spec: { rules = [] } }: PolicyView, { spec: other }: PolicyView): string[] {
  const denying = (other.rules ?? []).filter(isWholeDenial);
  return rules.flatMap((rule) => {
    if (rule.action !== 'Allow') return [];
    const denial = denying.find((one) => kindsOf(rule).every((kind) => kindsOf(one).includes(kind)));
    if (denial === undefined) return [];
    return [`All that its rule ${rule.name} allows, rule ${denial.name} of the other denies: it is denied.`];
  });
}

/** Whether it denies every probe of its kinds. */
function isWholeDenial({ action, files, functions, packages, expressions, otherFrames }: PolicyRule): boolean {
  const hasCriteria =
    [files, functions, packages, expressions].some((one) => one !== undefined) || otherFrames === true;
  return action === 'Deny' && !hasCriteria;
}
