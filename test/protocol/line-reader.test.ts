import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader } from '../../src/protocol/line-reader.ts';

test('the lines of a text are the same in whatever pieces it comes', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'é', '{', '\r', '\n') });
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const reader = new LineReader();
      const lines = pieces.flatMap((text) => reader.read(text));
      const wantLines = pieces.join('').split('\n');
      const wantPending = wantLines.pop() ?? '';
      expect(lines).toEqual(wantLines);
      expect(reader.pendingLength).toBe(wantPending.length);
    }),
  );
});
