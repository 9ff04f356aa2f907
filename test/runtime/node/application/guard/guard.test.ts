// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions are text here
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EvaluationTimeout,
  GETTER,
  NeedsPause,
  PROXY,
  REDACTED,
  SideEffectRefused,
} from '../../../../../src/runtime/node/application/guard/guard.ts';
import { evaluate, outcome } from '../probe/evaluate.ts';

const order = {
  id: 7,
  items: [
    { price: 60, name: 'lamp' },
    { price: 50, name: 'oil' },
  ],
  customer: { name: 'Ada', email: 'ada@example.com', password: 'secret' },
  tags: new Set(['new', 'gift']),
  prices: new Map([['lamp', 60]]),
  placed: new Date(0),
  note: undefined as string | undefined,
  big: 12n,
};
const scope = { order, index: 1, text: 'a,b,c', list: [3, 1, 2], nothing: null };

/** Native evaluation of the same source: what a guarded one has to give. */
function native(source: string, variables: Readonly<Record<string, unknown>>): unknown {
  const names = Object.keys(variables);
  return new Function(...names, `return (${source})`)(...names.map((name) => variables[name]));
}

describe('an expression gives what JavaScript gives', () => {
  const sources = [
    'order.id',
    'order.items[index].price * 2',
    'order["id"] + 1',
    'order.items.length',
    'order.missing',
    'order.note?.length',
    'order?.missing?.deep.deeper()',
    'order.missing?.[index].x',
    'order.note ?? "none"',
    'nothing?.x',
    'nothing?.[0]',
    'order.missing?.(1)',
    'order.items.map((item) => item.price)',
    'order.items.map(({ price, name = "?" }) => `${name}:${price}`).join("; ")',
    'order.items.filter((item) => item.price > 55).length',
    'order.items.reduce((sum, item) => sum + item.price, 0)',
    'order.items.some((item) => item.name === "oil") && !order.note',
    'order.items.every(({ price }) => price > 0)',
    'order.items.find((item) => item.price < 55).name',
    'order.items.findIndex((item) => item.price < 55)',
    'order.items.findLast((item) => item.price)',
    'order.items.flatMap((item) => [item.price, item.name])',
    '[[1, [2]], 3].flat()',
    '[[1, [2]], 3].flat(2)',
    'list.slice(-2)',
    'list.slice(1, 2)',
    'list.at(-1)',
    'list.includes(2)',
    '[NaN].includes(NaN)',
    'list.indexOf(1)',
    'list.lastIndexOf(9)',
    'list.concat([4], 5)',
    'list.join()',
    'list.toSorted()',
    '[10, 9, 1].sort()',
    '[10, 9, 1].sort((a, b) => a - b)',
    '[...list].reverse()',
    'list.reduceRight((text, item) => text + item, "")',
    '[1, 2].map((x, at) => [x, at])',
    '((...all) => all.length)(1, 2, 3)',
    '(([first, ...others]) => [first, others])([1, 2, 3])',
    '(({ a: { b = 4 } = {} }) => b)({})',
    '((a, b = a + 1) => a + b)(1)',
    'Math.max(...list, 9)',
    'Math.max(...list.map((x) => x * 2))',
    '[...order.tags]',
    '[...order.prices.keys()]',
    'order.prices.get("lamp")',
    'order.prices.size + order.tags.size',
    'order.prices.has("oil")',
    'order.tags.has("gift")',
    'Array.from(order.prices.entries())',
    'Array.from({ length: 3 }, (_, at) => at * at)',
    'Array.isArray(list)',
    'Object.keys(order.items[0])',
    'Object.entries(order.items[0])',
    'Object.fromEntries([["a", 1]])',
    '"id" in order',
    '"toString" in order',
    'order instanceof Object',
    'list instanceof Array',
    'order.placed instanceof Date',
    'typeof order.id',
    'typeof unknownName',
    'void 0',
    '-order.id',
    '~1',
    '!order.note',
    '+"3"',
    '2 ** 10',
    '7 % 4',
    '1 / 0',
    '5 >>> 1',
    'order.big * 2n',
    'order.big ** 3n',
    '-order.big',
    '1n < 2',
    '"b" > "a"',
    'null == undefined',
    '"1" == 1',
    '[1] == 1',
    '[1, 2] + ""',
    '({}) + ""',
    '`${[1, [2, 3]]}`',
    '`${order.placed.toISOString()}`',
    'order.placed - 0',
    '`${1}${"a"}`',
    'text.split(",")',
    'text.split(",", 2)',
    'text.split("")',
    'text.split("")',
    'text.split()',
    'text.toUpperCase()',
    'text.replace(",", "-")',
    'text.replaceAll(",", "<$&>")',
    'text.replace("b", (found, at) => found + at)',
    'text.replaceAll("", ".")',
    '"aaa".replaceAll("a", "$$")',
    'text.padStart(8, "*")',
    'text.repeat(2)',
    'text.slice(-1)',
    'text.indexOf("b")',
    'text.includes("b")',
    'text.startsWith("a") || text.endsWith("x")',
    '" x ".trim()',
    'text[0]',
    'text.length',
    'text.at(-1)',
    'text.charCodeAt(0)',
    '"abc"[5]',
    'order.id.toFixed(2)',
    '(255).toString(16)',
    'Number("12")',
    'Number.isInteger(3)',
    'parseInt("12px", 10)',
    'String(12)',
    'Boolean("")',
    'BigInt(3)',
    'Symbol("a").description',
    'Symbol().description',
    '`${String(Symbol(5))}`',
    'new Date(86400000).toISOString()',
    'new Date(2020, 1).getFullYear()',
    'order.placed.getTime()',
    'new Set([1, 1, 2]).size',
    'new Map([["a", 1]]).get("a")',
    'JSON.stringify(order.items)',
    'JSON.stringify(order.items, null, 2)',
    'JSON.stringify({ a: [undefined, NaN, new Date(0)], b: undefined, c: "q\\"" })',
    'JSON.parse("[1,{\\"a\\":2}]")',
    'encodeURIComponent("a b")',
    '[1, , 3].length',
    '({ a: 1, ["b" + 1]: 2, ...order.items[0] })',
    '(1, 2)',
    'order.id > 5 ? "big" : "small"',
    'Object.prototype.toString.call(list)',
    'list.hasOwnProperty(0)',
    'Object.hasOwn(order, "id")',
    'list.toString()',
    '(order.items)[0].price',
    '(order.items.at)(0)',
    '(order?.items).length',
    'order.prices.keys().next().value',
    'Math.hypot(3, 4)',
    'isNaN("x")',
    'Symbol.iterator.toString()',
    'Symbol.iterator.description',
  ];

  it.each(sources)('%s', (source) => {
    expect(evaluate(source, scope)).toEqual(native(source, scope));
  });

  it.each([
    'text.match(/[a-c]/g)',
    'text.match(/(?<first>a),(b)/).groups.first',
    '/b/.test(text)',
    '/(b)/.exec(text)[1]',
    'text.replace(/([a-c]),/g, "$1;")',
    'text.replace(/(?<letter>b)/, "<$<letter>>")',
    'text.replaceAll(/,/g, (found) => found + found)',
    'text.split(/,/)',
    'text.split(/(,)/)',
    '"abc".split(/(?:)/)',
    'text.search(/b/)',
    '[...text.matchAll(/[a-c]/g)].map((match) => match.index)',
    '"x-1".replace(/^x-/i, "")',
    'String(/a/gi)',
  ])('in a pause: %s', (source) => {
    expect(evaluate(source, scope, { unbounded: (run) => run() })).toEqual(native(source, scope));
  });

  it.each(['nothing.x', 'order.missing.x', 'missing', 'order.id()', 'order.missing()', '1n + 1', '[...1]', '"x" in 1'])(
    'and throws what it throws: %s',
    (source) => {
      expect(outcome(() => evaluate(source, scope))).toEqual(outcome(() => native(source, scope)));
    },
  );

  const leaf = fc.oneof(
    fc.integer({ min: -9, max: 9 }).map((value) => `(${value})`),
    fc.constantFrom(
      '"a"',
      '""',
      '"10"',
      'null',
      'undefined',
      'true',
      '[1, 2]',
      '[]',
      '{}',
      'x',
      'y.z',
      'y.list',
      'NaN',
    ),
  );
  const { expression } = fc.letrec((tie) => ({
    expression: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('binary'), tie('other')),
    binary: fc
      .tuple(
        fc.constantFrom('+', '-', '*', '/', '%', '<', '>=', '==', '!=', '===', '&&', '||', '&', '<<', '>>>'),
        tie('expression'),
        tie('expression'),
      )
      .map(([operator, left, right]) => `((${left}) ${operator} (${right}))`),
    other: fc.oneof(
      tie('expression').map((inner) => `[${inner}].map((item) => item)`),
      tie('expression').map((inner) => `\`<\${${inner}}>\``),
      tie('expression').map((inner) => `typeof (${inner})`),
      tie('expression').map((inner) => `!(${inner})`),
      tie('expression').map((inner) => `(${inner})?.length`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `((${a}) ? (${b}) : x)`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `((x) => [x, ${b}])(${a})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[...[${a}], ${b}].join("-")`),
    ),
  }));

  it('for any expression of a small grammar', () => {
    const variables = { x: 3, y: { z: 'zed', list: [1, 'two'] } };
    fc.assert(
      fc.property(expression, (source) => {
        const text = String(source);
        expect(outcome(() => evaluate(text, variables))).toEqual(outcome(() => native(text, variables)));
      }),
      { numRuns: 400 },
    );
  });
});

