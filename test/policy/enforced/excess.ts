import { EXPRESSION_LEVELS, type ExpressionLevel } from '../../../src/api/expression-level.ts';
import type { PolicyRule } from '../../../src/api/policy.ts';
import type { ProbeState } from '../../../src/protocol/state.ts';
import type { CapturedValue } from '../../../src/protocol/value.ts';
import type { WireProbe } from '../../../src/protocol/wire-probe.ts';
import type { SeenResult } from '../../runtime/node/harness/seen-result.ts';
import type { Case } from './cases.ts';
import { BY_PROOF, BY_WATCH, MATCHES, markerOf, SITES, type Site, siteOf } from './program.ts';

/** Everything that a process has said of one probe. */
export interface Seen {
  readonly results: readonly SeenResult[];
  readonly state: ProbeState;
  /** Milliseconds since 1970 when the first hit could come, and when the last round of hits began, with every short life over. */
  readonly begin: number;
  readonly late: number;
  readonly expireTime: number;
}

/** What of it is more than the policies let through; empty where all is well. */
export function excessOf({ effective, policies }: Case, seen: Seen): string[] {
  const { spec } = effective;
  const { limits } = spec;
  const { results } = seen;
  const most = effective.kind === 'Snapshot' ? Math.min(effective.spec.maxCaptures, limits.maxHits) : limits.maxHits;
  return [
    ...above('results', results.length, most),
    ...above('counted hits', seen.state.hits, most),
    ...rateExcess(seen, limits.hitsPerSecond),
    ...expiryExcess(seen),
    ...results.flatMap(({ log, capture }) => above('bytes', bytesOf(log?.message ?? capture), limits.payloadBytes)),
    ...(effective.kind === 'Snapshot'
      ? results.flatMap((result) => captureExcess(result, effective.spec.capture))
      : []),
    ...results.flatMap((result) => placeExcess(result, effective.kind, policies, spec.calls)),
  ];
}

const above = (what: string, value: number, most: number): string[] =>
  value > most ? [`${what}: ${value}, at most ${most}`] : [];

const bytesOf = (json: unknown): number => Buffer.byteLength(JSON.stringify(json) ?? '');

/**
 * What a second lets through may come at once, and goes on flowing in (token-bucket.ts). A result has the time after its hit, so that all
 * hits from one result to another are later than the result before them, however slow the machine is.
 */
function rateExcess({ results, begin }: Seen, perSecond: number): string[] {
  const times = results.map(({ time }) => time);
  for (const [first] of times.entries()) {
    const from = first === 0 ? begin : (times[first - 1] ?? begin);
    for (let last = first; last < times.length; last++) {
      const seconds = ((times[last] ?? 0) - from) / 1000;
      const count = last - first + 1;
      // Two clocks that are rounded differently.
      const most = perSecond * (1 + seconds) + 1;
      if (count > most) return [`${count} results in ${seconds} s, at most ${most}`];
    }
  }
  return [];
}

/** A hit may have begun before the end, and its result come after it. */
function expiryExcess({ results, expireTime, late }: Seen): string[] {
  const after = results.filter(({ time }) => time > expireTime);
  const isLate = expireTime < late && results.some(({ time }) => time > late);
  return [...above('results after the end', after.length, 1), ...(isLate ? ['a hit long after the end'] : [])];
}

function captureExcess(
  { capture }: SeenResult,
  most: Pick<
    Extract<WireProbe, { kind: 'Snapshot' }>['capture'],
    'frames' | 'depth' | 'fields' | 'items' | 'stringLength'
  >,
): string[] {
  const frames = capture?.frames ?? [];
  const values = [
    ...(capture?.watches ?? []).map(({ value }) => value),
    ...frames.flatMap(({ this: self, locals = [], closure = [] }) => [
      ...(self === undefined ? [] : [self]),
      ...[...locals, ...closure].map(({ value }) => value),
    ]),
  ];
  return [
    ...above('frames with variables', framesWithVariables(capture).length, most.frames),
    ...values.flatMap((value) => above('levels', levelsOf(value), most.depth)),
    ...values
      .flatMap(withInner)
      .flatMap((value) => [
        ...above('fields', value.fields?.length ?? 0, most.fields),
        ...above('items', (value.items ?? value.entries ?? []).length, most.items),
        ...(value.type === 'string' && value.notCaptured !== 'redacted'
          ? above('characters', value.text?.length ?? 0, Math.max(most.stringLength, REDACTED.length))
          : []),
      ]),
  ];
}

