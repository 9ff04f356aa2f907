import fc from 'fast-check';
import { EXPRESSION_LEVELS } from '../../src/api/expression-level.ts';
import { PROBE_KINDS, type Probe } from '../../src/api/kinds.ts';
import { ALLOWED, REQUESTERS } from '../../src/api/policy.ts';
import { REDACTION_MODES, REPLACEMENTS } from '../../src/api/redaction.ts';
import type { PolicyView } from '../../src/policy/policy-view.ts';
import { clusterPolicy, log, policy, snap } from './fixtures.ts';

/** Values from small sets, so that policies and probes meet. */
const FILES = ['src/orders.ts', 'src/payments/charge.ts', 'node_modules/express/lib/router.js', 'orders.ts'];
const FUNCTIONS = ['OrderService.place', 'charge', 'new Payments'];
const GLOBS = ['src/**', 'src/payments/*', '*.ts', '**', 'node_modules/**'];
const NAMES = ['iban', 'orderId', 'order_id', 'total', 'customer'];
const PATTERNS = ['EMP-\\d+', '[a-f0-9]{16}'];
const SINKS = [
  { kind: 'Sink', name: 'kafka' },
  { kind: 'ClusterSink', name: 'kafka' },
  { kind: 'ClusterSink', name: 'loki' },
];

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const some = <T>(values: readonly T[], min = 0) => fc.subarray([...values], { minLength: min });

const limits = {
  maxHits: fc.integer({ min: 1, max: 100 }),
  hitsPerSecond: fc.integer({ min: 1, max: 100 }),
  payloadBytes: fc.integer({ min: 256, max: 5000 }),
};
const capture = {
  frames: fc.integer({ min: 0, max: 3 }),
  depth: fc.integer({ min: 0, max: 3 }),
  fields: fc.integer({ min: 0, max: 30 }),
  items: fc.integer({ min: 0, max: 40 }),
  stringLength: fc.integer({ min: 0, max: 200 }),
};
const ttlSeconds = fc.integer({ min: 10, max: 100 });
const maxCaptures = fc.integer({ min: 1, max: 5 });
const optional = { requiredKeys: [] };

const limitValues = fc.record(
  {
    ttlSeconds,
    maxCaptures,
    limits: fc.record({ ...limits, capturesPerSecond: fc.integer({ min: 1, max: 10 }) }, optional),
    capture: fc.record(capture, optional),
  },
  optional,
);

const redaction = fc
  .record({
    mode: maybe(fc.constantFrom(...REDACTION_MODES)),
    names: maybe(some(NAMES)),
    allow: maybe(some(NAMES)),
    patterns: maybe(some(PATTERNS)),
    replacement: maybe(fc.constantFrom(...REPLACEMENTS)),
  })
  .map(({ allow, ...rest }) => (rest.mode === 'AllowList' ? { ...rest, allow } : rest));

const placeRule = {
  kinds: maybe(some(PROBE_KINDS, 1)),
  files: maybe(some(GLOBS, 1)),
  functions: maybe(some(['Order*', '*', 'new *'], 1)),
  packages: maybe(some(['*', 'express'], 1)),
};
const rule = fc.oneof(
  fc.record({
    ...placeRule,
    action: fc.constant('Allow'),
    expressions: maybe(fc.constantFrom(...EXPRESSION_LEVELS)),
    otherFrames: maybe(fc.boolean()),
  }),
  fc.record({ ...placeRule, action: fc.constant('Deny') }),
  fc.record({ ...placeRule, action: fc.constant('Deny'), expressions: fc.constantFrom('Proven', 'Checked') }),
  fc.record({ ...placeRule, action: fc.constant('Deny'), otherFrames: fc.constant(true) }),
);

const spec = fc.record(
  {
    requesters: fc.constantFrom(...REQUESTERS),
    podSelector: fc.record({ matchLabels: fc.constantFrom({ app: 'orders' }, { app: 'other' }) }),
    rules: fc.array(rule, { maxLength: 3 }).map((rules) => rules.map((one, index) => ({ name: `r${index}`, ...one }))),
    defaults: limitValues,
    maxima: limitValues,
    attach: fc.constantFrom(...ALLOWED),
    standing: fc.constantFrom(...ALLOWED),
    sinks: fc.record({ allowed: some(SINKS) }),
    redaction,
  },
  optional,
);

const named = fc.record({ spec, isOfCluster: fc.boolean() });

/** Policies with names of their own, most of which govern a probe in the namespace `shop`. */
export const policiesArbitrary: fc.Arbitrary<PolicyView[]> = fc
  .array(named, { maxLength: 4 })
  .map((list) =>
    list.map(({ spec: one, isOfCluster }, index) => (isOfCluster ? clusterPolicy : policy)(`p${index}`, one)),
  );

const location = fc.oneof(
  fc.record({ file: fc.constantFrom(...FILES), line: fc.constant(42) }),
  fc.record({ file: maybe(fc.constantFrom(...FILES)), function: fc.constantFrom(...FUNCTIONS) }),
);

const asked = fc
  .record({
    location,
    ttlSeconds: maybe(ttlSeconds),
    standing: maybe(fc.boolean()),
    limits: maybe(fc.record(limits, optional)),
    redaction: maybe(redaction),
    sinkRefs: maybe(some(SINKS)),
  })
  .map(({ ttlSeconds: seconds, ...rest }) => (rest.standing === true ? rest : { ...rest, ttlSeconds: seconds }));

export const probeArbitrary: fc.Arbitrary<Probe> = fc.oneof(
  asked.map(log),
  fc
    .record({ asked, maxCaptures: maybe(maxCaptures), capture: maybe(fc.record(capture, optional)) })
    .map(({ asked: common, ...own }) => snap({ ...common, ...own })),
);

/** Whether the requester holds the verb use on the policy of this name. */
export const holdsUseArbitrary = fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }).map(
  (held) =>
    ({ name }: PolicyView) =>
      held[Number(name.slice(1))] ?? false,
);