describe('no code of the application runs by accident', () => {
  let ran: string[] = [];
  const tripwire = (name: string) => () => {
    ran.push(name);
    return 1;
  };
  const trap = new Proxy({}, { get: tripwire('trap'), has: () => true, getPrototypeOf: () => null, ownKeys: () => [] });
  const hostile = {
    get total() {
      ran.push('getter');
      return 1;
    },
    trap,
    inherits: Object.create(trap) as object,
    converts: { [Symbol.toPrimitive]: tripwire('toPrimitive') },
    values: { valueOf: tripwire('valueOf'), toString: tripwire('toString') },
    json: { toJSON: tripwire('toJSON') },
    iterates: { [Symbol.iterator]: tripwire('iterator') },
    method: tripwire('method'),
    list: Object.defineProperty([1, 2], 0, { get: tripwire('element') }),
    Species: class Species extends Array<number> {
      static override get [Symbol.species]() {
        ran.push('species');
        return Array;
      }
    },
    Odd: {
      [Symbol.hasInstance]() {
        ran.push('hasInstance');
        return true;
      },
    },
  };
  const variables = { hostile, species: new hostile.Species(1, 2) };

  const cases: Record<string, unknown> = {
    'hostile.total': GETTER,
    'hostile.total + 1': GETTER,
    '`${hostile.total}`': GETTER,
    'hostile.total > 1 ? 1 : 2': GETTER,
    '!hostile.total': GETTER,
    'hostile.trap.any': PROXY,
    'hostile.trap.any.more()': PROXY,
    'hostile.inherits.any': PROXY,
    '"x" in hostile.trap': PROXY,
    '"x" in hostile.inherits': PROXY,
    'hostile.inherits instanceof Object': PROXY,
    'Object.keys(hostile.trap)': PROXY,
    '[...hostile.trap]': PROXY,
    '({ ...hostile.trap })': PROXY,
    'hostile.list[0]': GETTER,
    'hostile.list.join()': GETTER,
    'hostile.list.filter((item) => item > 1)': GETTER,
    'hostile.list.map((item) => 2)': [2, 2],
    'species.map((item) => item * 2)': [2, 4],
    'species.slice(1)': [2],
    'Object.keys({ ...hostile.items })': [],
  };
  it.each(Object.entries(cases))('%s', (source, want) => {
    ran = [];
    expect(evaluate(source, variables, { calls: 'PropertiesOnly' })).toEqual(want);
    expect(ran).toEqual([]);
  });

  const getters = [
    'hostile.total',
    'hostile.total + 1',
    '!hostile.total',
    'hostile.list[0]',
    'Reflect.get(hostile, "total")',
  ];
  it.each(getters)('%s is left to the pause, or refused, but never run', (source) => {
    ran = [];
    expect(() => evaluate(source, variables)).toThrow(NeedsPause);
    expect(() => evaluate(source, variables, { calls: 'Proven', proofs: { of: () => 'is not known' } })).toThrow(
      SideEffectRefused,
    );
    expect(ran).toEqual([]);
  });

  it.each([
    'hostile.method()',
    'hostile.converts + 1',
    '`${hostile.converts}`',
    'hostile.values > 1',
    'hostile.values == 1',
    'String(hostile.values)',
    '[hostile.values].join()',
    '"abc".includes(hostile.values)',
    'Math.max(hostile.values)',
    'hostile[hostile.values]',
    'JSON.stringify(hostile.json)',
    '({}) instanceof hostile.Odd',
    '[1].map(hostile.method)',
    'hostile.method.call(1)',
    '[1].some((item) => hostile.method())',
  ])('%s needs a pause', (source) => {
    ran = [];
    expect(() => evaluate(source, variables)).toThrow(NeedsPause);
    expect(ran).toEqual([]);
  });

  it.each([
    '[...hostile.iterates]',
    'Array.from(hostile.iterates)',
    '[].constructor.constructor("return 1")()',
    'hostile.method.constructor("return 1")',
    'list.sort()',
    'iterator.next()',
    '[...iterator]',
  ])('%s is refused for good', (source) => {
    ran = [];
    const more = { ...variables, list: [2, 1], iterator: new Map([[1, 2]]).keys() };
    const refused = () => evaluate(source, more, { checkedCall: tripwire('called'), unbounded: (run) => run() });
    expect(refused).toThrow(SideEffectRefused);
    expect(ran).toEqual([]);
    expect(more.list).toEqual([2, 1]);
    expect([...more.iterator]).toEqual([1]);
  });

  it('a getter on the global object is not run by its name', () => {
    Object.defineProperty(globalThis, 'davylampTest', { get: tripwire('global'), configurable: true });
    ran = [];
    expect(evaluate('davylampTest')).toBe(GETTER);
    expect(evaluate('typeof davylampTest')).toBe(GETTER);
    expect(ran).toEqual([]);
    Reflect.deleteProperty(globalThis, 'davylampTest');
  });

  it('the position of a regular expression of the application does not move', () => {
    const pattern = /a/g;
    expect(evaluate('pattern.test("aa")', { pattern }, { unbounded: (run) => run() })).toBe(true);
    expect(pattern.lastIndex).toBe(0);
  });

  it('a stack that the application formats is not made', () => {
    const before = Error.prepareStackTrace;
    ran = [];
    try {
      Error.prepareStackTrace = tripwire('prepareStackTrace');
      expect(evaluate('error.stack', { error: new Error('x') })).toBe(GETTER);
      expect(ran).toEqual([]);
      Reflect.deleteProperty(Error, 'prepareStackTrace');
      expect(evaluate('error.stack.split("\\n")[0]', { error: new Error('boom') })).toBe('Error: boom');
    } finally {
      Error.prepareStackTrace = before;
    }
  });
});

