import { describe, expect, it } from 'vitest';
import { nameOfExpression } from '../../src/language/javascript/expression-name.ts';
import type { CapturedValue } from '../../src/protocol/value.ts';
import { Redactor } from '../../src/redaction/redactor.ts';

const hiding = (...patterns: string[]) =>
  new Redactor(nameOfExpression, { mode: 'Default', replacement: 'Remove', patterns });
const string = (text: string): CapturedValue => ({ type: 'string', text });

describe('patterns of a probe and its policies', () => {
  const redactor = hiding('\\bEMP-\\d{4,}\\b', '(?i)project zeus');

  it('hide what they are for in texts, short ones too, in keys, numbers, lists of characters, and across parts of a message', () => {
    expect(redactor.begin().text('by EMP-1234 of PROJECT Zeus')).toBe('by <redacted> of <redacted>');
    expect(redactor.begin().text('EMP-1234')).toBe('<redacted>');
    expect(redactor.begin().message(['by EMP-', '12', '34', ' today'])).toBe('by <redacted> today');
    const value: CapturedValue = {
      type: 'object',
      fields: [
        { name: 'EMP-1234', value: { type: 'array', size: 8, items: [...'EMP-1234'].map(string) } },
        { name: 'text', value: string('EMP-12 is none') },
      ],
    };
    expect(redactor.begin().value(value, undefined)).toEqual({
      type: 'object',
      fields: [
        { name: '<redacted>', value: { type: 'array', notCaptured: 'redacted' } },
        { name: 'text', value: string('EMP-12 is none') },
      ],
    });
    expect(hiding('^4711$').begin().value({ type: 'number', text: '4711' }, undefined).text).toBe('<redacted>');
  });

  it('hide the beginning of what was cut off', () => {
    const cut = { type: 'string', text: 'by EMP-12', size: 40, notCaptured: 'length' as const };
    expect(redactor.begin().value(cut, undefined).text).toBe('by <redacted>');
  });

  it('hide pieces that an expression has cut out of it', () => {
    const cuts = { texts: ['by EMP-123456 today'], isFine: false };
    expect(redactor.begin().expression('note.slice(7, 12)', string('12345'), cuts).text).toBe('<redacted>');
  });

  it('that cannot be read hide everything', () => {
    expect(hiding('(unclosed').begin().text('anything')).toMatch(/^<not shown: /);
    expect(hiding('(unclosed').begin().value(string('anything'), undefined).text).toMatch(/^<not shown: /);
  });

  it('that take long are searched for in less text, and what was not searched is hidden', () => {
    const slow = hiding(...Array.from({ length: 20 }, (_, index) => `${'[a-f]{200}'.repeat(4)}${index}`));
    const text = 'x'.repeat(2_000);
    expect(slow.begin().text(text)).toMatch(/^<not shown: /);
    expect(slow.begin().text('short')).toBe('short');
  });
});
