import fc from 'fast-check';
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

test('what the pod may have reported is the largest grant that it may hold, in whatever order grants grow, shrink and are answered', () => {
  const step = fc.oneof(
    fc.record({ grant: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ answerTo: fc.nat(), used: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const grants = new PodGrants();
      const sent: number[] = [];
      let answered = -1;
      let used = 0;
      for (const one of steps) {
        if ('grant' in one) {
          // The same again is no new grant.
          if (grants.set(PROBE, 1, one.grant, sent.length)) sent.push(one.grant);
        } else if (sent.length > 0) {
          answered = Math.max(answered, one.answerTo % sent.length);
          const granted = sent[answered] ?? 0;
          used = Math.max(used, Math.min(granted, one.used));
          grants.heard(answered, [{ uid: PROBE, generation: 1, granted, used, held: 0 }], (uid) => uid);
        }
        const wantBound = Math.max(0, used, ...sent.slice(Math.max(0, answered)));
        expect(grants.share(PROBE, 1)?.bound ?? 0).toBe(wantBound);
      }
    }),
  );
});
