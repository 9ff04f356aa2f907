import fc from 'fast-check';
import { expect, it } from 'vitest';
import { recordID } from '../../src/audit/record-id.ts';

it('the same has the same name, whoever writes it, and nothing else has', () => {
  expect(recordID('Armed', ['uid', 1, undefined])).toBe('8665bdab5989b90671759a81adc82644');
  const part = fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom(undefined, 0, 1));
  const parts = fc.array(part, { maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const wantSame = a.length === b.length && a.every((one, index) => one === b[index]);
      expect(recordID('Armed', a) === recordID('Armed', b)).toBe(wantSame);
    }),
  );
  expect(recordID('Armed', ['uid'])).not.toBe(recordID('Removed', ['uid']));
});
