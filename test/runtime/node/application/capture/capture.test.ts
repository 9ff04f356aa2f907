import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CapturedValue, capturedValueSchema } from '../../../../../src/protocol/value.ts';
import {
  type CaptureLimits,
  Capturing,
  captureValue,
  captureVariables,
} from '../../../../../src/runtime/node/application/capture/capture.ts';
import { GETTER, PROXY, REDACTED } from '../../../../../src/runtime/node/application/guard/guard.ts';

const wide: CaptureLimits = {
  depth: 5,
  fields: 50,
  items: 50,
  stringLength: 255,
  bytes: 1_000_000,
};
const capture = (value: unknown, limits: Partial<CaptureLimits> = {}) => captureValue(value, { ...wide, ...limits });

class Order {
  id = 7;
  #hidden = 1;
  get total(): number {
    throw new Error(`the getter ran ${this.#hidden}`);
  }
}
class PaymentError extends Error {
  code = 'E_DECLINED';
}

describe('a value of each kind', () => {
  const cases: [string, unknown, object][] = [
    ['text', 'lamp', { type: 'string', text: 'lamp' }],
    ['a number', 1.5, { type: 'number', text: '1.5' }],
    ['minus zero', -0, { type: 'number', text: '-0' }],
    ['not a number', Number.NaN, { type: 'number', text: 'NaN' }],
    ['a big number', 12n, { type: 'bigint', text: '12' }],
    ['a huge number', 2n ** 5000n, { type: 'bigint', notCaptured: 'length' }],
    ['true', true, { type: 'boolean', text: 'true' }],
    ['undefined', undefined, { type: 'undefined' }],
    ['null', null, { type: 'null' }],
    ['a symbol', Symbol('place'), { type: 'symbol', text: 'Symbol(place)' }],
    ['a plain object', { a: 1 }, { type: 'object', fields: [{ name: 'a', value: { type: 'number', text: '1' } }] }],
    ['an object of a class', new Order(), { type: 'object', className: 'Order', fields: [{ name: 'id' }] }],
    ['an object without prototype', Object.create(null), { type: 'object', className: 'null prototype', fields: [] }],
    ['an array', [1, 'a'], { type: 'array', size: 2, items: [{ text: '1' }, { text: 'a' }] }],
    ['a Map', new Map([['a', 1]]), { type: 'map', size: 1, entries: [[{ text: 'a' }, { text: '1' }]] }],
    ['a Set', new Set([1]), { type: 'set', size: 1, items: [{ text: '1' }] }],
    ['a Date', new Date(0), { type: 'date', text: '1970-01-01T00:00:00.000Z' }],
    ['an invalid Date', new Date(Number.NaN), { type: 'date', text: 'Invalid Date' }],
    ['a regular expression', /a\/b/gi, { type: 'regexp', text: '/a\\/b/gi' }],
    ['a Buffer', Buffer.from('hi'), { type: 'buffer', size: 2, text: '6869' }],
    ['a typed array', new Float32Array([1.5]), { type: 'typedarray', className: 'Float32Array', size: 1 }],
    ['an ArrayBuffer', new ArrayBuffer(8), { type: 'arraybuffer', size: 8 }],
    ['a shared buffer', new SharedArrayBuffer(4), { className: 'SharedArrayBuffer', size: 4 }],
    ['a promise', Promise.resolve(1), { type: 'promise' }],
    ['a WeakMap', new WeakMap(), { type: 'weakref', className: 'WeakMap' }],
    ['a function', function place() {}, { type: 'function', text: 'place' }],
    ['a class', Order, { type: 'function', text: 'Order' }],
    ['a boxed text', new String('a'), { type: 'string', text: 'a', className: 'String' }],
    ['a boxed number', Object(3), { type: 'number', text: '3', className: 'Number' }],
    ['a Proxy', new Proxy({ a: 1 }, {}), { type: 'proxy', notCaptured: 'proxy' }],
    ['a Proxy of a function', new Proxy(() => 1, {}), { type: 'proxy', notCaptured: 'proxy' }],
    ['a generator', (function* () {})(), { className: 'Generator', notCaptured: 'unavailable' }],
    ['a getter that was met', GETTER, { type: 'getter', notCaptured: 'getter' }],
    ['a Proxy that was met', PROXY, { type: 'proxy', notCaptured: 'proxy' }],
    ['a redacted value that was met', REDACTED, { notCaptured: 'redacted' }],
    [
      'an error with its cause',
      new PaymentError('declined', { cause: new TypeError('no card') }),
      {
        type: 'error',
        className: 'PaymentError',
        text: 'declined',
        fields: [
          { name: 'cause', value: { type: 'error', className: 'TypeError', text: 'no card' } },
          { name: 'code', value: { text: 'E_DECLINED' } },
        ],
      },
    ],
    [
      'an error with a name of its own, which a minifier leaves as it is',
      Object.assign(new PaymentError('late'), { name: 'PaymentLate' }),
      { type: 'error', className: 'PaymentLate', text: 'late' },
    ],
    [
      'an error whose name says less than its class',
      Object.assign(new PaymentError('late'), { name: 'Error' }),
      { type: 'error', className: 'PaymentError' },
    ],
    [
      'an error whose name is a getter',
      Object.defineProperty(new PaymentError('late'), 'name', { get: () => 'ran' }),
      { type: 'error', className: 'PaymentError' },
    ],
    [
      'holes in an array',
      Object.assign(new Array(4), { 0: 1, 3: 2 }),
      { items: [{ text: '1' }, { type: 'empty', size: 2 }, { text: '2' }] },
    ],
    [
      'arguments',
      (function list(..._: number[]) {
        // biome-ignore lint/complexity/noArguments: the object itself is captured
        return arguments;
      })(5),
      { type: 'object', fields: [{ name: '0', value: { text: '5' } }] },
    ],
  ];
  it.each(cases)('%s', (_, value, want) => {
    const captured = capture(value);
    expect(captured).toMatchObject(want);
    expect(capturedValueSchema.parse(captured)).toEqual(captured);
  });

  it('an object that contains itself', () => {
    const order: Record<string, unknown> = { id: 1 };
    order.self = order;
    order.list = [order];
    expect(capture(order).fields).toMatchObject([
      { name: 'id' },
      { name: 'self', value: { notCaptured: 'circular' } },
      { name: 'list', value: { items: [{ notCaptured: 'circular' }] } },
    ]);
  });

  it('the same object twice is shown twice', () => {
    const item = { a: 1 };
    expect(capture([item, item]).items).toMatchObject([{ fields: [{}] }, { fields: [{}] }]);
  });
});

