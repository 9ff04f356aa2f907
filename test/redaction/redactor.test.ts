import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameOfExpression } from '../../src/language/javascript/expression-name.ts';
import type { CapturedValue } from '../../src/protocol/value.ts';
import { MARGIN } from '../../src/redaction/raw-value.ts';
import { Redactor } from '../../src/redaction/redactor.ts';

const string = (text: string): CapturedValue => ({ type: 'string', text });
const CARD = '4111111111111111';

describe('a captured value', () => {
  const redactor = new Redactor(nameOfExpression);

  test('loses secrets in texts, keys, class names, lists of characters and bytes', () => {
    const value: CapturedValue = {
      type: 'object',
      className: `Card${CARD}`,
      fields: [
        { name: `of ${CARD}`, value: string(`paid with ${CARD}`) },
        { name: 'characters', value: { type: 'array', size: 16, items: [...CARD].map(string) } },
        { name: 'bytes', value: { type: 'buffer', size: 16, text: Buffer.from(CARD).toString('hex') } },
        { name: 'map', value: { type: 'map', entries: [[string('pin'), string('1234')]] } },
        { name: 'number', value: { type: 'number', text: CARD } },
      ],
    };
    const want: CapturedValue = {
      type: 'object',
      className: 'Card<redacted>',
      fields: [
        { name: 'of <redacted>', value: string('paid with <redacted>') },
        { name: 'characters', value: { type: 'array', notCaptured: 'redacted' } },
        { name: 'bytes', value: { type: 'buffer', notCaptured: 'redacted' } },
        {
          name: 'map',
          value: { type: 'map', entries: [[string('pin'), { type: 'string', notCaptured: 'redacted' }]] },
        },
        { name: 'number', value: { type: 'number', text: '<redacted>' } },
      ],
    };
    expect(redactor.value(value, undefined)).toEqual(want);
  });

  test('is cut only after its secrets are found', () => {
    const text = `${'x '.repeat(20)}${CARD}${'y'.repeat(300)}`;
    const raw = {
      type: 'string',
      text: text.slice(0, 45 + MARGIN),
      size: text.length,
      shown: 45,
      notCaptured: 'length' as const,
    };
    expect(redactor.value(raw, undefined)).toEqual({
      type: 'string',
      text: `${'x '.repeat(20)}<redacted>`,
      size: text.length,
      notCaptured: 'length',
    });
  });

  test('of more text than can be looked at is hidden', () => {
    const long = string('x'.repeat(1_500_000));
    const { items } = redactor.begin().value({ type: 'array', items: [long, long] }, undefined);
    expect(items?.map(({ text }) => text?.length)).toEqual([
      1_500_000,
      '<not shown: more text than can be searched for secrets>'.length,
    ]);
  });

  test('that nothing is wrong with stays as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'abc xyz.,') })), (texts) => {
        const value: CapturedValue = { type: 'array', size: texts.length, items: texts.map(string) };
        expect(redactor.begin().value(value, undefined)).toEqual(value);
      }),
    );
  });
});

