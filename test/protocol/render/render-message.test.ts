import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMessageValue } from '../../../src/protocol/render/render-message.ts';
import { captureValue } from '../../../src/runtime/node/application/capture/capture.ts';

const limits = { depth: 3, fields: 3, items: 2, stringLength: 10, bytes: 100_000 };
class Order {
  id = 7;
  items = [{ price: 60 }, { price: 50 }, { price: 1 }, { price: 2 }];
  password = 'secret';
}
const circular: Record<string, unknown> = { id: 1 };
circular.self = circular;

describe('a value in a message', () => {
  const cases: [unknown, string][] = [
    ['it"s', 'it"s'],
    ['a text that is long', 'a text tha…'],
    [7.5, '7.5'],
    [12n, '12n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new TypeError('no lamp'), 'TypeError: no lamp'],
    [Object.assign(new Error('no lamp'), { code: 5 }), 'Error: no lamp'],
    [function total() {}, '<function total>'],
    [() => 1, '<function>'],
    [Symbol('s'), 'Symbol(s)'],
    [/a+/g, '/a+/g'],
    [new Proxy({}, {}), '<proxy>'],
    [new Order(), '{"id":7,"items":[{"price":60},{"price":50},"…2 more"],"password":"<redacted>"}'],
    [{}, '{}'],
    [[], '[]'],
    [{ a: 'b"c', d: undefined, e: null }, '{"a":"b\\"c","d":"<undefined>","e":null}'],
    [{ a: 1, b: 2, c: 3, d: 4 }, '{"a":1,"b":2,"c":3,"…":"1 more"}'],
    [{ a: 1n, b: Number.NaN, c: true }, '{"a":"1n","b":"NaN","c":true}'],
    [
      { a: new Date(0), b: new RangeError('x'), c: () => 1 },
      '{"a":"1970-01-01T00:00:00.000Z","b":"RangeError: x","c":"<function c>"}',
    ],
    [new Map([['lamp', 60]]), '{"lamp":60}'],
    [new Map([[1, 'a']]), '[[1,"a"]]'],
    [new Set([1, 2, 3]), '[1,2,"…1 more"]'],
    [new Uint8Array([1, 2, 3]), '[1,2,"…1 more"]'],
    [{ a: { b: { c: { d: 1 }, e: [1] } } }, '{"a":{"b":{"c":"{…}","e":"[…]"}}}'],
    [circular, '{"id":1,"self":"<circular object>"}'],
    [
      {
        get a() {
          return 1;
        },
      },
      '{"a":"<getter>"}',
    ],
  ];

  it.each(cases.map(([value, want]) => ({ want, value })))('is $want', ({ value, want }) => {
    expect(renderMessageValue(captureValue(value, limits), 1000)).toBe(want);
  });

  it('is JSON that says the same, as long as nothing is cut', () => {
    const all = { ...limits, depth: 10, fields: 100, items: 100, stringLength: 1000 };
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.stringMatching(/^[a-f]{1,3}$/), tie('tree'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 3 }), (value) => {
        const text = renderMessageValue(captureValue(value, all), 1_000_000);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('never is longer than asked for, and never half a character', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '😀', '"', '\n') });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (value, maxLength) => {
        const line = renderMessageValue({ type: 'array', items: [{ type: 'string', text: value }] }, maxLength);
        expect(line.length).toBeLessThanOrEqual(maxLength);
        expect(line.isWellFormed()).toBe(true);
      }),
    );
  });
});
