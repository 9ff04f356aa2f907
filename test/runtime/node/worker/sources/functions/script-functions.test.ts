import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { analyzeScript } from '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts';
import { functionTree } from '../../../../../../src/runtime/node/worker/sources/analysis/function-tree.ts';
import { FunctionSearches } from '../../../../../../src/runtime/node/worker/sources/functions/function-searches.ts';
import { locateFunction } from '../../../../../../src/runtime/node/worker/sources/locate/locate-function.ts';
import { Naming } from '../../../../../../src/runtime/node/worker/sources/names/naming.ts';
import { ScriptTexts } from '../../../../../../src/runtime/node/worker/sources/script-texts.ts';
import { Scripts } from '../../../../../../src/runtime/node/worker/sources/scripts.ts';

class Loaded {
  readonly scripts = new Scripts('/app', '/runtime');
  readonly asked: string[] = [];
  /** Scripts that V8 has announced and no longer has. */
  readonly collected = new Set<string>();
  readonly texts: ScriptTexts;
  readonly searches = new FunctionSearches();
  readonly #sources = new Map<string, string>();

  constructor(maxKept?: number) {
    const ask = async (scriptId: string) => {
      this.asked.push(scriptId);
      if (this.collected.has(scriptId)) throw new Error(`Inspector error -32000: No script for id: ${scriptId}`);
      return this.#sources.get(scriptId) ?? '';
    };
    this.texts = new ScriptTexts(this.scripts, ask, maxKept);
  }