describe('nothing of the application runs', () => {
  it('neither getters, Proxies, iterators, conversions nor formatters of stacks', () => {
    const ran: string[] = [];
    const trip = (name: string) => (): never => {
      ran.push(name);
      throw new Error(name);
    };
    const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, trip(trap)]));
    class Sly extends Map<unknown, unknown> {
      override entries = trip('entries');
      override get size() {
        return trip('size')();
      }
      static override get [Symbol.species]() {
        return trip('species')();
      }
      static override get name() {
        return trip('name')();
      }
      override get [Symbol.toStringTag]() {
        return trip('toStringTag')();
      }
    }
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = trip('prepareStackTrace');
    const failure = new Error('boom');
    const value = {
      get total() {
        return trip('getter')();
      },
      toJSON: trip('toJSON'),
      toString: trip('toString'),
      [Symbol.toPrimitive]: trip('toPrimitive'),
      [Symbol.iterator]: trip('iterator'),
      [Symbol.for('nodejs.util.inspect.custom')]: trip('inspect'),
      proxy: new Proxy({}, traps),
      inherits: Object.create(new Proxy({}, traps)),
      sly: new Sly().set(1, 2),
      list: Object.defineProperty([1], Symbol.iterator, { value: trip('iterator') }),
      failure,
    };
    try {
      const captured = capture(value);
      expect(ran).toEqual([]);
      const found = Object.fromEntries((captured.fields ?? []).map((field) => [field.name, field.value]));
      expect(found.total).toEqual({ type: 'getter', notCaptured: 'getter' });
      expect(found.proxy?.notCaptured).toBe('proxy');
      expect(found.sly).toMatchObject({ type: 'map', size: 1, entries: [[{ text: '1' }, { text: '2' }]] });
      expect(found.failure).toMatchObject({ type: 'error', text: 'boom' });
    } finally {
      Error.prepareStackTrace = before;
    }
  });

  it('the stack of an error is shown when nobody else makes it', () => {
    const before = Error.prepareStackTrace;
    Reflect.deleteProperty(Error, 'prepareStackTrace');
    try {
      expect(capture(new Error('boom')).fields?.[0]).toMatchObject({
        name: 'stack',
        value: { text: expect.stringMatching(/^Error: boom\n {4}at /) },
      });
    } finally {
      Error.prepareStackTrace = before;
    }
  });
});

