import { BUILT_IN_DEFAULTS } from '../api/limits.ts';
import type { PolicyLimits, PolicySpec } from '../api/policy.ts';
import { type PolicyView, withShownTexts } from './policy-view.ts';

/** Name under which `davylamp policy default` prints it. */
export const DEFAULT_POLICY_NAME = 'davylamp-default';

/** What holds without any policy of a user: everything may be probed by whoever may create probes, and every probe has an end. */
export const BUILT_IN_POLICY: PolicySpec = {
  requesters: 'Everybody',
  defaults: BUILT_IN_DEFAULTS,
  attach: 'Allowed',
  standing: 'Forbidden',
};

/**
 * The policy that always governs: the built-in one, or that of the chart in its place. Every probe needs a value for every limit, so a
 * default that the chart's policy does not give is the built-in one.
 */
export function defaultPolicy(spec: PolicySpec = BUILT_IN_POLICY): PolicyView {
  const { defaults = {} } = spec;
  return {
    kind: 'ClusterInstrumentationPolicy',
    name: DEFAULT_POLICY_NAME,
    spec: { ...withShownTexts(spec), defaults: completed(defaults) },
    isDefault: true,
  };
}

function completed(defaults: PolicyLimits): PolicyLimits {
  return {
    ...BUILT_IN_DEFAULTS,
    ...withoutAbsent(defaults),
    limits: { ...BUILT_IN_DEFAULTS.limits, ...withoutAbsent(defaults.limits ?? {}) },
    capture: { ...BUILT_IN_DEFAULTS.capture, ...withoutAbsent(defaults.capture ?? {}) },
  };
}

function withoutAbsent<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
