import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../src/kube/backoff.ts';

test('a back-off doubles, varies by at most half of itself, and never exceeds its limit', () => {
  fc.assert(
    fc.property(fc.nat(10_000), (attempt) => {
      const want = Math.min(300_000, 5 * 2 ** attempt);
      const got = backoffMs(attempt, 5, 300_000);
      expect(got).toBeGreaterThanOrEqual(want / 2);
      expect(got).toBeLessThanOrEqual(want);
    }),
  );
});
