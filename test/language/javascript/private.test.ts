import { expect, it } from 'vitest';
import { compileExpression } from '../../../src/language/javascript/compile-expression.ts';
import { createGuard, REDACTED } from '../../../src/runtime/node/application/guard/guard.ts';

/** Evaluates in a method of a class whose private names a bundler has shortened. */
function evaluate(source: string, fields: Readonly<Record<string, string>>): unknown {
  const compiled = compileExpression(source, undefined, new Map(Object.entries(fields)));
  const program = `return class A {
    #t = 7; #p = "secret";
    #twice(by) { return this.#t * by }
    at() { const other = new A(), none = undefined, plain = {}; return ($) => ${compiled.source} }
  }`;
  const made = new (new Function(program)())();
  const proofs = { of: () => ({ run: () => 14, free: [], names: [], needsObject: false, skip: 0 }) };
  return made.at()(createGuard({ maxSteps: 1000, proofs }));
}
const fields = { total: 't', twice: 'twice', password: 'p' };

it('private fields and methods are read where their names are known', () => {
  expect(evaluate('this.#total + other.#total', fields)).toBe(14);
  expect(evaluate('this.#twice(2)', fields)).toBe(14);
  expect(evaluate('none?.#total', fields)).toBe(undefined);
  expect(evaluate('[other].map((one) => one.#total)', fields)).toEqual([7]);
});

it('those with redacted names stay hidden', () => {
  expect(evaluate('this.#password', fields)).toBe(REDACTED);
});

it('an object that has no such field is a TypeError, as in the language', () => {
  expect(() => evaluate('plain.#total', fields)).toThrow(TypeError);
  expect(() => evaluate('none.#total', fields)).toThrow(TypeError);
});

it('elsewhere they are refused with the reason', () => {
  expect(() => evaluate('this.#other', fields)).toThrow('#other is known only inside the class');
});
