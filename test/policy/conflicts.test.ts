import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conflict, conflictsOf } from '../../src/policy/conflicts.ts';
import { BUILT_IN_POLICY, defaultPolicy } from '../../src/policy/default-policy.ts';
import { isAbout } from '../../src/policy/governs.ts';
import type { PolicyView } from '../../src/policy/policy-view.ts';
import { policiesArbitrary } from './arbitraries.ts';
import { clusterPolicy, denials, log, policy, snap } from './fixtures.ts';

const NAMESPACES: Readonly<Record<string, Record<string, string>>> = {
  shop: { team: 'shop' },
  pay: { team: 'pay' },
};
const labelsOf = (namespace: string) => NAMESPACES[namespace];

const found = (spec: object, other: object): Conflict[] =>
  conflictsOf(policy('own', spec), [clusterPolicy('other', other)], labelsOf);
const messages = (spec: object, other: object): string[] => found(spec, other).map(({ message }) => message);

const allow = (name: string, changes: object = {}) => ({ name, action: 'Allow', ...changes });
const deny = (name: string, changes: object = {}) => ({ name, action: 'Deny', ...changes });

describe('what a policy says without effect', () => {
  it('is a default above the maximum of another', () => {
    const own = { defaults: { ttlSeconds: 600, limits: { maxHits: 50, hitsPerSecond: 5 }, capture: { depth: 4 } } };
    const other = { maxima: { ttlSeconds: 60, limits: { maxHits: 50 }, capture: { depth: 3 } } };
    expect(found(own, other)).toEqual([
      {
        policy: 'ClusterInstrumentationPolicy other',
        message:
          'Its defaults are above the maxima of the other, which count: ttlSeconds 600, at most 60; capture.depth 4, at most 3.',
      },
    ]);
    expect(found({ defaults: { ttlSeconds: 60 } }, other)).toEqual([]);
    // The maxima have their effect.
    expect(found(other, own)).toEqual([]);
  });

  it('is that probes may stand where another forbids that, or has them end', () => {
    const standing = { standing: 'Allowed' };
    expect(messages(standing, { standing: 'Forbidden' })).toEqual([
      'It allows probes without an end, and the other forbids them: they are denied.',
    ]);
    expect(messages(standing, { maxima: { ttlSeconds: 60 } })).toEqual([
      'It allows probes without an end, and the other has them end after 60 s at most: they are denied.',
    ]);
    expect(messages(standing, { standing: 'Allowed', maxima: { ttlSeconds: 60 } })).toEqual([]);
    expect(messages({ standing: 'Forbidden' }, standing)).toEqual([]);
    expect(conflictsOf(policy('own', { standing: 'Allowed' }), [defaultPolicy(BUILT_IN_POLICY)], labelsOf)).toEqual([
      expect.objectContaining({ policy: 'the default policy' }),
    ]);
  });

  it('is every rule where those of two allow different kinds only, for both', () => {
    const logs = { rules: [allow('logs', { kinds: ['DynamicLog'], files: ['src/**'] })] };
    const snapshots = { rules: [allow('snapshots', { kinds: ['Snapshot'] }), deny('none', { kinds: ['DynamicLog'] })] };
    const [first] = messages(logs, snapshots);
    expect(first).toBe('Its rules allow DynamicLog only, those of the other Snapshot only: every probe is denied.');
    expect(messages(snapshots, logs)).toEqual([
      'Its rules allow Snapshot only, those of the other DynamicLog only: every probe is denied.',
    ]);
    expect(messages(logs, { rules: [allow('all')] })).toEqual([]);
    expect(messages(logs, { rules: [deny('some', { files: ['x'] })] })).toEqual([]);
  });

  it('is what it allows of sinks where another allows others only', () => {
    const sinks = (...names: string[]) => ({ sinks: { allowed: names.map((name) => ({ kind: 'Sink', name })) } });
    const wantMessage = 'The other allows none of the sinks that it allows: every one of them is denied.';
    expect(messages(sinks('kafka'), sinks('loki'))).toEqual([wantMessage]);
    expect(messages(sinks('kafka'), sinks())).toEqual([wantMessage]);
    expect(messages(sinks(), sinks('kafka'))).toEqual([]);
    expect(messages(sinks('kafka', 'loki'), sinks('loki'))).toEqual([]);
  });

  it('is a rule of which a rule without criteria of another denies all', () => {
    const own = { rules: [allow('mine', { kinds: ['Snapshot'] }), allow('logs', { kinds: ['DynamicLog'] })] };
    expect(messages(own, { rules: [deny('no-snapshots', { kinds: ['Snapshot'] })] })).toEqual([
      'All that its rule mine allows, rule no-snapshots of the other denies: it is denied.',
    ]);
    expect(messages(own, { rules: [deny('none')] })).toHaveLength(2);
    for (const criterion of [
      { files: ['src/**'] },
      { functions: ['*'] },
      { packages: ['*'] },
      { expressions: 'Checked' },
      { otherFrames: true },
    ])
      expect(messages(own, { rules: [deny('some', criterion)] })).toEqual([]);
    expect(messages({ rules: [allow('both')] }, { rules: [deny('no-snapshots', { kinds: ['Snapshot'] })] })).toEqual(
      [],
    );
  });
});