  load(source: string, path?: string): void {
    const scriptId = String(this.#sources.size + 1);
    this.#sources.set(scriptId, source);
    const script = {
      scriptId,
      url: path ?? `file:///app/${scriptId}.js`,
      sourceMapURL: '',
      length: source.length,
      endLine: 0,
    };
    this.scripts.add(script);
  }

  async find(name: string): Promise<string> {
    const access = {
      possible: async (_id: string, start: { line: number; column: number }) => [start],
      texts: this.texts,
      searches: this.searches,
      naming: new Naming(this.scripts, this.texts),
    };
    const found = await locateFunction(undefined, name, 'Entry', this.scripts, access);
    return 'state' in found ? `${found.state}: ${found.message}` : found.sites.map((site) => site.scriptId).join();
  }
}

describe('the functions of scripts', () => {
  test('that do not have the wanted one are read once, and hint at it for as long as it is missing', async () => {
    const loaded = new Loaded(0);
    loaded.load('class OrderService { placeAll() {} place2() {} }');
    loaded.load('const place = 1;');
    const message = 'waiting: no loaded function is called OrderService.place; similar: OrderService.place';
    const more = '; one of node_modules needs location.file as well';
    expect(await loaded.find('OrderService.place')).toBe(`${message}All, OrderService.place2${more}`);
    loaded.load('function other() {}');
    expect(await loaded.find('OrderService.place')).toBe(`${message}All, OrderService.place2${more}`);
    expect(loaded.asked).toEqual(['1', '2', '3']);
    loaded.load('class OrderService { place() {} }');
    expect(await loaded.find('OrderService.place')).toBe('4');
    expect(loaded.asked).toEqual(['1', '2', '3', '4']);
  });

  test.each([
    ['OrderService.plcae', 'OrderService.place'],
    ['orderTotals', 'orderTotal'],
    ['total', 'orderTotal'],
  ])('are named where %s is not there', async (wanted, similar) => {
    const loaded = new Loaded();
    loaded.load('class OrderService { place() {} }\nfunction orderTotal() {}\nfunction other() {}');
    expect(await loaded.find(wanted)).toContain(`no loaded function is called ${wanted}; similar: ${similar};`);
  });

  test('are looked for in the scripts that V8 still has', async () => {
    const loaded = new Loaded(0);
    loaded.load('function gone() {}');
    loaded.load('function place() {}');
    loaded.collected.add('1');
    expect(await loaded.find('place')).toBe('2');
    expect(await loaded.find('place')).toBe('2');
    expect(loaded.asked.filter((id) => id === '1')).toHaveLength(1);
  });

  test('are not looked for in the runtime, nor in that of an agent which was attached before', async () => {
    const loaded = new Loaded(0);
    loaded.load('function place() {}', '/runtime/engine.cjs');
    loaded.load('function place() {}', '/proc/13/root/app/runtime/engine.cjs');
    loaded.load('function place() {}', '/proc/13/root/app/runtime/engine.js');
    expect(await loaded.find('place')).toBe('3');
  });

  test('are kept within the bound, the newest always', async () => {
    const loaded = new Loaded(100);
    for (const name of ['a', 'b', 'c']) loaded.load(`function ${name}() { return '${'x'.repeat(40)}' }`);
    await loaded.find('a');
    expect(loaded.texts.kept).toBeLessThanOrEqual(100);
    expect(loaded.texts.kept).toBeGreaterThan(0);
    loaded.load(`function d() { return '${'x'.repeat(200)}' }`);
    expect(await loaded.find('d')).toBe('4');
    expect(loaded.texts.kept).toBeGreaterThan(200);
  });

  test('are read once for all names', async () => {
    const loaded = new Loaded();
    for (const name of ['a', 'b', 'c']) loaded.load(`function ${name}() {}`);
    for (const [index, name] of ['a', 'b', 'c'].entries()) expect(await loaded.find(name)).toBe(String(index + 1));
    expect(loaded.asked).toEqual(['1', '2', '3']);
  });

  test('are forgotten with the scripts', async () => {
    const loaded = new Loaded();
    loaded.load('function place() {}');
    await loaded.find('missing');
    loaded.texts.clear();
    loaded.searches.clear();
    expect(loaded.texts.kept).toBe(0);
    await loaded.find('missing');
    expect(loaded.asked).toEqual(['1', '1']);
  });

  test('one of them is read with what is inside of it', () => {
    const source = 'const a = () => { let n = 0; return () => { n++; } }; class B { set c(v) { d(() => v) } }';
    const analysis = analyzeScript(source, '/app/a.js');
    const texts = analysis?.functions
      .filter(({ isBare }) => !isBare)
      .map((site) => {
        const node = functionTree(analysis, site);
        return JSON.stringify(node)
          .match(/"name":"\w+"|"UpdateExpression"/g)
          ?.join();
      });
    expect(texts).toEqual([
      '"name":"n","UpdateExpression","name":"n"',
      '"UpdateExpression","name":"n"',
      '"name":"v","name":"d","name":"v"',
      '"name":"v"',
    ]);
  });

  test('of a bundle are found in less memory than its tree takes', async () => {
    const { href } = new URL(
      '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts',
      import.meta.url,
    );
    const code = `
      import { parentPort } from 'node:worker_threads';
      import { analyzeScript } from ${JSON.stringify(href)};
      const module = (id) => id + ':(e,t,n)=>{class Orders' + id + '{place(e){let n=0;for(const r of e)' +
        'if(r.price>0)n+=r.price*r.quantity;return n}}t.a={b:[1,2,3],c:e=>e.map(e=>e+1)}}';
      const source = '(()=>{({' + Array.from({ length: 12_000 }, (_, id) => module(id)) + '})})()';
      const sites = analyzeScript(source, '/app/bundle.js').functions;
      const wanted = sites.find(({ names }) => names.some(({ path }) => path.at(-1)?.text === 'place' && path.at(-2)?.text === 'Orders11999'));
      parentPort.postMessage([source.length > 1_500_000, sites.length, wanted?.names[0].path.at(-1).text]);
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
      resourceLimits: { maxOldGenerationSizeMb: 64 },
    });
    const [answer] = await once(worker, 'message');
    await worker.terminate();
    expect(answer).toEqual([true, 12_000 * 5 + 1, 'place']);
  });
});
