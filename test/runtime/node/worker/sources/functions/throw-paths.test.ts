import { describe, expect, test } from 'vitest';
import { analyzeScript } from '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts';
import { passes } from '../../../../../../src/runtime/node/worker/sources/functions/throw-paths.ts';

function passesAt(source: string): boolean {
  const analysis = analyzeScript(source, 'orders.cjs');
  if (analysis === undefined) throw new Error('not parsed');
  return passes(analysis, source.indexOf('HERE'));
}

describe('an exception', () => {
  test.each([
    ['a function', 'function f() { HERE() }'],
    ['a function inside of a try of another one', 'try { const f = () => { HERE() } } catch {}'],
    ['a catch', 'function f() { try { a() } catch { HERE() } }'],
    ['a finally', 'function f() { try { a() } catch {} finally { HERE() } }'],
    ['a try with a finally that ends', 'function f() { try { HERE() } finally { for (;;) { break } } }'],
    ['a generator', 'function* f() { HERE() }'],
    ['an argument of new Promise', 'function f() { new Promise(HERE()) }'],
    ['a field of a class', 'class A { x = HERE() }'],
    ['the script', 'HERE()'],
  ])('leaves %s', (_where, source) => {
    expect(passesAt(source)).toBe(true);
  });

  test.each([
    ['a try with a catch', 'function f() { try { HERE() } catch {} }'],
    ['a try in a try', 'function f() { try { try { HERE() } finally { a() } } catch {} }'],
    ['a finally that returns', 'function f() { try { HERE() } finally { return 1 } }'],
    ['a finally that throws another', 'function f() { try { HERE() } finally { throw a } }'],
    ['a finally that leaves a loop', 'function f() { for (;;) try { HERE() } finally { break } }'],
    ['a catch before such a finally', 'function f() { try { a() } catch { HERE() } finally { return 1 } }'],
    ['an async function', 'async function f() { HERE() }'],
    [
      'what calls the function of a promise',
      'function f() { HERE; new Promise(() => {}) }'.replace('HERE; new', 'new /*HERE*/'),
    ],
    ['Promise.try', 'function f() { Promise./*HERE*/try(() => {}) }'],
  ])('stays in %s', (_where, source) => {
    expect(passesAt(source)).toBe(false);
  });
});
