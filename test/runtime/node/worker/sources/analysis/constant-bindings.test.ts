import { describe, expect, it } from 'vitest';
import { analyzeScript } from '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts';
import {
  findBinding,
  isConstant,
  scopesAt,
} from '../../../../../../src/runtime/node/worker/sources/analysis/scope-lookup.ts';
import { type Binding, ImportBinding } from '../../../../../../src/runtime/node/worker/sources/analysis/scopes.ts';

/** What the name means at the mark. */
function bindingOf(name: string, text: string, path = '/app/a.js'): Binding | undefined {
  const root = analyzeScript(text, path)?.root;
  return root && findBinding(name, scopesAt(root, text.indexOf('HERE'))[0]);
}

/** Whether `x`, as the line sees it that has HERE, keeps its value. */
function isKept(text: string): boolean | undefined {
  const found = bindingOf('x', text);
  return found && isConstant(found);
}

describe('a variable keeps its value', () => {
  it.each([
    'const x = 1; HERE',
    'let x = 1; HERE',
    'var x = 1; HERE',
    'function x() {} HERE',
    'class x {} HERE',
    'function f(x) { HERE }',
    'function f({ a: [x = 1] }) { HERE }',
    'function f(x) { return function () { arguments[0] = 1; HERE } }',
    'function f(x) { return { g() { return arguments.length }, h() { HERE } } }',
    'function f(x) { "use strict"; arguments[0] = 1; HERE }',
    'let y = 1; { let y = 2; y++ } let x; HERE',
    'let x = 1; { let x = 2; x++ } function f(x) { x = 3 } HERE',
    'for (const x of []) { HERE }',
    'for (let x of []) { HERE }',
    'try {} catch (x) { HERE }',
    '(function x() { HERE })',
    'class A { f(x) { return () => { HERE } } }',
    'const { x } = { x: 1 }; x.y = 2; HERE',
  ])('in %s', (text) => {
    expect(isKept(text)).toBe(true);
  });
});

describe('a variable may change', () => {
  it.each([
    'let x = 1; x = 2; HERE',
    'let x = 1; function f() { x++ } HERE',
    'var x = 1; ({ a: x } = {}); HERE',
    'var x = 1; [...x] = []; HERE',
    'var x; for (x of []); HERE',
    'for (var x of []) { HERE }',
    'while (1) { var x = f(); HERE }',
    'for (let x = 0; x < 1; x++) { HERE }',
    'var x = 1; var x = 2; HERE',
    'function x() {} function x() {} HERE',
    'function x() {} x = 1; HERE',
    'class x {} x = 1; HERE',
    'function f(x) { x ||= 1; HERE }',
    'function f(x) { arguments[0] = 1; HERE }',
    'function f(x) { (() => { arguments[0] = 1 })(); HERE }',
    'function f(x) { if (1) { arguments[0] = 1 } return () => { HERE } }',
    'function f(x) { return function () { HERE }; { g(arguments) } }',
    'let x = 1; eval("x = 2"); HERE',
    'let x = 1; function f(s) { eval(s) } HERE',
    '{ function x() {} } HERE',
    'if (1) function x() {} HERE',
    'function x() {} { function x() {} } HERE',
    'let x = 1; for ([x] of []) {} HERE',
    'let x = 1; ({ a: { b: x = 2 } } = {}); HERE',
  ])('in %s', (text) => {
    expect(isKept(text)).toBe(false);
  });
});

it('an import is known by its module and name', () => {
  const text = 'import a, { b as x } from "./b.js"; import * as c from "c"; HERE';
  const imported = ['a', 'x', 'c'].map((name) => {
    const found = bindingOf(name, text, '/app/a.mjs');
    return found instanceof ImportBinding && found.imported;
  });
  expect(imported).toEqual([
    { from: './b.js', name: 'default' },
    { from: './b.js', name: 'b' },
    { from: 'c', name: '*' },
  ]);
});

it('what nothing declares is free, names of properties are none', () => {
  const text =
    'label: for (const a of b.c) { d({ e: 1, f }, (g) => g.h, [i]); break label } function j() { return arguments }';
  expect([...(analyzeScript(text, '/app/a.js')?.outer.keys() ?? [])]).toEqual(['b', 'd', 'f', 'i', 'arguments']);
});
