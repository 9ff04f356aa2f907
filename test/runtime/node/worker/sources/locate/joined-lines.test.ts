import { expect, test } from 'vitest';
import { FunctionSearches } from '../../../../../../src/runtime/node/worker/sources/functions/function-searches.ts';
import { locate } from '../../../../../../src/runtime/node/worker/sources/locate/locate-line.ts';
import { Naming } from '../../../../../../src/runtime/node/worker/sources/names/naming.ts';
import { ScriptTexts } from '../../../../../../src/runtime/node/worker/sources/script-texts.ts';
import { Scripts } from '../../../../../../src/runtime/node/worker/sources/scripts.ts';
import { dynamicLog } from '../../../harness/probe.ts';

/** `return n+=e,n-o` for two lines of the source: `return` and the end are of line 3, what is between them of line 2. */
function minified(mappings: string) {
  const map = { version: 3, sources: ['../src/sum.ts'], names: [], mappings };
  const scripts = new Scripts('/app', '/davylamp');
  scripts.add({
    scriptId: '1',
    url: 'file:///app/dist/sum.js',
    sourceMapURL: `data:application/json,${encodeURIComponent(JSON.stringify(map))}`,
    endLine: 0,
    length: 35,
  });
  return scripts;
}

const source = async () => 'function f(n,e,o){return n+=e,n-o}';
const accessTo = (scripts: Scripts) => {
  const texts = new ScriptTexts(scripts, source);
  return {
    possible: async () => [{ line: 0, column: 18 }],
    texts,
    searches: new FunctionSearches(),
    naming: new Naming(scripts, texts),
  };
};

test('a line that a minifier joined with the one before says from when its values are', async () => {
  const scripts = minified('kBAEE,OADA,KACO');
  const found = await locate(dynamicLog({ file: 'src/sum.ts', line: 3 }, '{n}'), scripts, accessTo(scripts), '/app');
  expect(found).toMatchObject({
    state: 'found',
    sites: [{ line: 0, column: 18 }],
    note: 'the minifier joined line 2 with line 3 into one statement: values are those before both',
  });
});

test('a line with a statement of its own has nothing to say', async () => {
  const scripts = minified('kBAEE,OAAO');
  const found = await locate(dynamicLog({ file: 'src/sum.ts', line: 3 }, '{n}'), scripts, accessTo(scripts), '/app');
  expect(found).toMatchObject({ state: 'found', sites: [{ line: 0, column: 18 }] });
  expect(found).not.toHaveProperty('note');
});
