// biome-ignore-all lint/suspicious/noTemplateCurlyInString: functions are text here
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RedactedNames, withNames } from '../../../../../src/redaction/identifiers.ts';
import { REDACTED, SideEffectRefused } from '../../../../../src/runtime/node/application/guard/guard.ts';
import { Proofs } from '../../harness/prove.ts';
import { evaluate, outcome } from '../probe/evaluate.ts';

/** A function in strict code, with variables around it. */
function make(text: string, around: Readonly<Record<string, unknown>> = {}): (...args: never[]) => unknown {
  const names = Object.keys(around);
  const source = /^(?:function|\(|[a-z]+ =>)/.test(text) ? `(${text})` : `Object.values({${text}})[0]`;
  return new Function(...names, `'use strict'; return ${source}`)(...names.map((name) => around[name]));
}

/** What a call gives that is only run under the guard; a refusal says why it is not. */
function guarded(text: string, args: readonly unknown[], around: Readonly<Record<string, unknown>> = {}): unknown {
  const scope = { fn: make(text, around), self: args[0], args: args.slice(1) };
  return evaluate('fn.call(self, ...args)', scope, { proofs: new Proofs(around), calls: 'Proven' });
}

const order = () => ({
  id: 7,
  items: [
    { price: 60, name: 'lamp', tags: ['new'] },
    { price: 50, name: 'oil', tags: [] },
  ],
  prices: new Map([
    ['lamp', 60],
    ['oil', 50],
  ]),
  tags: new Set(['a', 'b']),
  text: 'a,b,c',
  big: 5n,
});

describe('a proven function gives what JavaScript gives', () => {
  it.each([
    'f() { let sum = 0; for (const { price } of this.items) sum += price; return sum }',
    'f() { return this.items.map((item) => item.price * 2).filter((price) => { return price > 100 }) }',
    'f() { const all = []; for (const [name, price] of this.prices) all.push(`${name}=${price}`); return all }',
    'f() { const all = []; for (const tag of this.tags) all.unshift(tag); return all }',
    'f() { const all = []; for (const c of "a😀") all.push(c); return all }',
    'f() { const groups = {}; for (const item of this.items) (groups[item.name] ??= []).push(item); return groups }',
    'f() { const groups = new Map(); for (const item of this.items) groups.set(item.name, item.price); return groups }',
    'f() { const seen = new Set(); for (const item of this.items) { if (seen.has(item.name)) continue; seen.add(item.name); } return seen.size }',
    'f() { const all = []; for (const key in this.items[0]) all.push(key); return all }',
    'f() { const all = []; for (const key in "ab") all.push(key); return all }',
    'f() { for (var i = 0, j = 9; i < j; i++, j--); return [i, j] }',
    'f() { const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); return fs.map((f) => f()) }',
    'f() { const fs = []; for (var i = 0; i < 3; i++) fs.push(() => i); return fs.map((f) => f()) }',
    'f() { let i = 0; while (true) { if (++i > 5) break; if (i % 2) continue; } return i }',
    'f() { let i = 0; do i++; while (i < 3); return i }',
    'f() { let n = 0; outer: for (const a of [1, 2, 3]) for (const b of [1, 2]) { if (b > a) continue outer; if (a > 2) break outer; n += a * b } return n }',
    'f() { switch (this.items.length) { case 1: return "one"; case 2: { const x = "two"; return x } default: return "many" } }',
    'f() { let text = ""; switch (3) { case 1: text += 1; default: text += "d"; case 2: text += 2 } return text }',
    'f() { try { return this.missing.deep } catch (error) { return error instanceof TypeError } }',
    'f() { try { throw new RangeError("far") } catch ({ name, message }) { return `${name} ${message}` } finally { this.id } }',
    'f() { let log = ""; try { try { throw 1 } finally { log += "f" } } catch (error) { log += error } return log }',
    'f() { try { return 1 } finally { return 2 } }',
    'f() { throw { code: 5 } }',
    'f() { throw new TypeError("no") }',
    'f() { let a = 1, b = 2; [a, b] = [b, a]; ({ a, b = 4 } = { a: 8 }); return [a, b] }',
    'f() { const { items: [first, ...others], ...rest } = this; return [first.name, others.length, Object.keys(rest)] }',
    'f() { const { a = 1, ["i" + "d"]: id } = this; return [a, id] }',
    'f() { const [x, , y = 3, ...z] = [1, 2]; return [x, y, z] }',
    'f() { const [a, b] = this.prices.entries(); return [a, b] }',
    'f() { const {} = null }',
    'f() { let i = 5; return [i++, ++i, i--, --i, i] }',
    'f() { let b = this.big; b++; return [b++, -b, b] }',
    'f() { const o = { n: 1, m: { k: 2 } }; o.n += 5; o.m.k **= 3; o["x"] = o.n++; --o.n; return o }',
    'f() { const list = [3, 1, 2]; list.sort((a, b) => a - b); list[5] = 1; list.length = 4; list.splice(1, 1, 8, 9); return [list, list.pop(), list.shift()] }',
    'f() { const list = []; list.push(1, 2); list.unshift(0); list.fill(7, 1, 2); list.reverse(); return list }',
    'f() { const queue = [1]; const seen = []; for (const n of queue) { seen.push(n); if (n < 4) queue.push(n + 1) } return seen }',
    'f() { const map = new Map([[1, 1]]); let n = 0; for (const [key] of map) { n += key; if (key < 4) map.set(key + 1, 0) } map.delete(1); return [n, map.size] }',
    'f(a, b = a + 1, { c = b } = {}, ...rest) { return [a, b, c, rest] }',
    'f() { function fact(n) { return n < 2 ? 1 : n * fact(n - 1) } return fact(10) }',
    'f() { const fib = function self(n) { return n < 2 ? n : self(n - 1) + self(n - 2) }; return fib(10) }',
    'f() { const o = { v: 3, m(k = 2) { return this.v * k }, g: function () { return this.v } }; return o.m() + o.g() }',
    'function f() { let n = 0; for (let i = 0; i < arguments.length; i++) n += arguments[i]; return n }',
    'function f() { return [arguments[9], arguments["0"]] }',
    'function f() { return Math.max.apply(null, arguments) + arguments.length }',
    'function f() { const g = function (a, b) { return [this.id, a, b, arguments.length] }; return g.apply(this, arguments) }',
    'function f() { return [Array.prototype.slice.call(arguments, 1), [...arguments], Array.from(arguments), Array.isArray(arguments)] }',
    'function f() { const all = []; for (const one of arguments) all.push(one); return [all, String(arguments), arguments === arguments] }',
    'function f() { const g = (list) => list[0]; return [g(arguments), (() => arguments.length)(), Object.keys(arguments)] }',
    'function f(a = arguments[1]) { return [a, typeof arguments] }',
    'f() { const o = { __proto__: null, a: 1 }; o.b = o.toString; return [Object.keys(o), Object.getPrototypeOf(o), o.b] }',
    'f() { return [this.password, this.headers, String(this.token || "none")] }',
    'f() { return this.missing.password }',
    'f(never) { if (this.never) this.id = 1; return this.id }',
    'f() { this.id ??= 1; this.id ||= 2; return this.id }',
    'f() { if (this.never) { this.items.length = 0 } return /a(b)/gi.flags }',
    'f() { return typeof missing + typeof f + typeof this.id + typeof undefined }',
    'f() { return missing }',
    'f() { const x = 1; x = 2; return x }',
    'f() { return y; let y = 1 }',
    'f() { var self = 1, args = 2, free = 3, $1 = 4; return self + args + free + $1 }',
    'f() { return this?.items?.[0]?.name ?? "none" }',
    'f() { let a; a ||= 1; a &&= a + 1; let b = null; b ??= 3; return [a, b] }',
    'f() { return void this.id, !this.id, -this.id, ~this.id, +"3" }',
    'f() { return [...this.items, ...this.tags, ...[..."ab"]] }',
    'f() { return Object.assign({}, this.items[0], { price: 1 }) }',
    'f() { return JSON.stringify(this.items) }',
    'f() { return Math.max(...this.items.map(({ price }) => price)) }',
    'f() { return this.text.split(",").map(Number).join("-") + String(Symbol.iterator.description) }',
    'f() { if (this.id) { var late = 1 } return late }',
    'f() { return (() => this.id)() + [1].map((x) => x + this.id)[0] }',
    'f() { return Array.from({ length: 3 }, (_, i) => i * i) }',
    'f() { "use strict"; return 1 }',
    '() => 5',
    'async => async + 1',
  ])('%s', (text) => {
    const args = [order(), 1, 2, { c: 9 }, 4, 5];
    const given = text.startsWith('async') ? [undefined, 4] : args;
    const want = outcome(() => (make(text) as (...all: unknown[]) => unknown).apply(given[0], given.slice(1)));
    expect(outcome(() => guarded(text, given))).toEqual(want);
  });

  it('with constants around it, and other functions of the application', () => {
    const line = (item: { price: number }) => item.price * 2;
    const around = { RATE: 3, line, config: { limit: 5 } };
    const text = 'f() { return this.items.map(line).map((price) => price * RATE > config.limit && price) }';
    expect(guarded(text, [order()], around)).toEqual([120, 100]);
  });
});

describe('a proven function shows nothing that is hidden', () => {
  const customer = { name: 'Ada', password: 'secret', plain: 1 };
  it.each([
    'f() { return this.password }',
    'f() { return `${this.name}: ${this.password}` }',
    'f() { const { password: shown } = this; return shown }',
    'f() { if (this.password === "secret") return 1; return 2 }',
    'f() { for (const c of this.password) return c }',
    'f() { switch (this.password) { case "secret": return 1 } }',
    'f() { try { throw this.password } catch (error) { return error } }',
    'f() { try { if (this.password) return 1 } catch { return 2 } finally { return 3 } }',
    'f() { let n = 0; while (this.password.length > n) n++; return n }',
    'f() { const map = new Map(); map.set(this.password, 1); return map }',
    'f() { const o = {}; o[this.password] = 1; return o }',
    'f() { throw new Error(this.password) }',
    'f() { const token = 5; return token }',
    'f() { return [this.password].join() }',
  ])('%s', (text) => {
    expect(guarded(text, [customer])).toBe(REDACTED);
  });

  it('nor what the probe wants hidden besides', () => {
    const names = new RedactedNames(['iban']);
    const run = () => guarded('f() { const iban = this.plain; return iban + 1 }', [customer]);
    expect(withNames(names, run)).toBe(REDACTED);
    expect(run()).toBe(2);
  });

  it('but may go on without it', () => {
    expect(guarded('f() { const copy = { ...this }; return [copy.plain, copy.password] }', [customer])).toEqual([
      1,
      REDACTED,
    ]);
  });
});

describe('a function turns out to change the application', () => {
  const service = {
    order: order(),
    log: {
      lines: [] as string[],
      info(text: string) {
        this.lines.push(text);
      },
    },
    clear: Map.prototype.clear,
  };
  const cases: Record<string, string> = {
    'f(o) { o.id = 1 }': 'fn assigns o.id',
    'f(o) { const same = o; same.id++ }': 'fn assigns same.id',
    'f(o) { o.items[0].price *= 2 }': 'fn assigns (intermediate value).price',
    'f(o) { o.items.push(1) }': 'fn calls push, which would change an array of the application',
    'f(o) { o.items.sort() }': 'fn this would change the array; use toSorted or toReversed, or copy it first',
    'f(o) { o.prices.clear() }': 'fn calls clear, which would change a collection of the application',
    'f(o) { Object.assign(o, { a: 1 }) }': 'fn calls Object.assign, which would change an object of the application',
    'f(o) { this.log.info("x") }': 'info calls push, which would change an array of the application',
    'f(o) { for (o.id of [1]); }': 'fn assigns o.id',
    'f(o) { this.memo = o }': 'fn assigns this.memo (line 1)',
    'f(o) { return (this.memo ??= o) }': 'fn assigns this.memo (line 1)',
    'f(o) {\n this.order.count++ }': 'fn assigns this.order.count (line 2)',
    'f(o) { [o.id, this.memo] = [1, 2] }': 'fn assigns o.id',
    'f() { this.log.deep ??= 1 }': 'fn assigns this.log.deep (line 1)',
    'f() { Math.limit = 1 }': 'fn assigns Math.limit (line 1)',
    'f(o) { return new Proxy(o, {}) }': 'fn new Proxy would run a constructor of the application',
    'f(o) { return Object.freeze({}) }': 'freeze is native code',
    'f(o) { return o.text.replace(/a/, "b") }': 'fn uses a regular expression',
    'f(o) { for (;;); }': 'fn takes too many steps to be watched',
    'f(o) { return this.f(o) }': 'fn takes too many steps to be watched',
    'f(o) { try { o.id = 1 } catch { return 1 } finally { return 2 } }': 'fn assigns o.id',
  };

  it.each(Object.entries(cases))('%s', (text, want) => {
    const fn = make(text);
    const self = { ...service, f: fn };
    const before = inspect(self, { depth: 9 });
    const options = { proofs: new Proofs(), calls: 'Proven' } as const;
    const run = () => evaluate('fn.call(self, order)', { fn, self, order: self.order }, options);
    expect(run).toThrow(SideEffectRefused);
    const named = want.replace(/^fn /, `${fn.name} `);
    expect(run).toThrow(`${named}, and calls are allowed only as far as Proven`);
    expect(inspect(self, { depth: 9 })).toBe(before);
  });

  it('and is left to the pause from its beginning, with the reason', () => {
    const asked: unknown[] = [];
    const fn = make('f(o) { let n = 1; o.id = n; return n }');
    const result = evaluate(
      'fn(order) + 1',
      { fn, order: order() },
      {
        proofs: new Proofs(),
        checkedCall: (...call) => {
          asked.push(call[3]);
          return 41;
        },
      },
    );
    expect(result).toBe(42);
    expect(asked).toEqual(['f assigns o.id']);
  });
});

describe('calls go as far as they may', () => {
  it('not at all', () => {
    const scope = { fn: () => 1, order: order() };
    const options = { proofs: new Proofs(), calls: 'PropertiesOnly' } as const;
    expect(() => evaluate('fn()', scope, options)).toThrow('fn is a function of the application');
    expect(evaluate('order.items.length', scope, options)).toBe(2);
    expect(evaluate('order.items.map((item) => item.price)', scope, options)).toEqual([60, 50]);
  });

  it('as far as a proof goes', () => {
    const options = { proofs: new Proofs(), calls: 'Proven' } as const;
    expect(evaluate('fn()', { fn: () => 1 }, options)).toBe(1);
    expect(() => evaluate('fn()', { fn: Object.freeze }, options)).toThrow('freeze is native code');
  });
});

/** Programs of a few statements over numbers, arrays and objects of their own; every loop ends. */
const program = fc.letrec<Record<'expression' | 'statement' | 'block', string>>((tie) => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const field = fc.constantFrom('x', 'y', 'length', '0', '1');
  const literal = fc.constantFrom(
    '0',
    '1',
    '2.5',
    '"s"',
    '"12"',
    'null',
    'undefined',
    'true',
    'NaN',
    '[]',
    '{}',
    '[1, 2, 3]',
    '({ x: 1, y: [2] })',
  );
  const operator = fc.constantFrom('+', '-', '*', '%', '<', '>=', '===', '!=', '&', '>>>', '&&', '||', '??');
  const expression = tie('expression');
  const two = fc.tuple(expression, expression);
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'e' },
      name,
      literal,
      fc.tuple(expression, operator, expression).map(([l, op, r]) => `((${l}) ${op} (${r}))`),
      fc.tuple(fc.constantFrom('!', '-', 'typeof ', '+', 'void '), expression).map(([op, e]) => `${op}(${e})`),
      fc.tuple(expression, field).map(([e, f]) => `(${e})?.["${f}"]`),
      fc.tuple(expression, expression, expression).map(([t, y, n]) => `((${t}) ? (${y}) : (${n}))`),
      two.map(([l, r]) => `[${l}, ...[${r}], [${r}]]`),
      two.map(([l, r]) => `({ x: ${l}, y: ${r}, ...{ z: ${l} } })`),
      two.map(([l, r]) => `[${l}, ${r}].map((x, i) => { const d = x; return [d, i, a] })`),
      two.map(([l, r]) => `((c, [d = ${l}] = [${r}], ...e) => [c, d, e])(${r}, undefined, 1)`),
      two.map(([l, r]) => `(function g(n) { return n > 2 ? [n, ${l}] : g(n + 1) })(${r})`),
      expression.map((e) => `\`<\${typeof (${e})}>\``),
      fc.tuple(name, expression).map(([n, e]) => `(${n} = ${e})`),
      fc.tuple(name, fc.constantFrom('++', '--')).map(([n, op]) => `${n}${op}`),
    ),
    statement: fc.oneof(
      { maxDepth: 4, depthIdentifier: 's' },
      fc
        .tuple(name, fc.constantFrom('=', '+=', '-=', '??=', '||=', '&&='), expression)
        .map(([n, op, e]) => `${n} ${op} ${e};`),
      expression.map((e) => `return ${e};`),
      fc.tuple(field, expression).map(([f, e]) => `own["${f}" === "length" ? "x" : "${f}"] = ${e};`),
      expression.map((e) => `list.push(${e});`),
      fc.tuple(expression, tie('block'), tie('block')).map(([t, y, n]) => `if (${t}) ${y} else ${n}`),
      fc.tuple(tie('block'), tie('block')).map(([t, c]) => `try ${t} catch (e) { b = e instanceof Error; ${c} }`),
      fc.tuple(tie('block'), tie('block')).map(([t, f]) => `try ${t} finally ${f}`),
      expression.map((e) => `throw ${e};`),
      fc
        .tuple(tie('block'), fc.constantFrom('break;', 'continue;', ''))
        .map(([b, end]) => `for (let i = 0; i < 3; i++) { ${b} ${end} }`),
      fc.tuple(expression, tie('block')).map(([e, b]) => `for (const x of [1, ${e}]) { d = x; ${b} }`),
      fc.tuple(expression, tie('block')).map(([e, b]) => `for (const k in { p: 1, q: ${e} }) { d = k; ${b} }`),
      fc
        .tuple(expression, tie('block'), tie('block'))
        .map(([e, y, n]) => `switch (${e}) { case 1: ${y} case "s": ${n} break; default: c = 1 }`),
      expression.map((l) => `{ let a = 1; const [p, q = ${l}] = [a]; b = { p, q } }`),
    ),
    block: fc.array(tie('statement'), { maxLength: 3 }).map((all) => `{ ${all.join(' ')} }`),
  };
});

/** Value, or what was thrown with its message. */
function ending(run: () => unknown): { value: unknown } | { thrown: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    if (!(error instanceof Error)) return { thrown: error };
    // Variables are called `$_d` in what runs under the guard.
    const message = error.message.replace(/^Cannot access '\$_(?=\w+' before initialization$)/, "Cannot access '");
    return { thrown: `${error.constructor.name}: ${message}` };
  }
}

it('any program gives under the guard what it gives natively', () => {
  let compared = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.array(program.statement, { minLength: 1, maxLength: 5 }), (statements) => {
      const text = `f(a, b) { let c = 0, d; const own = {}; const list = []; ${statements.join(' ')} return [a, b, c, d, own, list] }`;
      const run = make(text) as (...args: unknown[]) => unknown;
      const want = ending(() => run.call({}, 3, [1, 2]));
      const got = ending(() => guarded(text, [{}, 3, [1, 2]]));
      // What a proof does not go as far as is left to V8.
      if ('thrown' in got && /^SideEffectRefused/.test(String(got.thrown))) {
        refused++;
        return;
      }
      compared++;
      expect(got).toEqual(want);
    }),
    { numRuns: 400 },
  );
  expect(compared).toBeGreaterThan(refused);
});
