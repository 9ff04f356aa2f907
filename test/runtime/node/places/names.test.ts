import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog, isWhole, snapshot } from '../harness/probe.ts';
import type { SeenResult } from '../harness/seen-result.ts';

const source = fileURLToPath(new URL('../fixtures/names/src/main.ts', import.meta.url));

const outputs: [string, BuildOptions][] = [
  ['a bundle', { bundle: true }],
  ['a minified bundle', { bundle: true, minify: true }],
  ['a minified bundle of ES modules', { bundle: true, minify: true, format: 'esm', outExtension: { '.js': '.mjs' } }],
  ['a minified bundle without the sources in its map', { bundle: true, minify: true, sourcesContent: false }],
];

describe.each(NODES)('names on %s', (node) => {
  let agent: AgentEnd;
  let application: Application | undefined;
  let directory: string;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    directory = mkdtempSync(join(tmpdir(), 'davylamp-names-'));
  });

  afterEach(async () => {
    await application?.stop();
    agent.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(options: BuildOptions): Promise<Application> {
    const outdir = join(directory, 'dist');
    await build({ ...{ entryPoints: [source], outdir, format: 'cjs', platform: 'node', sourcemap: true }, ...options });
    const file = join(outdir, `main${options.outExtension?.['.js'] ?? '.js'}`);
    application = await Application.start(file, { node, run: agent.directory, cwd: directory });
    await application.line((line) => line.startsWith('ready'));
    await agent.hello();
    return application;
  }

  /** Asks again and again: on a busy machine a probe has used up its budget for a while. */
  async function hit(running: Application, wanted: (result: SeenResult) => boolean): Promise<SeenResult> {
    running.tell('3');
    const timer = setInterval(() => running.tell('3'), 200);
    try {
      return await agent.result(wanted);
    } finally {
      clearInterval(timer);
    }
  }

  test.each(outputs)('a snapshot of %s has the names of the source', async (_name, options) => {
    const running = await start(options);
    const [state] = await agent.desire(snapshot({ file: 'src/main.ts', line: 13 }));
    expect(state).toMatchObject({ state: 'Armed' });
    const { capture } = await hit(running, isWhole);
    const [top, below] = capture?.frames ?? [];
    expect(top?.function).toBe('place');
    expect(below?.function).toBe('answer');
    const locals = top?.locals?.map(({ name, value }) => [name, value.text ?? value.className ?? value.notCaptured]);
    expect(locals).toEqual(
      expect.arrayContaining([
        ['order', '3'],
        ['price', '1'],
        ['password', 'redacted'],
        ['factor', '3'],
        ['result', '0'],
      ]),
    );
    expect(JSON.stringify(agent.results)).not.toContain('hidden-');
  });

  test.each(outputs)('expressions in %s read what the source names', async (_name, options) => {
    const running = await start(options);
    const states = await agent.desire(
      dynamicLog({ file: 'src/main.ts', line: 13 }, 'inner {order} {price} {basket.owner} {password}'),
      dynamicLog({ file: 'src/main.ts', line: 9 }, 'outer {order.id} {rates.standard} {Basket.name.length > 0}'),
      dynamicLog({ file: 'src/main.ts', line: 17 }, 'lent {result} {extra} {password}'),
    );
    expect(states.map(({ message, state }) => message ?? state)).toEqual(['Armed', 'Armed', 'Armed']);
    for (const message of ['inner 3 1 shop <redacted>', 'outer 7 2 true', 'lent 12 1 <redacted>']) {
      await hit(running, ({ log }) => log?.message === message);
    }
    expect(JSON.stringify(agent.results)).not.toContain('hidden-');
  });

  test('a variable that is not there says why, in its place or for the whole condition', async () => {
    const running = await start({ bundle: true, minify: true });
    const [first, second] = await agent.desire(
      dynamicLog({ file: 'src/main.ts', line: 9 }, 'unused {unused} of {order.id}'),
      dynamicLog({ file: 'src/basket.ts', line: 6 }, 'x', { condition: 'limit > 1' }),
    );
    expect(second).toMatchObject({
      state: 'Failed',
      reason: 'ExpressionInvalid',
      message: 'condition: limit is not kept by the bundler at this line',
    });
    expect(first).toMatchObject({ state: 'Armed' });
    await hit(running, ({ log }) => log?.message === 'unused <unused is not kept by V8 at this line> of 7');
  });

  test.each(outputs)('private fields in %s are shown and can be read', async (_name, options) => {
    const running = await start(options);
    const place = { file: 'src/basket.ts', line: 23 };
    await agent.desire(dynamicLog(place, 'total {this.#total} {this.#secretKey}'));
    await hit(running, ({ log }) => log?.message === 'total 3 <redacted>');
    await agent.desire(snapshot(place));
    const { capture } = await hit(running, isWhole);
    const [top] = capture?.frames ?? [];
    expect(top?.function).toBe('Basket.add');
    expect(top?.this?.className).toBe('Basket');
    expect(top?.this?.fields?.map(({ name, value }) => `${name} ${value.text ?? value.notCaptured}`)).toEqual([
      'owner shop',
      expect.stringMatching(/^#total \d+$/),
      '#secretKey redacted',
    ]);
  });
});
