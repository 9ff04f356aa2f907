import { encodedMappings, type SourceMapSegment, TraceMap } from '@jridgewell/trace-mapping';
import { describe, expect, test } from 'vitest';
import { analyzeScript } from '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts';
import { SourceMap } from '../../../../../../src/runtime/node/worker/sources/maps/source-map.ts';
import { NotKept, namesAt } from '../../../../../../src/runtime/node/worker/sources/names/names-at.ts';
import { ScriptNames } from '../../../../../../src/runtime/node/worker/sources/names/script-names.ts';

const encode = (mappings: SourceMapSegment[][]) =>
  encodedMappings(new TraceMap({ version: 3, sources: ['a.ts'], names: [], mappings }));

/** @param places texts of the generated line and of the source, as they follow each other, and the name in the map. */
function reading(source: string, code: string, places: readonly (readonly [string, string, string?])[]) {
  const names: string[] = [];
  let at = 0;
  let sourceAt = 0;
  const segments = places.map(([generated, original, name]): SourceMapSegment => {
    at = code.indexOf(generated, at);
    sourceAt = source.indexOf(original, sourceAt);
    if (at < 0 || sourceAt < 0) throw new Error(`not there: ${generated}, ${original}`);
    const place = source.slice(0, sourceAt).split('\n');
    const start = [at++, 0, place.length - 1, place.at(-1)?.length ?? 0] as const;
    return name === undefined ? [...start] : [...start, names.push(name) - 1];
  });
  const map = { version: 3, sources: ['a.ts'], sourcesContent: [source], names, mappings: encode([segments]) };
  const analysis = analyzeScript(code, '/app/a.js');
  if (analysis === undefined) throw new Error('not read');
  const script = new ScriptNames(analysis, new SourceMap(JSON.stringify(map), 'file:///app/a.js', 'a.js.map'));
  return namesAt({ line: 0, column: code.indexOf('return') }, script);
}

describe('a variable that a compiler made', () => {
  test('of a member alone is not the object', () => {
    const read = reading(
      'const limits = { max: 5 };\nfunction run() { return limits.max; }',
      'const n=5;function r(){return n}',
      [
        ['n=', 'limits', 'limits'],
        ['5', '5'],
        ['r()', 'run', 'run'],
        ['return', 'return'],
        ['n}', 'limits', 'limits'],
      ],
    );
    expect(() => read('limits')).toThrow(NotKept);
  });

  test('is not taken where several claim one place of the source', () => {
    const source = 'function run(list) { const [first = 7] = list; return first; }';
    const column = source.indexOf('first');
    const code = 'function run(e){var t=e[0],n=t===void 0?7:t;return n}';
    const at = (text: string) => code.indexOf(text);
    const segments: SourceMapSegment[] = [
      [at('e)'), 0, 0, source.indexOf('list'), 1],
      [at('t='), 0, 0, column, 0],
      [at('e['), 0, 0, source.lastIndexOf('list'), 1],
      [at('n='), 0, 0, column, 0],
      [at('return'), 0, 0, source.indexOf('return')],
    ];
    const map = {
      ...{ version: 3, sources: ['a.ts'], sourcesContent: [source], names: ['first', 'list'] },
      mappings: encode([segments]),
    };
    const analysis = analyzeScript(code, '/app/a.js');
    if (analysis === undefined) throw new Error('not read');
    const script = new ScriptNames(analysis, new SourceMap(JSON.stringify(map), 'file:///app/a.js', 'a.js.map'));
    const read = namesAt({ line: 0, column: at('return') }, script);
    expect(read('list')).toBe('e');
    // Nothing is called so: a ReferenceError.
    expect(read('first')).toBe('first');
  });
});