describe('redaction by name', () => {
  it('hides fields, entries, variables and symbols, wherever they are', () => {
    const secret = 'hunter2';
    const value = {
      user: { name: 'Ada', password: secret, deep: [{ apiKey: secret }] },
      headers: new Map([['Authorization', secret]]),
      [Symbol('token')]: secret,
      error: Object.assign(new Error('x'), { accessToken: secret }),
    };
    const text = JSON.stringify([capture(value), captureVariables({ dbPassword: { a: secret } }, wide)]);
    expect(text).toContain('Ada');
    expect(text).not.toContain(secret);
    expect(captureValue(secret, wide, 'token')).toEqual({ type: 'string', notCaptured: 'redacted' });
  });
});

describe('limits', () => {
  it('depth', () => {
    expect(capture({ a: { b: { c: 1 } } }, { depth: 2 })).toMatchObject({
      fields: [{ value: { fields: [{ value: { type: 'object', notCaptured: 'depth' } }] } }],
    });
    expect(capture({ a: 1 }, { depth: 0 })).toEqual({ type: 'object', notCaptured: 'depth' });
    expect(capture(new Date(0), { depth: 0 })).toMatchObject({ text: '1970-01-01T00:00:00.000Z' });
  });

  it('fields, with how many there are', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`f${index}`, index]));
    const captured = capture(many, { fields: 3 });
    expect(captured).toMatchObject({ size: 100, notCaptured: 'fields' });
    expect(captured.fields).toHaveLength(3);
  });

  it('items of arrays, Maps, Sets and typed arrays', () => {
    const list = Array.from({ length: 100 }, (_, index) => index);
    const map = new Map(list.map((item) => [item, item]));
    for (const value of [list, new Set(list), map, new Uint8Array(100)]) {
      const captured = capture(value, { items: 3 });
      expect(captured).toMatchObject({ size: 100, notCaptured: 'items' });
      expect(captured.items ?? captured.entries).toHaveLength(3);
    }
    expect(capture(Buffer.alloc(100)).text).toHaveLength(64);
  });

  it('an empty array of any length costs nothing', () => {
    expect(capture(new Array(4_000_000_000), { items: 10 })).toMatchObject({ items: [{ type: 'empty', size: 10 }] });
  });

  it('characters', () => {
    expect(capture('x'.repeat(1000), { stringLength: 4 })).toEqual({
      type: 'string',
      text: 'xxxx',
      size: 1000,
      notCaptured: 'length',
    });
  });

  it('time: after the deadline no object is looked at', () => {
    expect(capture({ a: 1 }, { deadline: { isLate: () => true } })).toEqual({ type: 'object', notCaptured: 'time' });
    expect(capture(7, { deadline: { isLate: () => true } })).toEqual({ type: 'number', text: '7' });
  });

  it('bytes, over everything', () => {
    const value = Array.from({ length: 50 }, () => ({ text: 'x'.repeat(200), more: [1, 2, 3] }));
    const captured = capture(value, { bytes: 2000 });
    expect(JSON.stringify(captured).length).toBeLessThan(6000);
    expect(JSON.stringify(captured)).toContain('"notCaptured":"bytes"');
  });

  it('one huge variable does not hide the others', () => {
    const huge = Array.from({ length: 1000 }, () => 'x'.repeat(100));
    const variables = captureVariables({ huge, other: huge, id: 7 }, { ...wide, items: 1000, bytes: 10_000 });
    expect(variables.map(({ value }) => value.notCaptured)).toEqual(['bytes', 'bytes', undefined]);
    expect(variables[1]?.value.items?.length).toBeGreaterThan(5);
    expect(variables[2]?.value.text).toBe('7');
  });

  it('whatever the value, the result is within them and of the wire’s shape', () => {
    const limits = fc.record({
      depth: fc.nat(3),
      fields: fc.nat(5),
      items: fc.nat(5),
      stringLength: fc.nat(20),
      bytes: fc.nat(3000),
    });
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
      withObjectString: true,
    });
    const within = (value: CapturedValue, { depth, fields, items }: CaptureLimits, level: number): void => {
      expect(level).toBeLessThanOrEqual(depth);
      expect(value.fields?.length ?? 0).toBeLessThanOrEqual(fields);
      expect((value.items ?? value.entries)?.length ?? 0).toBeLessThanOrEqual(items);
      const inner = [
        ...(value.fields ?? []).map((field) => field.value),
        ...(value.items ?? []),
        ...(value.entries ?? []).flat(),
      ];
      for (const one of inner) within(one, { depth, fields, items } as CaptureLimits, level + 1);
    };
    fc.assert(
      fc.property(anything, limits, (value, chosen) => {
        const captured = captureValue(value, chosen);
        expect(capturedValueSchema.parse(captured)).toEqual(captured);
        within(captured, chosen, 0);
        expect(JSON.stringify(captured).length).toBeLessThan(chosen.bytes * 6 + 2000);
      }),
      { numRuns: 300 },
    );
  });
});

