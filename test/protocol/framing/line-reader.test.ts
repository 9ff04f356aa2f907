import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader } from '../../../src/protocol/framing/line-reader.ts';

test('the lines of a text are the same in whatever pieces it comes', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'é', '{', '\r', '\n') });
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const reader = new LineReader();
      const lines = pieces.flatMap((text) => reader.read(text));
      const wantLines = pieces.join('').split('\n');
      const wantPending = wantLines.pop() ?? '';
      expect(lines).toEqual(wantLines);
      expect(reader.read('\n')).toEqual([wantPending]);
    }),
  );
});

test('a line that is too long is left out, whatever pieces it comes in, and the others are there', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'é', '\n'), maxLength: 8 });
  fc.assert(
    fc.property(fc.array(piece), fc.nat(5), (pieces, most) => {
      const reader = new LineReader(most);
      const lines = [...pieces, '\n'].flatMap((text) => reader.read(text));
      const all = pieces.join('').split('\n');
      expect(lines).toEqual(all.filter(({ length }) => length <= most));
      expect(reader.overlong).toBe(all.filter(({ length }) => length > most).length);
    }),
  );
});
