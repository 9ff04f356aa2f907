import { describe, expect, it } from 'vitest';
import { Scripts } from '../../../src/runtime/node/location/scripts.ts';
import { ScriptCopies } from '../../../src/runtime/node/script-copies.ts';

describe('scripts of one URL', () => {
  it('are forgotten in the order in which they came, beyond the newest hundred', () => {
    const copies = new ScriptCopies();
    const forgotten = Array.from({ length: 350 }, (_, id) => copies.add('/app/page.ejs', String(id)));
    expect(forgotten.slice(0, 100)).toEqual(new Array(100).fill(undefined));
    expect(forgotten.slice(100)).toEqual(Array.from({ length: 250 }, (_, id) => String(id)));
  });

  it('leave those of other URLs alone', () => {
    const scripts = new Scripts('/app', '/davylamp');
    const add = (scriptId: string, url: string) =>
      scripts.add({ scriptId, url, sourceMapURL: '', endLine: 1, length: 10 });
    add('main', '/app/main.js');
    for (let id = 0; id < 1000; id++) add(String(id), '/app/page.ejs');
    expect(scripts.get('main')?.path).toBe('/app/main.js');
    expect(scripts.all()).toHaveLength(101);
    expect(scripts.get('899')).toBeUndefined();
    expect(scripts.get('900')).toBeDefined();
  });
});
