import { describe, expect, it } from 'vitest';
import { KnownScripts } from '../../../../../src/runtime/node/application/placement/known-scripts.ts';
import { Scripts } from '../../../../../src/runtime/node/worker/sources/scripts.ts';

function scriptsOf(): { scripts: Scripts; add: (scriptId: string, url: string) => void } {
  const scripts = new Scripts('/app', '/davylamp');
  return {
    scripts,
    add: (scriptId, url) => scripts.add({ scriptId, url, sourceMapURL: '', endLine: 1, length: 10 }),
  };
}

describe('scripts of one URL', () => {
  it('are forgotten in the order in which they came, beyond the newest hundred', () => {
    const known = new KnownScripts();
    const forgotten = Array.from({ length: 350 }, (_, id) => known.add('/app/page.ejs', String(id)));
    expect(forgotten.slice(0, 100)).toEqual(new Array(100).fill([]));
    expect(forgotten.slice(100)).toEqual(Array.from({ length: 250 }, (_, id) => [String(id)]));
  });

  it('leave those of other URLs alone', () => {
    const { scripts, add } = scriptsOf();
    add('main', '/app/main.js');
    for (let id = 0; id < 1000; id++) add(String(id), '/app/page.ejs');
    expect(scripts.get('main')?.path).toBe('/app/main.js');
    expect(scripts.all()).toHaveLength(101);
    expect(scripts.get('899')).toBeUndefined();
    expect(scripts.get('900')).toBeDefined();
  });
});

describe('scripts of ever new URLs', () => {
  it('are forgotten when they are old, and the files that the application began with never', () => {
    const { scripts, add } = scriptsOf();
    add('main', '/app/main.js');
    for (let id = 0; id < 50_000; id++) add(String(id), `/app/page-${id}.ejs`);
    expect(scripts.all()).toHaveLength(30_000);
    expect(scripts.get('main')).toBeDefined();
    expect(scripts.get('30000')).toBeUndefined();
    expect(scripts.get('49999')).toBeDefined();
  });

  it('take all scripts of that URL with them', () => {
    const { scripts, add } = scriptsOf();
    for (let id = 0; id < 20_000; id++) add(`first ${id}`, `/app/first-${id}.js`);
    for (const id of ['a', 'b', 'c']) add(id, '/app/later.ejs');
    for (let id = 0; id < 10_000; id++) add(String(id), `/app/page-${id}.ejs`);
    expect([scripts.get('a'), scripts.get('b'), scripts.get('c')]).toEqual([undefined, undefined, undefined]);
    expect(scripts.get('0')).toBeDefined();
  });
});
