import fc from 'fast-check';
import type { DynamicLog } from '../../../src/api/dynamiclog.ts';
import type { EffectiveProbe } from '../../../src/api/effective-probe.ts';
import type { Probe } from '../../../src/api/kinds.ts';
import type { PolicyView } from '../../../src/policy/policy-view.ts';
import { holdsUseArbitrary, policiesArbitrary, probeArbitrary } from '../arbitraries.ts';
import { clusterPolicy, decided, log, policy, snap } from '../fixtures.ts';

/** A probe that the policies accept. */
export interface Case {
  readonly asked: Probe;
  readonly effective: EffectiveProbe;
  /** Those that govern it. */
  readonly policies: readonly PolicyView[];
  /** Milliseconds of its time to live that are left when it is placed; all of it unless given. */
  readonly leftMilliseconds: number | undefined;
}

interface Ask {
  readonly asked: Probe;
  readonly policies: readonly PolicyView[];
  readonly holdsUse?: (policy: PolicyView) => boolean;
  readonly leftMilliseconds?: number | undefined;
}

/** Empty where the policies deny it: nothing is placed then that could exceed anything. */
function caseOf({ asked, policies, holdsUse, leftMilliseconds }: Ask): Case[] {
  const decision = decided(asked, policies, holdsUse && { holdsUse });
  if (decision.outcome !== 'Accepted') return [];
  const { effective, policies: governing } = decision;
  return [{ asked, effective, policies: governing, leftMilliseconds }];
}

/** Longer than most payloads, with calls that only some levels allow. */
const MESSAGE = `{order.total()} {order.weigh()} {customer} {iban} ${'{text} {list} '.repeat(12)}`;
const WATCH = ['order.total()', 'order.weigh()', 'customer', 'deep', 'list'];

const lookingEverywhere = (probe: Probe): Probe =>
  probe.kind === 'DynamicLog'
    ? { ...probe, spec: { ...probe.spec, message: MESSAGE } satisfies DynamicLog['spec'] }
    : { ...probe, spec: { ...probe.spec, watch: WATCH } };

/** Cases of which about half are there: the others are denied. */
export const casesArbitrary: fc.Arbitrary<Case[]> = fc
  .array(
    fc.record({
      asked: probeArbitrary.map(lookingEverywhere),
      policies: policiesArbitrary,
      holdsUse: holdsUseArbitrary,
      leftMilliseconds: fc.option(fc.integer({ min: 50, max: 400 }), { nil: undefined }),
    }),
    { minLength: 40, maxLength: 60, size: 'max' },
  )
  .map((asks) => asks.flatMap(caseOf));

const ROUTER = { location: { file: 'node_modules/express/lib/router.js', line: 42 } };
const most = (maxima: object): PolicyView[] => [clusterPolicy('p0', { maxima })];
const rules = (...list: object[]): PolicyView[] => [
  policy('p0', { rules: list.map((one, at) => ({ name: `r${at}`, ...one })) }),
];
const wide = { frames: 5, depth: 8, fields: 100, items: 100, stringLength: 1000 };
const line = (spec: object = {}) => lookingEverywhere(log(spec));
const shot = (spec: object = {}) =>
  lookingEverywhere(snap({ ...ROUTER, capture: wide, limits: { hitsPerSecond: 5 }, maxCaptures: 50, ...spec }));

/** A case for each limit, which a probe of the program reaches: without it, more would be seen. */
const REACHING_ASKS = {
  hits: { asked: log({ message: '{order.id}' }), policies: most({ limits: { maxHits: 7 } }) },
  rate: { asked: log({ message: '{order.id}' }), policies: most({ limits: { hitsPerSecond: 9 } }) },
  captures: { asked: shot({ limits: { hitsPerSecond: 50 } }), policies: most({ maxCaptures: 2 }) },
  payload: { asked: line(), policies: most({ limits: { payloadBytes: 300 } }) },
  payloadOfCapture: { asked: shot(), policies: most({ limits: { payloadBytes: 700 } }) },
  frames: { asked: shot(), policies: most({ capture: { frames: 1 } }) },
  depth: { asked: shot(), policies: most({ capture: { depth: 2 } }) },
  fields: { asked: shot(), policies: most({ capture: { fields: 3 } }) },
  items: { asked: shot(), policies: most({ capture: { items: 4 } }) },
  stringLength: { asked: shot(), policies: most({ capture: { stringLength: 11 } }) },
  expiry: {
    asked: log({ limits: { hitsPerSecond: 5000 }, message: '{order.id}' }),
    policies: [],
    leftMilliseconds: 400,
  },
  propertiesOnly: { asked: line(), policies: rules({ action: 'Allow', expressions: 'PropertiesOnly' }) },
  proven: { asked: line(), policies: rules({ action: 'Deny', expressions: 'Checked' }) },
  checked: { asked: line(), policies: rules({ action: 'Allow' }) },
  file: {
    asked: line({ location: { function: 'charge' } }),
    policies: rules({ action: 'Deny', files: ['src/payments/*'] }),
  },
  functions: { asked: line(), policies: rules({ action: 'Deny', functions: ['Order*'] }) },
  package: {
    asked: line({ location: { file: 'lib/router.js', function: 'handle' } }),
    policies: rules({ action: 'Deny', packages: ['*'] }),
  },
  framesOfFile: { asked: shot(), policies: rules({ action: 'Deny', files: ['src/payments/*'] }) },
  otherFrames: {
    asked: shot({ capture: { ...wide, frames: undefined }, location: { file: 'lib/router.js', function: 'handle' } }),
    policies: rules({ action: 'Deny', otherFrames: true, packages: ['express'] }),
  },
} satisfies Record<string, Ask>;

export type Reaching = keyof typeof REACHING_ASKS;

/** @throws where the policies deny it, and so nothing could be reached. */
export function reachingCase(name: Reaching): Case {
  const [one] = caseOf(REACHING_ASKS[name]);
  if (one === undefined) throw new Error(`${name} is denied`);
  return one;
}