describe('redacted names', () => {
  it.each([
    'order.customer.password',
    'order["pass" + "word"]',
    'order.customer.password.length',
    'order.customer.password === "secret"',
    'order.customer.password ? "yes" : "no"',
    '`my ${order.customer.password}`',
    'password',
    'typeof password',
    'token.value.x',
    'order.getToken()',
    'headers.get("Authorization")',
    'request.header("cookie")',
    'new Map([["token", 1]]).get("token")',
    '[order.customer.password].join()',
    '(({ password }) => password)(order.customer)',
    '((password) => password)("x")',
  ])('%s stays hidden', (source) => {
    const request = { header: () => 'x' };
    const secret = { ...order, password: 'secret', getToken: () => 'secret' };
    const variables = { order: secret, password: 'secret', token: { value: 1 }, headers: new Headers(), request };
    expect(evaluate(source, variables)).toBe(REDACTED);
  });

  it('what is not there is undefined, not hidden', () => {
    expect(evaluate('order.token', { order })).toBeUndefined();
    expect(evaluate('order.text.password ?? "none"', { order: { text: 'a' } })).toBe(REDACTED);
    expect(() => evaluate('order.missing.password', { order })).toThrow(TypeError);
    // Nobody asks a Proxy or a getter.
    expect(evaluate('order.token', { order: Object.create(new Proxy({}, {})) })).toBe(REDACTED);
    const behind = Object.defineProperty({}, 'token', { get: () => expect.unreachable() });
    expect(evaluate('order.token', { order: behind })).toBe(REDACTED);
  });

  it.each([
    'JSON.stringify(order)',
    'Object.values(order.customer)',
    '({ ...order.customer })',
    'Object.entries(order.customer)',
  ])('%s shows the others', (source) => {
    const text = JSON.stringify(evaluate(source, { order: { ...order, big: 1 } }));
    expect(text).toContain('Ada');
    expect(text).not.toContain('"secret"');
  });
});

