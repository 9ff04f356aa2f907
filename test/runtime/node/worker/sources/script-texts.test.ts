import { expect, test } from 'vitest';
import { Naming } from '../../../../../src/runtime/node/worker/sources/names/naming.ts';
import { ScriptTexts } from '../../../../../src/runtime/node/worker/sources/script-texts.ts';
import { Scripts } from '../../../../../src/runtime/node/worker/sources/scripts.ts';

/** Scripts with those sources, by their ids; V8 says another text for one whose file was changed. */
function textsOf(
  sources: Readonly<Record<string, string>>,
  lengths: Readonly<Record<string, number>> = {},
  kept?: number,
) {
  const asked: string[] = [];
  const scripts = new Scripts('/app', '/runtime');
  for (const [scriptId, source] of Object.entries(sources)) {
    const length = lengths[scriptId] ?? source.length;
    scripts.add({ scriptId, url: `file:///app/${scriptId}.js`, sourceMapURL: '', length, endLine: 0 });
  }
  const ask = async (scriptId: string) => {
    asked.push(scriptId);
    return sources[scriptId] ?? '';
  };
  const texts = new ScriptTexts(scripts, ask, kept);
  return { scripts, texts, asked, naming: new Naming(scripts, texts) };
}

test('a script is asked for once, whoever needs it, and read once', async () => {
  const { texts, naming, asked } = textsOf({ a: 'const b = 1;' });
  const [text, names] = await Promise.all([texts.get('a'), naming.load('a'), texts.get('a')]);
  expect(asked).toEqual(['a']);
  expect(names?.analysis).toBe(text.analysis);
  expect((await texts.confirmed('a'))?.analysis).toBe(text.analysis);
  expect(asked).toEqual(['a']);
});

test('of scripts beyond the bound, those go first that were only looked at', async () => {
  const sources = {
    a: `const a = '${'x'.repeat(40)}';`,
    b: `const b = '${'x'.repeat(40)}';`,
    c: `const c = '${'x'.repeat(40)}';`,
  };
  const { texts } = textsOf(sources, {}, 120);
  expect((await texts.get('a')).analysis).toBeDefined();
  await texts.get('b');
  await texts.get('c');
  expect(['a', 'b', 'c'].filter((id) => texts.peek(id) !== undefined)).toEqual(['a', 'c']);
});

test('nothing is known of a script that is too large, and its names are not told', async () => {
  const { texts, naming } = textsOf({ a: 'const b = 1;' }, { a: 33 * 1024 * 1024 });
  expect((await texts.get('a')).analysis).toBeUndefined();
  expect(await naming.load('a')).toBeUndefined();
  expect(naming.missing(['a'])).toEqual([]);
});

test('what was asked for before the debugger forgot its scripts is not kept for the next script of that id', async () => {
  const { texts } = textsOf({ a: 'const b = 1;' });
  const before = texts.get('a');
  texts.clear();
  await before;
  expect(texts.peek('a')).toBeUndefined();
});
