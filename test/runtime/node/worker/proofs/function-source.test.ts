import { describe, expect, it } from 'vitest';
import { compileFunction } from '../../../../../src/runtime/node/worker/proofs/compile-function.ts';
import { NotProvable, parseFunction } from '../../../../../src/runtime/node/worker/proofs/function-source.ts';

function refusal(text: string): string {
  try {
    const source = parseFunction(text);
    compileFunction(source, []);
  } catch (error) {
    if (error instanceof NotProvable) return error.message;
    throw error;
  }
  return 'proven';
}

describe('a function has no proof when it', () => {
  const cases: Record<string, string> = {
    'function f() { count++ }': 'assigns the outer variable count',
    'function f() { [count] = [1] }': 'assigns the outer variable count',
    'function f() { for (count of [1]); }': 'assigns the outer variable count',
    'async f() { return 1 }': 'is asynchronous',
    'async (a) => a': 'is asynchronous',
    '*f() { yield 1 }': 'is a generator',
    'function f() { return async () => 1 }': 'makes an asynchronous function',
    'function f() { return function* () {} }': 'makes a generator',
    'f(a) { delete a.b }': 'deletes a property',
    'f() { return eval("1") }': 'uses eval',
    'f() { return new.target }': 'uses new.target or import.meta',
    'f() { return super.f() }': 'uses super',
    'f() { return this.#total }': 'uses #total',
    'f() { return import("a") }': 'imports code',
    'f() { return tag`a` }': 'has a tagged template',
    'f() { class A {} }': 'declares a class',
    'f() { return { get a() { return 1 } } }': 'makes a getter or a setter',
    'f() { return { __proto__: f } }': 'sets __proto__',
    'function f(a) { with (a) { return b } }': 'uses with',
    'f() { return process.exit() }': 'uses process',
    'f() { return globalThis.x }': 'uses globalThis',
    'f() { debugger }': 'has a debugger statement',
    'f() { if (1) { function g() {} } }': 'declares a function in a block',
    'f() { arguments[0] = 1 }': 'assigns its arguments',
    'function f(a) { a = 1; return g(arguments) }': 'assigns a parameter and uses its arguments',
    '() => this.a': 'uses this of the function around it',
    '() => arguments[0]': 'uses the arguments of the function around it',
    'function f(a) { a = 1; return arguments[0] }': 'assigns a parameter and uses its arguments',
    'class A {}': 'is a class',
    'f() { token++ }': 'computes with token',
    'function () { [native code] }': 'has a source that cannot be read',
  };

  it.each(Object.entries(cases))('%s', (text, want) => {
    expect(refusal(text)).toBe(want);
  });

  it('is longer than anybody writes', () => {
    expect(refusal(`function f() { return "${'a'.repeat(50_000)}" }`)).toContain('longer');
  });
});

describe('a function has a proof whatever its form', () => {
  it.each([
    'function f() {}',
    // What they assign is refused when they come to it.
    'cached() { this.cache = 1 }',
    'cached() { this.a.b ??= 1 }',
    'function f() { config.limit = 1 }',
    'function () { return 1 }',
    'f() { return 1 }',
    '"a b"() { return 1 }',
    '[key]() { return 1 }',
    '12() { return 1 }',
    '#f() { return 1 }',
    'get() { return 1 }',
    'static() { return 1 }',
    'async() { return 1 }',
    'x => x',
    '(x, { y }, ...z) => ({ x, y, z })',
  ])('%s', (text) => {
    expect(refusal(text)).toBe('proven');
  });
});