describe('time and size are bounded', () => {
  it.each([
    'Array.from({ length: 1e9 }, () => 1)',
    '"x".repeat(1e9)',
    '"x".padStart(1e9)',
    'huge.map((x) => x)',
    '((f) => f(f))((f) => f(f))',
    '[..."x".repeat(100000)].map((x) => [..."x".repeat(1000)])',
    'text.toUpperCase()',
    '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].reduce((all, _) => all + all + all + all, "0123456789abcdef")',
  ])('%s', (source) => {
    expect(() => evaluate(source, { huge: new Array(1e8), text: 'x'.repeat(10_000_000) })).toThrow(EvaluationTimeout);
  });

  it.each(['2n ** 1000000000n', '1n << 1000000000n', '(2n ** 4096n) ** 4096n'])('%s', (source) => {
    expect(() => evaluate(source)).toThrow(RangeError);
  });

  it('an early answer costs no more than the way to it', () => {
    expect(evaluate('huge.find((x) => x === 5)', { huge: Object.assign(new Array(1e8), [1, 5]) })).toBe(5);
  });

  it('a regular expression needs a pause, since nothing bounds its time', () => {
    expect(() => evaluate('/(a+)+$/.test("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")')).toThrow(NeedsPause);
    expect(() => evaluate('"a".match("a")')).toThrow(NeedsPause);
  });
});

describe('in a pause', () => {
  it('a function of the application goes through the checked call, with its receiver', () => {
    const calls: unknown[] = [];
    const cart = { total: () => 1, size: 2 };
    const checkedCall = (fn: unknown, self: unknown, args: unknown[]) => {
      calls.push([fn, self, args]);
      return 110;
    };
    expect(evaluate('cart.total(1, cart.size) > 100', { cart }, { checkedCall })).toBe(true);
    expect(calls).toEqual([[cart.total, cart, [1, 2]]]);
  });

  it('a call that needs a pause says which function', () => {
    const cart = { total: () => 1 };
    let needed: unknown;
    try {
      evaluate('cart.total(5)', { cart });
    } catch (error) {
      needed = error;
    }
    expect(needed).toMatchObject({ kind: 'call', fn: cart.total, self: cart, args: [5] });
  });
});