describe('AllowList', () => {
  const redactor = new Redactor(nameOfExpression, {
    mode: 'AllowList',
    allow: ['id', 'items', 'password'],
    replacement: 'Remove',
  });
  const hidden = { type: 'string', notCaptured: 'redacted' };

  test('shows the structure of an object, and the values of what is allowed', () => {
    const value: CapturedValue = {
      type: 'object',
      fields: [
        { name: 'id', value: { type: 'number', text: '7' } },
        { name: 'city', value: string('Oslo') },
        { name: 'items', value: { type: 'array', items: [string('a')] } },
        { name: 'error', value: { type: 'error', className: 'TypeError', text: 'no city Oslo' } },
        { name: 'map', value: { type: 'map', entries: [[string('ann'), string('b')]] } },
        { name: 'gone', value: { type: 'undefined' } },
      ],
    };
    expect(redactor.begin().expression('order', value).fields).toEqual([
      { name: 'id', value: { type: 'number', text: '7' } },
      { name: 'city', value: hidden },
      { name: 'items', value: { type: 'array', items: [string('a')] } },
      { name: 'error', value: { type: 'error', className: 'TypeError', text: undefined } },
      { name: 'map', value: { type: 'map', entries: [[hidden, hidden]] } },
      { name: 'gone', value: { type: 'undefined' } },
    ]);
  });

  test.each(['order.id + 1', '[order.id]', '({ id: order.city })', 'order.city', 'order.password', 'f(order).id'])(
    'hides %s',
    (source) => {
      expect(redactor.expression(source, string('x'))).toEqual(hidden);
      expect(redactor.plainText(source, string('x'))).toBeUndefined();
    },
  );

  test.each(['id', 'order.id', 'order?.id', 'this.id', 'order["id"]', 'order.items[0]'])('shows %s', (source) => {
    expect(redactor.expression(source, string('x'))).toEqual(string('x'));
  });

  test('says of an exception only its class', () => {
    expect(redactor.failure('RangeError: no order 7', 255)).toBe('RangeError');
    expect(redactor.failure('no order 7', 255)).toBe('Error');
    expect(redactor.remark('the condition: RangeError: no order 7')).toBe('the condition: RangeError');
    expect(redactor.failure('SideEffectRefused: save changes the program', 255)).toMatch('save changes');
  });

  test.each([
    ["TypeError: Cannot read properties of null (reading 'Grace Hopper')", 'TypeError: Cannot read properties of null'],
    ['TypeError: Cannot read properties of undefined', 'TypeError: Cannot read properties of undefined'],
    ['TypeError: Cannot read Grace Hopper', 'TypeError'],
    ['TypeError: order.pick is not a function', 'TypeError: what is called is not a function'],
    ['TypeError: Grace Hopper is not welcome', 'TypeError'],
    ['ReferenceError: Grace is not defined', 'ReferenceError: a name is not defined'],
    ['TypeError: Grace is not iterable', 'TypeError: what is spread or taken apart is not iterable'],
  ])('says of %s nothing that may be a value', (text, wantText) => {
    expect(redactor.failure(text, 255)).toBe(wantText);
    expect(redactor.remark(`the condition: ${text}`)).toBe(`the condition: ${wantText}`);
  });
});

describe('in the place of a hidden value stands', () => {
  const raw = { ...string('hunter2'), notCaptured: 'redacted' as const };
  const other = { ...string('hunter3'), notCaptured: 'redacted' as const };

  test('nothing but that it is hidden', () => {
    expect(new Redactor(nameOfExpression).value(raw, 'password')).toEqual({ type: 'string', notCaptured: 'redacted' });
    expect(new Redactor(nameOfExpression).text(`card ${CARD}`)).toBe('card <redacted>');
  });

  test('its length, with Mask', () => {
    const redactor = new Redactor(nameOfExpression, { mode: 'Default', replacement: 'Mask' });
    expect(redactor.value(raw, 'password').text).toBe('7 characters');
    expect(redactor.text(`card ${CARD}`)).toBe('card <redacted:16 characters>');
  });

  test('a hash that equal values share within a probe, with Hash', () => {
    const hash = (key: string, value: CapturedValue) =>
      new Redactor(nameOfExpression, { mode: 'Default', replacement: 'Hash', key }).value(value, 'password').text;
    expect(hash('a', raw)).toMatch(/^#[0-9a-f]{12}$/);
    expect(hash('a', raw)).toBe(hash('a', { ...raw }));
    expect(hash('a', raw)).not.toBe(hash('a', other));
    expect(hash('a', raw)).not.toBe(hash('b', raw));
  });

  test('no hash without a key', () => {
    const redactor = new Redactor(nameOfExpression, { mode: 'Default', replacement: 'Hash' });
    expect(redactor.value(raw, 'password')).toEqual({ type: 'string', notCaptured: 'redacted' });
  });
});

test('the parts of a message are looked at together and alone', () => {
  const redactor = new Redactor(nameOfExpression);
  expect(redactor.message(['4111 1111', ' 1111 1111'])).toBe('<redacted>');
  expect(redactor.message([CARD, '7'])).toBe('<redacted>7');
  expect(redactor.message(['pin=', '1234', ' ok'])).toBe('pin=<redacted> ok');
});

test.each([
  ['order', 'order'],
  ['order.total', 'total'],
  ['(order)?.items[3]', 'items'],
  ['this', 'this'],
  ['order.total()', undefined],
  ['order[key]', undefined],
  ['1', undefined],
  ['(', undefined],
])('the name of %s is %s', (source, want) => {
  expect(nameOfExpression(source)).toBe(want);
});