it('a policy is in no conflict with itself, with one that cannot be read, and with one that it cannot meet', () => {
  const spec = { standing: 'Allowed', maxima: { ttlSeconds: 10 }, defaults: { ttlSeconds: 20 } };
  const own = policy('own', spec);
  const forbidding = { standing: 'Forbidden' };
  const others: PolicyView[] = [
    own,
    policy('elsewhere', forbidding, 'pay'),
    clusterPolicy('of-pay', { ...forbidding, namespaceSelector: { matchLabels: { team: 'pay' } } }),
    { ...policy('odd', forbidding), unreadable: 'spec.x: y' },
  ];
  expect(conflictsOf(own, others, labelsOf)).toEqual([]);
});

it('a policy of a namespace is named with it to one of the cluster', () => {
  const own = clusterPolicy('own', { defaults: { ttlSeconds: 600 } });
  const [conflict] = conflictsOf(own, [policy('short', { maxima: { ttlSeconds: 60 } })], labelsOf);
  expect(conflict?.policy).toBe('InstrumentationPolicy shop/short');
});

it('what is told of kinds is so: every probe is denied', () => {
  const both = [
    policy('logs', { rules: [allow('logs', { kinds: ['DynamicLog'] })] }),
    clusterPolicy('snapshots', { rules: [allow('snapshots', { kinds: ['Snapshot'] })] }),
  ];
  for (const probe of [log(), snap()]) expect(denials(probe, both)).not.toEqual([]);
});

/** Policies of two namespaces and of the cluster, of which some select pods or namespaces. */
const scattered = fc
  .array(
    fc.record({
      namespace: fc.constantFrom(undefined, 'shop', 'pay'),
      team: fc.constantFrom(undefined, 'shop', 'pay'),
    }),
    { minLength: 4, maxLength: 4 },
  )
  .chain((places) =>
    policiesArbitrary.map((policies) =>
      policies.map(({ name, spec }, index) => {
        const { namespace, team } = places[index] ?? {};
        const namespaceSelector = team === undefined ? undefined : { matchLabels: { team } };
        return namespace === undefined
          ? clusterPolicy(name, { ...spec, ...(namespaceSelector && { namespaceSelector }) })
          : policy(name, spec, namespace);
      }),
    ),
  );

/** Every place that there is, as far as these policies can tell places from each other. */
const PLACES = Object.entries(NAMESPACES).flatMap(([namespace, namespaceLabels]) =>
  ['orders', 'other', 'third'].map((app) => ({ namespace, namespaceLabels, podLabels: { app } })),
);

it('only policies are named that govern a probe in some place together', () => {
  let named = 0;
  fc.assert(
    fc.property(scattered, (policies) => {
      for (const one of policies) {
        for (const { policy: name } of conflictsOf(one, policies, labelsOf)) {
          named += 1;
          const others = policies.filter((other) => name.endsWith(other.name));
          expect(others.some((other) => PLACES.some((place) => isAbout(one, place) && isAbout(other, place)))).toBe(
            true,
          );
        }
      }
    }),
    { numRuns: 1000 },
  );
  expect(named).toBeGreaterThan(100);
});

it('the order of the policies makes no difference', () => {
  fc.assert(
    fc.property(scattered, (policies) => {
      for (const one of policies)
        expect(conflictsOf(one, policies.toReversed(), labelsOf)).toEqual(conflictsOf(one, policies, labelsOf));
    }),
    { numRuns: 300 },
  );
});
