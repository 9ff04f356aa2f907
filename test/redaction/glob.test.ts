import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGlob } from '../../src/redaction/patterns/glob.ts';
import { LinearPatternError } from '../../src/redaction/patterns/pattern-reader.ts';

describe('a glob for paths', () => {
  test.each([
    ['src/orders.ts', 'src/orders.ts', true],
    ['src/orders.ts', 'src/ordersxts', false],
    ['src/orders.ts', 'a/src/orders.ts', false],
    ['src/*.ts', 'src/orders.ts', true],
    ['src/*.ts', 'src/.ts', true],
    ['src/*.ts', 'src/a/orders.ts', false],
    ['src/*', 'src/', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['src/**', 'src/a/b.ts', true],
    ['src/**', 'src', false],
    ['src/**/a.ts', 'src/a.ts', true],
    ['src/**/a.ts', 'src/x/a.ts', true],
    ['src/**/a.ts', 'src/x/y/a.ts', true],
    ['src/**/a.ts', 'src/xa.ts', false],
    ['**/a.ts', 'a.ts', true],
    ['**/a.ts', '/x/a.ts', true],
    ['**/**/a.ts', 'a.ts', true],
    ['**/*.test.ts', 'test/redaction/glob.test.ts', true],
    ['src**/a.ts', 'srca.ts', false],
    ['src**/a.ts', 'src/a.ts', true],
    ['src**/a.ts', 'src2/x/a.ts', true],
    ['**', 'a/b\nc', true],
    ['***', 'a/b', true],
    ['src/?.ts', 'src/a.ts', true],
    ['src/?.ts', 'src/😀.ts', true],
    ['src/?.ts', 'src/ab.ts', false],
    ['src?a.ts', 'src/a.ts', false],
    ['src/\\*.ts', 'src/*.ts', true],
    ['src/\\*.ts', 'src/a.ts', false],
    ['[a](b|c)+{2}^$', '[a](b|c)+{2}^$', true],
    ['\\a\\\\\\/**/b', 'a\\/b', true],
    ['a.ts', 'A.ts', false],
  ])('%j is for %j: %j', (glob, path, want) => {
    expect(compileGlob(glob, '/').matches(path)).toBe(want);
  });
});

describe('a glob for names', () => {
  test.each([
    ['@shop/*', '@shop/orders/lib', true],
    ['*Service.*', 'OrderService.place', true],
    ['*Service.*', 'OrderServices', false],
    ['get?', 'get/', true],
    ['**/a', 'a', false],
    ['**/a', 'b/a', true],
  ])('%j is for %j: %j', (glob, name, want) => {
    expect(compileGlob(glob, undefined).matches(name)).toBe(want);
  });
});

test('a glob says what the expression says that it stands for', () => {
  const pieces = ['a', 'b', '/', '?', '*', '**', '**/', '/**/', '.', '\\*', '\\\\'];
  const globs = fc.array(fc.constantFrom(...pieces), { maxLength: 7 }).map((all) => all.join(''));
  const paths = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '\\'), maxLength: 8 });
  fc.assert(
    fc.property(globs, paths, (glob, path) => {
      const source = glob.replace(/(?<=^|\/)\*{2,}\/|\*+|\\.|./gs, (piece) => {
        if (piece.startsWith('\\')) return `\\${piece.slice(1)}`.replace(/\\([ab])/, '$1');
        if (piece === '?') return '[^/]';
        if (piece.startsWith('**')) return piece.endsWith('/') ? '(?:[^]*/)?' : '[^]*';
        return piece === '*' ? '[^/]*' : piece === '.' ? '\\.' : piece;
      });
      const wantsMatch = new RegExp(`^(?:${source})$`).test(path);
      expect(compileGlob(glob, '/').matches(path)).toBe(wantsMatch);
    }),
    { numRuns: 5000 },
  );
});

test('a glob of many stars takes no longer for a long text that it is not for', () => {
  const glob = compileGlob('*a'.repeat(200), undefined);
  expect(glob.matches(`${'a'.repeat(5000)}b`)).toBe(false);
  expect(glob.matches('a'.repeat(5000))).toBe(true);
});

test.each([
  ['src/\\', 'character 5: nothing is behind the backslash; write \\\\ for a backslash'],
  ['a'.repeat(1001), /^character 1: a glob has at most 1000 characters/],
  ['*a'.repeat(400), /^character 1: a glob has at most 1000 characters/],
])('%j is refused', (glob, want) => {
  expect(() => compileGlob(glob, '/')).toThrow(LinearPatternError);
  expect(() => compileGlob(glob, '/')).toThrow(want);
});
