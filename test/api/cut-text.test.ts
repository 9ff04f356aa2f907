import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutText } from '../../src/api/cut-text.ts';

it('is never longer than asked for, and never ends in half a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 2, max: 50 }), (text, most) => {
      const cut = cutText(text, most);
      expect(cut.length).toBeLessThanOrEqual(most);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut === text || cut.endsWith('…')).toBe(true);
    }),
  );
});

it('leaves a text alone that is short enough', () => {
  expect(cutText('😀😀', 4)).toBe('😀😀');
  expect(cutText('😀😀', 3)).toBe('😀…');
});
