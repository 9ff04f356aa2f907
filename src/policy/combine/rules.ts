import type { AllowedPlace, DeniedPlace, PlaceRule, PlaceRules } from '../../api/effective-probe.ts';
import { below, type ExpressionLevel, lowest } from '../../api/expression-level.ts';
import type { Probe } from '../../api/kinds.ts';
import type { PolicyRule } from '../../api/policy.ts';
import { describeLocation } from '../../api/probe.ts';
import { oneLine } from '../one-line.ts';
import { allowsPlace, isOfPlaces, type KnownPlace, matchesPlace, writtenPlace } from '../place-patterns.ts';
import { describePolicy, type PolicyView } from '../policy-view.ts';

/** What the rules of all policies leave of a probe. */
export interface Ruled {
  readonly denials: readonly Denial[];
  readonly calls: ExpressionLevel;
  /** Whether variables of other frames may be captured. */
  readonly otherFrames: boolean;
  /** For the process, which knows the position that was bound. */
  readonly places: readonly PlaceRules[];
}

/** A reason for which the probe is denied. */
export interface Denial {
  readonly policy: string;
  readonly rule?: string;
  /** What of the probe it is about: `spec.location`; `spec` where it is about the whole of it. */
  readonly field: string;
  readonly message: string;
}

/** A denial without an end: `ClusterInstrumentationPolicy developers, rule logs-only: no rule allows a Snapshot` */
export function describeReason({ policy, rule, message }: Pick<Denial, 'policy' | 'rule' | 'message'>): string {
  return `${policy}${rule === undefined ? '' : `, rule ${rule}`}: ${message}`;
}

/** Frames with variables that a Snapshot asks for by itself beyond that of the line; 0 where it says nothing of frames. */
export function askedFrames(probe: Probe): number {
  return probe.kind === 'Snapshot' ? Math.max(0, (probe.spec.capture?.frames ?? 1) - 1) : 0;
}

/** Deny of any rule of any policy decides; and where a policy has Allow rules, the first of them that fits must be kept to. */
export function combineRules(probe: Probe, policies: readonly PolicyView[]): Ruled {
  const denials: Denial[] = [];
  const places: PlaceRules[] = [];
  let calls: ExpressionLevel = 'Checked';
  let otherFrames = true;
  for (const policy of policies) {
    const rules = (policy.spec.rules ?? []).filter(({ kinds }) => kinds === undefined || kinds.includes(probe.kind));
    const ruled = ruleOf(probe, rules, (policy.spec.rules ?? []).some(isAllow));
    const name = describePolicy(policy);
    denials.push(...ruled.denials.map((denial) => ({ policy: name, ...denial })));
    calls = lowest(calls, ruled.calls);
    otherFrames &&= ruled.otherFrames;
    const ofPlaces = placesOf(name, rules);
    if (ofPlaces !== undefined) places.push(ofPlaces);
  }
  return { denials, calls, otherFrames, places };
}

type RuledByOne = Omit<Ruled, 'denials' | 'places'> & { readonly denials: readonly Omit<Denial, 'policy'>[] };

/** @param rules those for its kind. @param isClosed whether the policy allows only what a rule allows. */
function ruleOf(probe: Probe, rules: readonly PolicyRule[], isClosed: boolean): RuledByOne {
  const place = writtenPlace(probe.spec.location);
  const denied = rules.filter((rule) => !isAllow(rule) && matchesPlace(placeRuleOf(rule), place));
  let calls: ExpressionLevel = 'Checked';
  let otherFrames = true;
  const denials: Omit<Denial, 'policy'>[] = [];
  for (const rule of denied) {
    if (rule.expressions !== undefined) calls = lowest(calls, below(rule.expressions));
    if (rule.otherFrames === true) {
      otherFrames = false;
      if (askedFrames(probe) > 0)
        denials.push(
          refusal(
            rule,
            FRAMES,
            `${describeAsked(probe)} captures variables of other frames, which is denied; set spec.capture.frames to 1`,
          ),
        );
    }
    if (rule.expressions === undefined && rule.otherFrames !== true)
      denials.push(refusal(rule, fieldOf(rule), `${describeAsked(probe)} is denied`));
  }
  if (!isClosed) return { denials, calls, otherFrames };
  const allowing = rules.filter((rule) => isAllow(rule) && allowsPlace(placeRuleOf(rule), place));
  const fitting = allowing.find((rule) => rule.otherFrames !== false || askedFrames(probe) === 0);
  if (fitting !== undefined) {
    calls = lowest(calls, fitting.expressions ?? 'Checked');
    return { denials, calls, otherFrames: otherFrames && fitting.otherFrames !== false };
  }
  const [narrow] = allowing;
  if (narrow === undefined) denials.push(notAllowed(probe, rules.filter(isAllow), place));
  else
    denials.push(
      refusal(
        narrow,
        FRAMES,
        `${describeAsked(probe)} may capture variables of its own frame only; set spec.capture.frames to 1`,
      ),
    );
  return { denials, calls, otherFrames };
}

