import { fileURLToPath } from 'node:url';
import { AnyMap, originalPositionFor } from '@jridgewell/trace-mapping';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { readSourceMap, SourceMap } from '../../../../../../src/runtime/node/worker/sources/maps/source-map.ts';

const entry = fileURLToPath(new URL('../../../fixtures/names/src/main.ts', import.meta.url));
const SCRIPT = 'file:///app/dist/main.js';
/** One word of the source on each line: `one` is line 0 of generated code from line 0 of the source, and so on. */
const plain = {
  version: 3,
  sources: ['../src/a.ts'],
  sourcesContent: ['one;\ntwo;\n'],
  names: ['one'],
  mappings: 'AAAAA;AACA',
};

const sourcesOf = (map: object, url = 'main.js.map', script = SCRIPT) =>
  new SourceMap(JSON.stringify(map), script, url).sources;

describe('a source map', () => {
  test.each([true, false])('says the same as a library that knows all of a bundle, minified: %s', async (minify) => {
    const { outputFiles } = await build({
      ...{ entryPoints: [entry], bundle: true, platform: 'node', sourcemap: 'external', write: false, minify },
      outfile: '/app/dist/main.js',
    });
    const [text = '', code = ''] = outputFiles.map((file) => file.text);
    const own = new SourceMap(text, SCRIPT, 'main.js.map');
    const known = new AnyMap(text, 'file:///app/dist/main.js.map');
    for (const [line, { length }] of code.split('\n').entries()) {
      for (let column = 0; column <= length; column++) {
        const wanted = originalPositionFor(known, { line: line + 1, column });
        const found = own.original({ line, column });
        expect(found && [found.line + 1, found.column, found.name ?? null]).toEqual(
          wanted.source === null ? undefined : [wanted.line, wanted.column, wanted.name],
        );
      }
    }
  });

  test('finds generated code by the position in the source, and the lines that have some', () => {
    const map = new SourceMap(JSON.stringify(plain), SCRIPT, 'main.js.map');
    expect(map.generated('/app/src/a.ts', { line: 1, column: 0 })).toEqual([{ line: 1, column: 0 }]);
    expect(map.lineRangesOf('/app/src/a.ts', 1)).toEqual([{ line: 1, start: 0, end: Number.POSITIVE_INFINITY }]);
    expect(map.lineRangesOf('/app/src/a.ts', 2)).toEqual([]);
    expect(map.linesOf('/app/src/a.ts')).toEqual([0, 1]);
    expect(map.named('one', '/app/src/a.ts')).toEqual([{ line: 0, column: 0 }]);
    expect(map.textOf('/app/src/a.ts')?.identifierAt({ line: 1, column: 0 })).toBe('two');
    expect(map.generatedLines).toBe(2);
  });

  test('made of sections counts lines, sources and names on', () => {
    const map = new SourceMap(
      JSON.stringify({
        version: 3,
        sections: [
          { offset: { line: 0, column: 0 }, map: plain },
          { offset: { line: 2, column: 4 }, map: { ...plain, sources: ['../src/b.ts'], names: ['two'] } },
        ],
      }),
      SCRIPT,
      'main.js.map',
    );
    expect(map.original({ line: 2, column: 4 })).toEqual({ path: '/app/src/b.ts', line: 0, column: 0, name: 'two' });
    expect(map.original({ line: 3, column: 9 })).toMatchObject({ path: '/app/src/b.ts', line: 1 });
    expect(map.original({ line: 2, column: 3 })).toBeUndefined();
    expect(map.original({ line: 0, column: 0 })).toMatchObject({ path: '/app/src/a.ts', name: 'one' });
  });

  test.each([
    ['a path from the map on', { sources: ['../src/a.ts'] }, '/app/src/a.ts'],
    ['a root', { sources: ['a.ts'], sourceRoot: '../src/' }, '/app/src/a.ts'],
    ['a root that is a URL', { sources: ['./a.ts'], sourceRoot: 'webpack://shop/src' }, 'src/a.ts'],
    ['a path of its own', { sources: ['/srv/a.ts'], sourceRoot: '../src' }, '/srv/a.ts'],
    ['a file URL with a query', { sources: ['file:///srv/a.ts?v=1'] }, '/srv/a.ts'],
    ['webpack', { sources: ['webpack://shop/./src/a.ts?1f3b'] }, 'src/a.ts'],
    ['webpack without a name', { sources: ['webpack:///./src/../lib/a.ts'] }, 'lib/a.ts'],
    ['webpack inside', { sources: ['webpack-internal:///./src/a.ts'] }, 'src/a.ts'],
    ['a module of rollup that is no file', { sources: ['\0virtual/a.ts'] }, '/app/dist/virtual/a.ts'],
    ['a name with spaces', { sources: ['../my%20src/a.ts'] }, '/app/my src/a.ts'],
    ['brackets', { sources: ['../src/[id].ts'] }, '/app/src/[id].ts'],
    ['no name', { sources: [null] }, undefined],
  ])('knows a source by %s', (_name, parts, path) => {
    expect(sourcesOf({ ...plain, ...parts })).toEqual([path]);
  });

  test.each([
    `data:application/json;base64,${btoa(JSON.stringify(plain))}`,
    `data:application/json;charset=utf-8;base64,${btoa(JSON.stringify(plain))}`,
    `data:application/json;charset=utf8; base64,${encodeURIComponent(btoa(JSON.stringify(plain)))}`,
    `data:application/json,${encodeURIComponent(JSON.stringify(plain))}`,
    `data:,${encodeURIComponent(`)]}'\n${JSON.stringify(plain)}`)}`,
  ])('is read from %.44s', (url) => {
    const text = readSourceMap(SCRIPT, url);
    expect(new SourceMap(text ?? '', SCRIPT, url).sources).toEqual(['/app/src/a.ts']);
  });

  test('that is none is refused', () => {
    for (const text of ['', 'null', '[]', '{}', '{"mappings":1}', '<html>']) {
      expect(() => new SourceMap(text, SCRIPT, 'main.js.map')).toThrow();
    }
  });

  test.each([
    ['lines', { mappings: ';'.repeat(16_000_001) }],
    ['lines before a section', { sections: [{ offset: { line: 16_000_001, column: 0 }, map: plain }] }],
    ['mappings', { mappings: 'A,'.repeat(16_000_001) }],
    [
      'mappings in its sections',
      {
        sections: [0, 1].map((line) => ({
          offset: { line, column: 0 },
          map: { ...plain, mappings: 'A,'.repeat(8_000_001) },
        })),
      },
    ],
  ])('with too many %s is refused when it is read', (_what, parts) => {
    const text = JSON.stringify({ ...plain, ...parts });
    expect(() => new SourceMap(text, SCRIPT, 'main.js.map')).toThrow(RangeError);
  });

  test('with as many lines as are allowed is read', () => {
    const text = JSON.stringify({ ...plain, mappings: `${';'.repeat(16_000_000)}AAAA` });
    const map = new SourceMap(text, SCRIPT, 'main.js.map');
    expect(map.original({ line: 16_000_000, column: 0 })).toMatchObject({ path: '/app/src/a.ts', line: 0 });
  });

  test('with columns out of order is put in order', () => {
    const map = new SourceMap(JSON.stringify({ ...plain, mappings: 'UAAA,LACA' }), SCRIPT, 'main.js.map');
    expect(map.original({ line: 0, column: 5 })).toMatchObject({ line: 1 });
    expect(map.original({ line: 0, column: 10 })).toMatchObject({ line: 0 });
  });
});
