import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endSentence, oneLine } from '../../src/policy/one-line.ts';

describe('free text of a user, within a sentence of ours', () => {
  it.each([
    ['Incident 42', 'Incident 42'],
    ['  Incident 42\n', 'Incident 42'],
    ['Refunds fail,\r\nso nobody\tlooks.\n', 'Refunds fail, so nobody looks.'],
    ['Incident 42\n\nAsk #payments', 'Incident 42. Ask #payments'],
    ['Ask one of:\n\n- ann\n- bob', 'Ask one of: - ann - bob'],
    ['\u001b[31mred\u001b[0m\u0007 alert\u0000', 'red alert'],
    ['one\u2028two\u2029three\u0085four', 'one two three four'],
    ['pay\u202etnem\u202c', 'paytnem'],
    ['👩‍🚒 is on call', '👩‍🚒 is on call'],
    ['\n\u0000\n', ''],
  ])('%j is shown as %j', (text, want) => {
    expect(oneLine(text)).toBe(want);
  });

  it('has neither line breaks nor control characters, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = oneLine(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(oneLine(shown)).toBe(shown);
      }),
    );
  });
});

it.each([
  ['Incident 42', 'Incident 42.'],
  ['Incident 42.', 'Incident 42.'],
  ['Not now!', 'Not now!'],
  ['Incident 42 (ask #payments.)', 'Incident 42 (ask #payments.)'],
  ['later…', 'later…'],
])('a sentence has one end: %j becomes %j', (text, want) => {
  expect(endSentence(text)).toBe(want);
});
