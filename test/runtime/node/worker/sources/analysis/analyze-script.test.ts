import { describe, expect, test } from 'vitest';
import {
  analyzeScript,
  type ScriptAnalysis,
} from '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts';
import { functionOf, scopesAt } from '../../../../../../src/runtime/node/worker/sources/analysis/scope-lookup.ts';
import { FunctionScope, type Scope } from '../../../../../../src/runtime/node/worker/sources/analysis/scopes.ts';

function analysed(source: string, path = '/app/a.js'): ScriptAnalysis {
  const analysis = analyzeScript(source, path);
  if (analysis === undefined) throw new Error('not read');
  return analysis;
}

/** Variables at the mark, innermost first: `^` for those of outer functions, `*` for those that functions inside use. */
function visible(source: string): string {
  const offset = source.indexOf('/*here*/');
  const { root } = analysed(source);
  const scopes = scopesAt(root, offset);
  const own = scopes[0] && functionOf(scopes[0]);
  return scopes
    .flatMap((scope) =>
      scope.variables.map(
        ({ name, isCaptured }) => `${name}${functionOf(scope) === own ? '' : '^'}${isCaptured ? '*' : ''}`,
      ),
    )
    .join(' ');
}

describe('bindings', () => {
  test.each([
    ['parameters and variables', 'function f(a, { b, c: [d = 1], ...e }) { let g; /*here*/ }', 'a b d e g f^'],
    ['the innermost first', 'function f(a) { let b; { let a; for (const b of []) { /*here*/ } } }', 'b a a b f^'],
    ['var belongs to the function', 'function f() { { var a; } if (1) { /*here*/ } }', 'a f^'],
    ['a catch clause', 'try {} catch ({ message }) { let a; /*here*/ }', 'message a'],
    ['what a function inside uses', 'const a = 1, b = 2; function f() { return a; /*here*/ }', 'a^* b^ f^'],
    ['what an inner function of another uses', 'const a = 1; function f() { /*here*/ } (() => () => a)', 'a^* f^'],
    ['not what has that name inside', 'const a = 1; (a) => a; function f() { /*here*/ }', 'a^ f^'],
    ['not what is a property', 'const a = 1; () => x.a; () => ({ a: 1 }); function f() { /*here*/ }', 'a^ f^'],
    ['a shorthand property', 'const a = 1; () => ({ a }); function f() { /*here*/ }', 'a^* f^'],
    ['eval, which can use all', 'function f(a) { const b = 1; const g = () => eval("a"); /*here*/ }', 'a* b* g* f^*'],
    ['a class by its own name', 'class A { m() { /*here*/ } }', 'A^ A^'],
    ['a function expression by its own name', 'const f = function g(a) { /*here*/ }', 'a g f^'],
    ['imports', 'import a, { b as c } from "x"; import * as d from "y"; () => c; () => { /*here*/ }', 'a^ c^* d^'],
    ['a field, which is a function', 'const a = 1; class B { c = a; m() { /*here*/ } }', 'B^ a^* B^'],
  ])('are found: %s', (_name, source, wanted) => {
    expect(visible(source)).toBe(wanted);
  });

  test('functions have the name that they are given', () => {
    const source =
      'class Order { total() { return () => 1; } } const place = async () => {}; export default { cancel() {} };';
    const names: string[] = [];
    const { root } = analysed(source);
    const collect = (scope: Scope): void => {
      const named = scope instanceof FunctionScope ? scope.site?.nearName : undefined;
      if (named) names.push([named.owner?.text, named.name.text].filter(Boolean).join('.'));
      scope.children.forEach(collect);
    };
    collect(root);
    expect(names).toEqual(['Order.total', 'place', expect.stringMatching(/cancel$/)]);
  });

  test('private fields and methods are known to the code of their class, accessors are not', () => {
    const source = 'class A { #a = 1; static #b; #c() {} get #d() { return 1; } e = 1 }';
    expect(analysed(source).classes.map(({ privates }) => privates)).toEqual([
      [
        { name: 'a', offset: 10, isField: true },
        { name: 'b', offset: 25, isField: true },
        { name: 'c', offset: 29, isField: false },
      ],
    ]);
  });

  test('references are told from declarations, keys and labels', () => {
    const source = 'const a = 1; x: for (;;) break x; ({ a: a }).a;';
    const { isReference } = analysed(source);
    const found = [...source].flatMap((_, offset) => (isReference(offset) ? [offset] : []));
    expect(found).toEqual([source.indexOf('a })')]);
  });

  test('names that the script does not declare are told by whether a function uses, or anything assigns them', () => {
    const { outer } = analysed('exports.a = b; c = 1; () => d; () => { e++; };');
    expect([...outer].map(([name, { isCaptured, isWritten }]) => [name, isCaptured, isWritten])).toEqual([
      ['exports', false, false],
      ['b', false, false],
      ['c', false, true],
      ['d', true, false],
      ['e', true, true],
    ]);
  });

  test.each([
    ['a return with a semicolon', 'function f() { return 1; }', 'return 1;', 'return'],
    ['a return at the end of a function', 'function f(){return 1}', 'return 1', 'return'],
    ['a return in a branch at the end', 'function f(a){if(a)return 1}', 'return 1', 'return'],
    ['a function that returns an arrow function', 'function f(){return()=>1}', 'return()=>1', 'return'],
    ['the end of a function', 'function f() { a(); ', 'function f() { a(); ', 'function'],
    ['arrow functions inside of each other', '(a)=>b=>c', '(a)=>b=>c', '(a)'],
  ])('where V8 shows %s, it is known what begins', (_name, source, until, begins) => {
    const whole = source.endsWith('; ') ? `${source}}` : source;
    const end = whole.indexOf(until) + until.length;
    expect(analysed(whole).returnAt(end)).toBe(whole.indexOf(begins));
  });

  test.each([
    ['a directive', "'use strict'; function f() {}", true],
    [
      'a directive behind the line that names the program',
      "#!/usr/bin/env node\n/* c */ 'use strict'; function f() {}",
      true,
    ],
    ['a directive of its own', "function f() { 'use strict' }", true],
    ['a directive of the function around it', "() => { 'use strict'; function f() {} }", true],
    ['a class', 'class A { f() {} }', true],
    ['a module', "import 'a'; function f() {}", true],
    ['none of them', "'other'; function f() {}", false],
  ])('code is strict by %s', (_name, source, isStrict) => {
    const { root, functions } = analysed(source);
    const site = functions.findLast(({ isBare }) => !isBare);
    expect(scopesAt(root, site?.start ?? -1).find((scope) => scope instanceof FunctionScope)?.isStrict).toBe(isStrict);
  });

  test('what no grammar reads is left alone', () => {
    expect(analyzeScript('let let = ;', '/app/a.js')).toBeUndefined();
    expect(analyzeScript(`${'['.repeat(100_000)}`, '/app/a.js')).toBeUndefined();
  });
});
