import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type Debugger, Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type TransformOptions, transform } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BreakLocation } from '../../../../../../src/runtime/node/channel/positions.ts';
import { FunctionSearches } from '../../../../../../src/runtime/node/worker/sources/functions/function-searches.ts';
import { locate } from '../../../../../../src/runtime/node/worker/sources/locate/locate-line.ts';
import { Naming } from '../../../../../../src/runtime/node/worker/sources/names/naming.ts';
import { ScriptTexts } from '../../../../../../src/runtime/node/worker/sources/script-texts.ts';
import { Scripts } from '../../../../../../src/runtime/node/worker/sources/scripts.ts';
import { dynamicLog } from '../../../harness/probe.ts';

const BUILDS: Record<string, TransformOptions> = {
  esbuild: {},
  'esbuild, minified': { minify: true },
  'esbuild, for an old Node.js': { target: 'es2015' },
};

const COMMENTED = `/** What a shop does with an order. */

/*
 * Orders are paid later.
 */
export class Order {
  total = 0;

  add(price: number): void
  {
    // Prices are in cents.
    this.total += price;
  }
}

export function discountFor(order: Order): number {
  return order.total > 100 ? 10 : 0;
}
`;

describe.each(Object.keys(BUILDS))('lines as %s leaves them', (tool) => {
  let directory = '';
  let session: Session;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'davylamp-lines-'));
    session = new Session();
    session.connect();
  });

  afterEach(async () => {
    session.disconnect();
    await rm(directory, { recursive: true });
  });

  /** What a probe on each of the lines comes to, in the program as V8 has it. */
  async function locateIn(text: string, lines: readonly number[]) {
    const settings = { loader: 'ts', format: 'cjs', sourcemap: 'external', sourcefile: 'orders.ts' } as const;
    const { code, map } = await transform(text, { ...settings, ...BUILDS[tool] });
    const path = join(directory, 'orders.cjs');
    const own = { ...JSON.parse(map), sources: ['src/orders.ts'], sourcesContent: [text] };
    const mapURL = `data:application/json,${encodeURIComponent(JSON.stringify(own))}`;
    await writeFile(path, `${code}\n//# sourceMappingURL=${mapURL}\n`);
    const scripts = new Scripts(directory, '/davylamp');
    let parsed: Debugger.ScriptParsedEventDataType | undefined;
    session.on('Debugger.scriptParsed', ({ params }) => {
      if (params.url === pathToFileURL(path).href) parsed = params;
    });
    await session.post('Debugger.enable');
    createRequire(path)(path);
    if (parsed === undefined) throw new Error('the program has not been loaded');
    const { scriptId, url, endLine } = parsed;
    scripts.add({ scriptId, url, endLine, length: code.length, sourceMapURL: mapURL });
    const source = async () => (await session.post('Debugger.getScriptSource', { scriptId })).scriptSource;
    const texts = new ScriptTexts(scripts, source);
    const access = {
      possible: async (id: string, start: { line: number; column: number }, end: { line: number; column: number }) => {
        const place = ({ line, column }: typeof start) => ({ scriptId: id, lineNumber: line, columnNumber: column });
        const found = await session.post('Debugger.getPossibleBreakpoints', { start: place(start), end: place(end) });
        return found.locations.map(({ lineNumber, columnNumber = 0, type }) => {
          return { line: lineNumber, column: columnNumber, type: type as BreakLocation['type'] };
        });
      },
      texts,
      searches: new FunctionSearches(),
      naming: new Naming(scripts, texts),
    };
    const located = lines.map((line) =>
      locate(dynamicLog({ file: 'src/orders.ts', line }, 'x'), scripts, access, directory),
    );
    return await Promise.all(located);
  }

  test('a comment, a blank line and a brace that begins a body are not executable, and not what is said to be nearest', async () => {
    for (const located of await locateIn(COMMENTED, [1, 2, 3, 4, 5, 10, 11])) {
      expect(located).toMatchObject({ state: 'failed', reason: 'LineNotExecutable' });
      expect(located).not.toHaveProperty(
        'message',
        expect.stringMatching(/nearest line with code is (?:[1-5]|1[01])$/),
      );
    }
  });

  test('the lines with code are', async () => {
    for (const [index, located] of (await locateIn(COMMENTED, [12, 17])).entries()) {
      expect(located).toMatchObject({
        state: 'found',
        location: expect.stringContaining(`orders.ts:${[12, 17][index]}:`),
      });
    }
  });

  test('a function on the first line is met inside of it, not where compilers hand it out', async () => {
    const text =
      'export const half = (price: number) => price / 2;\nexport const all = [1];\nexport const one = half(all[0]);\n';
    const [located] = await locateIn(text, [1]);
    expect(located).toMatchObject({ state: 'found', location: 'src/orders.ts:1:40' });
  });

  test('an import on the first line is not where compilers hand out what the file exports', async () => {
    const text = "import { sep } from 'node:path';\n\nexport function root(): string {\n  return sep;\n}\n";
    const [located] = await locateIn(text, [1]);
    if (located?.state === 'found') expect(located.note).toBeUndefined();
  });
});