describe('variables of several frames', () => {
  const limits = {
    depth: 3,
    fields: 20,
    items: 20,
    stringLength: 255,
    bytes: 65_536,
  };

  const capturing = (changes: Partial<CaptureLimits> = {}) => new Capturing({ ...limits, ...changes });

  it('an object that several have is looked at once', () => {
    const order = { id: 7, items: [1, 2, 3] };
    const all = capturing();
    const [first] = all.variables({ order });
    const [again] = all.variables({ again: order });
    all.finish();
    expect(first?.value.fields).toHaveLength(2);
    expect(again?.value).toBe(first?.value);
  });

  it('an object counts for the limit on bytes each time that it is shown', () => {
    const order = { id: 1, list: [1, 2, 3, 4, 5, 6] };
    const once = capturing({ bytes: 600 });
    const [alone] = once.variables({ order });
    once.finish();
    expect(JSON.stringify(alone)).not.toContain('"bytes"');
    const often = capturing({ bytes: 600 });
    const [first] = often.variables({ order, a: order, b: order });
    often.finish();
    expect(JSON.stringify(first)).toContain('"bytes"');
  });

  it('a text behind a redacted name in one frame is hidden under another name in all', () => {
    const all = capturing();
    const scopes = [{ value: 'correct horse' }, { password: 'correct horse' }];
    for (const scope of scopes) all.hide(scope);
    const captured = scopes.map((scope) => all.variables(scope));
    all.finish();
    expect(JSON.stringify(captured)).not.toContain('horse');
  });
});

describe('breadth first', () => {
  const limits = {
    depth: 6,
    fields: 100,
    items: 1000,
    stringLength: 5000,
    bytes: 20_000,
  };
  const huge = Array.from({ length: 100 }, (_, id) => ({ id, inner: { text: 'x'.repeat(100), more: [{ id }] } }));
  const small = { payload: { ppm: { value: 5000 } } };

  it('a small value is whole, at any depth, wherever it stands beside large ones', () => {
    const want = captureValue(small, limits);
    for (const scope of [
      { huge, small },
      { small, huge },
      { a: huge, b: [...huge], small, c: { huge } },
    ]) {
      const captured = captureVariables(scope, limits);
      expect(captured.find(({ name }) => name === 'small')?.value).toEqual(want);
      for (const { name, value } of captured) if (name !== 'small') expect(JSON.stringify(value)).toContain('"bytes"');
    }
  });

  it('a long text is cut to what is left, after everything that is small', () => {
    const captured = captureVariables(
      { text: 'x'.repeat(5000), other: 'y'.repeat(5000), id: 7 },
      { ...limits, bytes: 1000 },
    );
    expect(captured[2]?.value).toEqual({ type: 'number', text: '7' });
    for (const { value } of captured.slice(0, 2)) {
      expect(value).toMatchObject({ size: 5000, notCaptured: 'length' });
      expect(value.text?.length).toBeGreaterThan(300);
    }
  });

  it('when the time is over early, every variable is there from outside and says that it was the time', () => {
    const captured = captureVariables(
      { huge, small, id: 7, text: 'x'.repeat(300) },
      { ...limits, deadline: { isLate: () => true } },
    );
    expect(captured.map(({ value }) => value.notCaptured)).toEqual(['time', 'time', undefined, undefined]);
    expect(captured[3]?.value.text).toHaveLength(300);
  });

  it('what was asked for by name comes first, however large it is', () => {
    const all = new Capturing({ ...limits, bytes: 3000 });
    const [first, chosen] = all.variables({ first: { id: 1, list: [1, 2] }, chosen: huge.slice(0, 3) }, ['chosen']);
    all.finish();
    expect(chosen?.value.items).toHaveLength(3);
    expect(first?.value.fields).toHaveLength(2);
  });

  it('of any variables small ones are never missing because of others', () => {
    const anything = fc.dictionary(
      fc.string({ maxLength: 10 }),
      fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true }),
      { maxKeys: 10 },
    );
    fc.assert(
      fc.property(anything, fc.boolean(), (others, isLast) => {
        const rest = { ...others, large: huge };
        const scope = isLast ? { ...rest, tiny: { id: 1 } } : { tiny: { id: 1 }, ...rest };
        const captured = captureVariables(scope, { ...limits, bytes: 8000 });
        const want = { type: 'object', fields: [{ name: 'id', value: { type: 'number', text: '1' } }] };
        expect(captured.find(({ name }) => name === 'tiny')?.value).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });
});
