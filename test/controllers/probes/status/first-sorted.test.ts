import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstSorted } from '../../../../src/controllers/probes/status/first-sorted.ts';

test('the first of many are those that a stable sort would put first', () => {
  const item = fc.record({ rank: fc.nat(5), name: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (items, most) => {
      const byRank = (a: { rank: number }, b: { rank: number }) => a.rank - b.rank;
      expect(firstSorted(items, most, byRank)).toEqual(items.toSorted(byRank).slice(0, most));
    }),
  );
});