export function framesWithVariables(capture: SeenResult['capture']) {
  return (capture?.frames ?? []).filter((frame) => frame.this ?? frame.locals ?? frame.closure);
}

/** Stands in texts for what was hidden in them, however short they may be. */
const REDACTED = '<redacted>';

const innerOf = ({ fields = [], items = [], entries = [] }: CapturedValue): readonly CapturedValue[] => [
  ...fields.map(({ value }) => value),
  ...items,
  ...entries.flat(),
];

const levelsOf = (value: CapturedValue): number => {
  const inner = innerOf(value);
  return inner.length === 0 ? 0 : 1 + Math.max(...inner.map(levelsOf));
};

const withInner = (value: CapturedValue): CapturedValue[] => [value, ...innerOf(value).flatMap(withInner)];

/** What the policies leave at a place, by their rules as they are written. */
interface Left {
  readonly isAllowed: boolean;
  readonly calls: ExpressionLevel;
  readonly otherFrames: boolean;
}

function placeExcess(
  result: SeenResult,
  kind: WireProbe['kind'],
  policies: Case['policies'],
  calls: ExpressionLevel,
): string[] {
  const text = JSON.stringify(result.log ?? result.capture);
  const site = siteOf(result.location);
  const left = (at: Site): Left => leftAt(at, kind, policies);
  const here = site === undefined ? undefined : left(site);
  const level = Math.min(...[calls, here?.calls ?? calls].map((one) => EXPRESSION_LEVELS.indexOf(one)));
  const frames = framesWithVariables(result.capture);
  return [
    ...(site === undefined ? [`a result from an unknown place: ${result.location}`] : []),
    ...(here?.isAllowed === false ? [`a result from ${site}, which is denied`] : []),
    ...SITES.filter((at) => text.includes(markerOf(at)) && !left(at).isAllowed).map(
      (at) => `values of ${at}, which is denied`,
    ),
    ...(level < 1 && text.includes(BY_PROOF) ? ['a proven call where only properties are allowed'] : []),
    ...(level < 2 && text.includes(BY_WATCH) ? ['a checked call where it is not allowed'] : []),
    ...(here?.otherFrames === false ? above('frames where others are denied', frames.length, 1) : []),
  ];
}

export function leftAt(site: Site, kind: WireProbe['kind'], policies: Case['policies']): Left {
  let isAllowed = true;
  let calls = EXPRESSION_LEVELS.length - 1;
  let otherFrames = true;
  for (const { spec } of policies) {
    const { rules = [] } = spec;
    const about = rules.filter((rule) => (rule.kinds ?? [kind]).includes(kind) && isAbout(rule, site));
    for (const { action, expressions, otherFrames: frames } of about.filter((rule) => rule.action === 'Deny')) {
      if (expressions !== undefined) calls = Math.min(calls, EXPRESSION_LEVELS.indexOf(expressions) - 1);
      else if (frames === true) otherFrames = false;
      else isAllowed = action !== 'Deny';
    }
    if (!rules.some(({ action }) => action === 'Allow')) continue;
    const first = about.find(({ action }) => action === 'Allow');
    if (first === undefined) isAllowed = false;
    else if (first.expressions !== undefined) calls = Math.min(calls, EXPRESSION_LEVELS.indexOf(first.expressions));
    if (first?.otherFrames === false) otherFrames = false;
  }
  return { isAllowed, calls: EXPRESSION_LEVELS[calls] ?? 'PropertiesOnly', otherFrames };
}

/** What is in a package is allowed only by rules that name packages, or node_modules. */
const isOfPackages = ({ action, files, packages }: PolicyRule): boolean =>
  action === 'Deny' ||
  packages !== undefined ||
  files === undefined ||
  files.some((one) => one.includes('node_modules'));

const isAbout = (rule: PolicyRule, site: Site): boolean =>
  (site !== 'router' || isOfPackages(rule)) &&
  (['files', 'functions', 'packages'] as const).every(
    (name) => rule[name] === undefined || rule[name].some((pattern) => (MATCHES[name][pattern] ?? []).includes(site)),
  );