const isAllow = ({ action }: PolicyRule): boolean => action === 'Allow';

const FRAMES = 'spec.capture.frames';

const fieldOf = (rule: PolicyRule): string => (isOfPlaces(placeRuleOf(rule)) ? 'spec.location' : 'spec');

function refusal({ name, message }: PolicyRule, field: string, text: string): Omit<Denial, 'policy'> {
  return { rule: name, field, message: message === undefined ? text : `${text}. ${message}` };
}

/** Why no Allow rule fits, with what would. */
function notAllowed(
  probe: Probe,
  allowing: readonly PolicyRule[],
  { files, functions }: KnownPlace,
): Omit<Denial, 'policy' | 'rule'> {
  if (allowing.length === 0) return { field: 'spec', message: `no rule allows a ${probe.kind}` };
  const wants = allowing.map(describeRule).slice(0, MOST_DESCRIBED);
  const more = allowing.length - wants.length;
  const list = `${wants.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
  const isMissing = (wanted: (rule: PolicyRule) => unknown, known: readonly string[]) =>
    known.length === 0 && allowing.some((rule) => wanted(rule) !== undefined);
  const missing = [
    ...(isMissing((rule) => rule.files ?? rule.packages, files) ? ['spec.location.file'] : []),
    ...(isMissing((rule) => rule.functions, functions) ? ['spec.location.function'] : []),
  ];
  const hint = missing.length === 0 ? '' : `; to be told from others it must be given by ${missing.join(' and ')}`;
  const message = `no rule allows ${describeAsked(probe)}; what is allowed: ${list}${hint}`;
  return { field: 'spec.location', message };
}

const MOST_DESCRIBED = 5;

function describeRule({ name, files, functions, packages }: PolicyRule): string {
  const parts = [
    files && `files ${shown(files)}`,
    functions && `functions ${shown(functions)}`,
    packages && `packages ${shown(packages)}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? name : `${name} (${parts.join(', ')})`;
}

const shown = (patterns: readonly string[]): string => patterns.map(oneLine).join(', ');

function describeAsked({ kind, spec }: Probe): string {
  return `a ${kind} at ${describeLocation(spec.location)}`;
}

function placeRuleOf({ name, files, functions, packages, message }: PolicyRule): PlaceRule {
  return {
    rule: name,
    ...(files && { files }),
    ...(functions && { functions }),
    ...(packages && { packages }),
    ...(message !== undefined && { message }),
  };
}

/**
 * The rules that the process must know: all that depend on the place. Of rules that allow it gets those without places too, as one before
 * them may be about the position that is bound, and then counts there, which nobody knows before.
 */
function placesOf(policy: string, rules: readonly PolicyRule[]): PlaceRules | undefined {
  const allow = rules.filter(isAllow).map(
    (rule): AllowedPlace => ({
      ...placeRuleOf(rule),
      ...(rule.expressions && { expressions: rule.expressions }),
      ...(rule.otherFrames === false && { otherFrames: false }),
    }),
  );
  const deny = rules
    .filter((rule) => !isAllow(rule))
    .map(
      (rule): DeniedPlace => ({
        ...placeRuleOf(rule),
        ...(rule.expressions && { expressions: rule.expressions }),
        ...(rule.otherFrames === true && { otherFrames: true }),
      }),
    )
    .filter(isOfPlaces);
  const isOfAnyPlace = allow.every((rule) => !isOfPlaces(rule));
  return isOfAnyPlace && deny.length === 0 ? undefined : { policy, allow: isOfAnyPlace ? [] : allow, deny };
}
