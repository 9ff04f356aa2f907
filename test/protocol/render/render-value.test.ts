import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderValue } from '../../../src/protocol/render/render-value.ts';
import type { CapturedValue } from '../../../src/protocol/value.ts';
import { captureValue } from '../../../src/runtime/node/application/capture/capture.ts';

const limits = { depth: 3, fields: 3, items: 2, stringLength: 10, bytes: 100_000 };
class Order {
  id = 7;
  items = [{ price: 60 }, { price: 50 }, { price: 1 }, { price: 2 }];
  password = 'secret';
}
const circular: Record<string, unknown> = { id: 1 };
circular.self = circular;

describe('a value in one line', () => {
  const cases: [unknown, string][] = [
    [new Order(), 'Order {id: 7, items: [{price: 60}, {price: 50}, …2 more], password: <redacted>}'],
    [{}, '{}'],
    [[], '[]'],
    ['it\'s "x"\n', "'it\\'s \"x\"\\n'"],
    ['x'.repeat(50), "'xxxxxxxxxx…'"],
    [12n, '12n'],
    [null, 'null'],
    [undefined, 'undefined'],
    [-0, '-0'],
    [{ a: { b: { c: { d: 1 } } } }, '{a: {b: {c: {…}}}}'],
    [[[[[1]]]], '[[[Array(1) […]]]]'],
    [{ a: 1, b: 2, c: 3, d: 4 }, '{a: 1, b: 2, c: 3, …1 more}'],
    [{ 'a-b': 1 }, "{'a-b': 1}"],
    [circular, '{id: 1, self: <circular Object>}'],
    [
      new Map([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]),
      "Map(3) {'a' => 1, 'b' => 2, …1 more}",
    ],
    [new Set([1]), 'Set(1) {1}'],
    [new Uint8Array(3), 'Uint8Array(3) [0, 0, …1 more]'],
    [Buffer.from('abc'), 'Buffer(3) <6162…>'],
    [Object.assign(new RangeError('boom'), { code: 1 }), 'RangeError: boom {code: 1}'],
    [new Error(''), 'Error'],
    [function place() {}, '<function place>'],
    [() => 1, '<function>'],
    [new Proxy({}, {}), '<proxy>'],
    [Object.create(null), '[null prototype] {}'],
    [
      {
        get a() {
          return 1;
        },
      },
      '{a: <getter>}',
    ],
    [Symbol('x'), 'Symbol(x)'],
    [new Number(3), 'Number {3}'],
    [Object.assign(new Array(3), { 0: 1 }), '[1, <empty>, …1 more]'],
    [Promise.resolve(), 'Promise'],
  ];
  it.each(cases)('%o is %s', (value, want) => {
    expect(renderValue(captureValue(value, limits), 500)).toBe(want);
  });

  it('what was not captured says why', () => {
    expect(renderValue({ type: 'object', notCaptured: 'time' }, 99)).toBe('<not captured: out of time>');
    expect(renderValue({ type: 'array', size: 9, items: [{ type: 'null' }], notCaptured: 'bytes' }, 99)).toBe(
      '[null, …8 more: out of bytes]',
    );
  });

  it('never is longer than asked for, and never half a character', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '😀', '"', '\n') });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (value, maxLength) => {
        const captured: CapturedValue = { type: 'array', items: [{ type: 'string', text: value }] };
        const line = renderValue(captured, maxLength);
        expect(line.length).toBeLessThanOrEqual(maxLength);
        expect(line.isWellFormed()).toBe(true);
      }),
    );
  });
});
