import { expect, test } from 'vitest';
import { PodGrants } from '../../../src/gateway/fleet/pod-grants.ts';

const PROBE = 'probe-1';

/** A pod that was granted ten results, knows it, and has used four. */
function granted(held = 0): PodGrants {
  const grants = new PodGrants();
  grants.set(PROBE, 1, 10, 100);
  grants.heard(100, [{ uid: PROBE, generation: 1, granted: 10, used: 4, held }], (uid) => uid);
  return grants;
}

test('a grant is urgent if the pod has results that wait for it', () => {
  expect(granted(1).isUrgent(PROBE, 12)).toBe(true);
});

test('a grant is urgent if it becomes smaller, since others wait for the rest', () => {
  expect(granted().isUrgent(PROBE, 7)).toBe(true);
});

test('a grant is not urgent if it is in advance', () => {
  expect(granted().isUrgent(PROBE, 15)).toBe(false);
  expect(new PodGrants().isUrgent(PROBE, 5)).toBe(false);
});
