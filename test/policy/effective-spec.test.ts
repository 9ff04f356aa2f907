import { expect, it } from 'vitest';
import type { Probe } from '../../src/api/kinds.ts';
import { effectiveSpec, NO_POLICIES, type Policy } from '../../src/policy/effective-spec.ts';
import { dynamicLog } from '../controllers/probes/fixtures.ts';

/** A policy that allows so many hits. */
const atMost = (most: number): Policy => ({
  narrow<P extends Probe>(probe: P): P {
    const { limits } = probe.spec;
    if (limits.maxHits <= most) return probe;
    return { ...probe, spec: { ...probe.spec, limits: { ...limits, maxHits: most } } };
  },
});

it('without a policy the spec is as it was written', () => {
  const probe = dynamicLog();
  expect(effectiveSpec(probe, NO_POLICIES)).toBe(probe);
});

it('every policy narrows what the ones before it left', () => {
  const probe = dynamicLog({ spec: { limits: { maxHits: 100 } } });
  expect(effectiveSpec(probe, [atMost(50), atMost(70)]).spec.limits.maxHits).toBe(50);
  expect(effectiveSpec(probe, [atMost(500)])).toBe(probe);
  expect(probe.spec.limits.maxHits).toBe(100);
});
