import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EffectiveProbe } from '../../src/api/effective-probe.ts';
import { EXPRESSION_LEVELS } from '../../src/api/expression-level.ts';
import type { Decision } from '../../src/policy/decide.ts';
import { holdsUseArbitrary, policiesArbitrary, probeArbitrary } from './arbitraries.ts';
import { clusterPolicy, decided } from './fixtures.ts';

/** From the one that tells the least. */
const REPLACEMENTS = ['Remove', 'Mask', 'Hash'];

/** Every number of it, by its field; none of them may grow. */
function numbersOf({ kind, spec }: EffectiveProbe): Record<string, number> {
  const { only: _, ...capture } = kind === 'Snapshot' ? spec.capture : { only: undefined };
  return {
    ...Object.fromEntries(Object.entries(spec.limits).map(([name, value]) => [`limits.${name}`, value])),
    ...Object.fromEntries(Object.entries(capture).map(([name, value]) => [`capture.${name}`, value])),
    ttlSeconds: spec.ttlSeconds ?? Number.POSITIVE_INFINITY,
    maxCaptures: kind === 'Snapshot' ? spec.maxCaptures : 0,
    calls: EXPRESSION_LEVELS.indexOf(spec.calls),
    mode: spec.redaction.mode === 'AllowList' ? 0 : 1,
    replacement: REPLACEMENTS.indexOf(spec.redaction.replacement),
  };
}

function expectNotWider(before: Decision, after: Decision): void {
  if (after.outcome === 'Denied') return;
  // What was denied before stays so.
  expect(before.outcome).toBe('Accepted');
  if (before.outcome !== 'Accepted' || after.outcome !== 'Accepted') return;
  const most = numbersOf(before.effective);
  for (const [field, value] of Object.entries(numbersOf(after.effective))) {
    expect(value, field).toBeLessThanOrEqual(most[field] ?? 0);
  }
  const [old, now] = [before.effective.spec, after.effective.spec];
  expect(now.redaction.names).toEqual(expect.arrayContaining(old.redaction.names));
  expect(now.redaction.patterns).toEqual(expect.arrayContaining(old.redaction.patterns));
  if (old.redaction.mode === 'AllowList') {
    expect(old.redaction.allow).toEqual(expect.arrayContaining(now.redaction.allow));
  }
  expect(now.places).toEqual(expect.arrayContaining([...old.places]));
  if (before.attachForbidden !== undefined) expect(after.attachForbidden).toBeDefined();
}

it('the order of the policies makes no difference', () => {
  fc.assert(
    fc.property(probeArbitrary, policiesArbitrary, holdsUseArbitrary, fc.nat(), (probe, policies, holdsUse, seed) => {
      const others = policies.toSorted((a, b) => rank(a.name, seed) - rank(b.name, seed));
      expect(decided(probe, others, { holdsUse })).toEqual(decided(probe, policies, { holdsUse }));
    }),
    { numRuns: 2000 },
  );
});

const rank = (name: string, seed: number): number => (Number(name.slice(1)) * 7919 + seed) % 11;

it('one policy more never allows more', () => {
  fc.assert(
    fc.property(probeArbitrary, policiesArbitrary, holdsUseArbitrary, (probe, policies, holdsUse) => {
      for (const added of policies) {
        const before = policies.filter((one) => one !== added);
        expectNotWider(decided(probe, before, { holdsUse }), decided(probe, policies, { holdsUse }));
      }
    }),
    { numRuns: 2000 },
  );
});

it('nothing effective is above a maximum of any policy that governs', () => {
  fc.assert(
    fc.property(probeArbitrary, policiesArbitrary, fc.integer({ min: 1, max: 100 }), (probe, policies, most) => {
      const maxima = { ttlSeconds: most + 10, limits: { maxHits: most, payloadBytes: most + 256 } };
      const decision = decided(probe, [...policies, clusterPolicy('p9', { maxima })]);
      if (decision.outcome !== 'Accepted') return;
      const { ttlSeconds, limits } = decision.effective.spec;
      expect(limits.maxHits).toBeLessThanOrEqual(most);
      expect(limits.payloadBytes).toBeLessThanOrEqual(most + 256);
      if (ttlSeconds !== undefined) expect(ttlSeconds).toBeLessThanOrEqual(most + 10);
    }),
  );
});

it('both outcomes occur often enough for the properties to mean something', () => {
  const outcomes = fc
    .sample(fc.tuple(probeArbitrary, policiesArbitrary, holdsUseArbitrary), { numRuns: 1000, seed: 1 })
    .map(([probe, policies, holdsUse]) => decided(probe, policies, { holdsUse }).outcome);
  const share = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length / outcomes.length;
  expect(share('Accepted')).toBeGreaterThan(0.1);
  expect(share('Denied')).toBeGreaterThan(0.1);
});
