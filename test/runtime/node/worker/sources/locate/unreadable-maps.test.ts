import { expect, test } from 'vitest';
import { findFile } from '../../../../../../src/runtime/node/worker/sources/locate/find-file.ts';
import { Scripts } from '../../../../../../src/runtime/node/worker/sources/scripts.ts';

const map = { version: 3, sources: ['../src/sum.ts'], names: [], mappings: 'AAAA' };

test.each([
  ['no JSON', '<html>'],
  ['of too many lines', JSON.stringify({ ...map, mappings: ';'.repeat(16_000_001) })],
  ['of too many mappings', JSON.stringify({ ...map, mappings: 'A,'.repeat(16_000_001) })],
])('a script whose map is %s is as one without a map', (_what, text) => {
  const scripts = new Scripts('/app', '/davylamp');
  scripts.add({
    scriptId: '1',
    url: 'file:///app/dist/sum.js',
    sourceMapURL: `data:application/json;base64,${Buffer.from(text).toString('base64')}`,
    endLine: 0,
    length: 35,
  });
  expect(findFile('src/sum.ts', scripts, '/app')).toEqual({
    state: 'failed',
    reason: 'SourceMapMissing',
    message: 'dist/sum.js is loaded, but has no source map that can be read',
  });
  expect(scripts.show('1', { line: 0, column: 18 })).toBe('dist/sum.js:1:19');
});
