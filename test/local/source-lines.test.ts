import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SourceLines } from '../../src/local/terminal/source-lines.ts';

describe('the code of a result', () => {
  let directory = '';
  const notes: string[] = [];

  beforeEach(async () => {
    notes.length = 0;
    directory = await mkdtemp(join(tmpdir(), 'source-lines-'));
  });
  afterEach(async () => await rm(directory, { recursive: true }));

  async function lineWith(files: Record<string, string>): Promise<string | undefined> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    const sources = new SourceLines([directory], (text) => notes.push(text));
    expect(sources.line('src/orders.ts:1:1')).toBe(sources.line('src/orders.ts:1:1'));
    return sources.line('src/orders.ts:1:1');
  }

  it('is that of the only file that fits, without a word', async () => {
    expect(await lineWith({ 'shop/src/orders.ts': 'shop' })).toBe('shop');
    expect(notes).toEqual([]);
  });

  it('is that of the nearest of several files, which is said once', async () => {
    const files = { 'examples/orders/src/orders.ts': 'shop', 'test/node/fixtures/ts/src/orders.ts': 'test' };
    expect(await lineWith(files)).toBe('shop');
    expect(notes).toEqual([
      'the code of src/orders.ts is shown from examples/orders/src/orders.ts; 2 files here end in src/orders.ts',
    ]);
  });

  it('is not shown where none of several is nearest, and says so once', async () => {
    expect(await lineWith({ 'a/src/orders.ts': 'a', 'b/src/orders.ts': 'b' })).toBeUndefined();
    expect(notes).toEqual([
      'no code is shown of src/orders.ts: 2 files here end in src/orders.ts (a/src/orders.ts, b/src/orders.ts); run davylamp in the directory of the one that runs',
    ]);
  });
});
