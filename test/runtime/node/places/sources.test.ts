import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, type ApplicationOptions, NODES } from '../harness/application.ts';
import { dynamicLog, isWhole, snapshot } from '../harness/probe.ts';

const typescript = fileURLToPath(new URL('../fixtures/typescript/', import.meta.url));
const LINE = 'const total: number';

describe.each(NODES)('sources on %s', (node) => {
  let agent: AgentEnd;
  let application: Application | undefined;
  let directory: string;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    directory = mkdtempSync(join(tmpdir(), 'davylamp-sources-'));
  });

  afterEach(async () => {
    await application?.stop();
    agent.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(file: string, options: ApplicationOptions = {}): Promise<Application> {
    application = await Application.start(file, { node, run: agent.directory, ...options });
    await application.line((line) => line === 'ready');
    await agent.hello();
    return application;
  }

  async function compiled(options: BuildOptions): Promise<Application> {
    const outfile = join(directory, 'dist', 'orders.js');
    await build({
      entryPoints: [join(typescript, 'src/orders.ts')],
      outfile,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      ...options,
    });
    return start(outfile, { cwd: directory });
  }

  const wayIn: [string, BuildOptions][] = [
    ['a map beside the file', { sourcemap: true }],
    ['an inline map', { sourcemap: 'inline' }],
    ['a minified bundle', { sourcemap: true, bundle: true, minify: true }],
    ['a map without the sources', { sourcemap: true, sourcesContent: false }],
    ['a map beside the file that the file does not speak of', { sourcemap: 'external', bundle: true, minify: true }],
  ];

  test.each(wayIn)('a line of TypeScript is found through %s', async (_name, options) => {
    const running = await compiled(options);
    const [state] = await agent.desire(
      dynamicLog({ file: 'src/orders.ts', line: 27 }, 'order {order.id} {order.total()}'),
    );
    expect(state).toMatchObject({ state: 'Armed', location: expect.stringMatching(/src\/orders\.ts:27:\d+$/) });
    await running.repeat(
      '7',
      agent.result(({ log }) => log?.message === 'order 7 130'),
    );
    await running.line((line) => line === 'took 130');
  });

  test('a function of TypeScript is found by the name in the source, minified or not', async () => {
    const running = await compiled({ sourcemap: true, bundle: true, minify: true });
    const [state] = await agent.desire(dynamicLog({ function: 'OrderService.place' }, 'order {order.id}'));
    expect(state).toMatchObject({ state: 'Armed', location: expect.stringMatching(/src\/orders\.ts:27:\d+$/) });
    running.tell('8');
    expect((await agent.result()).log?.message).toBe('order 8');
  });

  test('a bundle without its map is said to lack it', async () => {
    await compiled({ bundle: true, minify: true });
    const [state] = await agent.desire(dynamicLog({ file: 'src/orders.ts', line: 27 }, 'x'));
    expect(state).toMatchObject({ state: 'Failed', reason: 'SourceMapMissing' });
  });

  test('a map of another version of the file is refused', async () => {
    const outfile = join(directory, 'dist', 'orders.js');
    await build({ entryPoints: [join(typescript, 'src/orders.ts')], outfile, sourcemap: true, format: 'cjs' });
    writeFileSync(outfile, "setInterval(() => {}, 1000); console.log('ready');\n//# sourceMappingURL=orders.js.map\n");
    await start(outfile, { cwd: directory });
    const [state] = await agent.desire(dynamicLog({ file: 'src/orders.ts', line: 27 }, 'x'));
    expect(state).toMatchObject({
      reason: 'SourceMapMissing',
      message: 'the source map of dist/orders.js was made for another version of it',
    });
  });

  test('sources that are only in the map are found', async () => {
    const outfile = join(directory, 'dist', 'orders.js');
    await build({
      entryPoints: [join(typescript, 'src/orders.ts')],
      outfile,
      sourcemap: true,
      format: 'cjs',
      minify: true,
    });
    const map = JSON.parse(readFileSync(`${outfile}.map`, 'utf8'));
    writeFileSync(`${outfile}.map`, JSON.stringify({ ...map, sources: ['webpack://shop/./src/orders.ts?6f1c'] }));
    const running = await start(outfile, { cwd: directory });
    const [state] = await agent.desire(dynamicLog({ file: 'src/orders.ts', line: 28 }, '{order.id} {total}'));
    expect(state).toMatchObject({ state: 'Armed', location: expect.stringMatching(/^src\/orders\.ts:28:\d+$/) });
    running.tell('7');
    expect((await agent.result()).log?.message).toBe('7 130');
  });

  test('every copy of a file gets the probe, each with its own names', async () => {
    const outdir = join(directory, 'dist');
    const options: BuildOptions = { outdir, format: 'esm', sourcemap: true, outExtension: { '.js': '.mjs' } };
    const contents = (name: string) =>
      `import { double } from './double.mjs'; export const ${name} = (${name}: number) => double(${name}); export const more${name} = () => ${name}.name;`;
    writeFileSync(join(directory, 'double.mts'), 'export function double(value: number) {\n  return value * 2;\n}\n');
    for (const name of ['one', 'two']) {
      const entry = join(directory, `${name}.mts`);
      writeFileSync(entry, contents(name));
      await build({ ...options, entryPoints: [entry], bundle: true, minify: name === 'two' });
    }
    writeFileSync(
      join(outdir, 'main.mjs'),
      "import { one } from './one.mjs'; import { two } from './two.mjs'; const again = await import('./one.mjs?v=1');\nprocess.stdin.on('data', () => console.log(one(1), two(2), again.one(3)));\nconsole.log('ready');\n",
    );
    const running = await start(join(outdir, 'main.mjs'), { cwd: directory });
    const [state] = await agent.desire(dynamicLog({ file: 'double.mts', line: 2 }, 'value {value}'));
    expect(state).toMatchObject({ state: 'Armed', message: '3 copies of the file are loaded' });
    running.tell('go');
    await agent.until(() => agent.results.length === 3);
    expect(agent.results.map(({ log }) => log?.message)).toEqual(['value 1', 'value 2', 'value 3']);
  });

  test('the generated file can be named as well', async () => {
    await compiled({ sourcemap: true });
    const [state] = await agent.desire(dynamicLog({ file: 'dist/orders.js', line: 3000 }, 'x'));
    expect(state).toMatchObject({ state: 'Failed', reason: 'LineNotExecutable' });
  });

  test('a snapshot shows positions and names of the source', async () => {
    const running = await compiled({ sourcemap: true });
    await agent.desire(snapshot({ file: 'src/orders.ts', line: 29 }));
    const { capture, location } = await running.repeat('7', agent.result(isWhole));
    expect(location).toMatch(/src\/orders\.ts:29:\d+$/);
    expect(capture?.frames[0]).toMatchObject({ function: 'OrderService.place' });
    expect(capture?.frames[0]?.locals?.map(({ name }) => name)).toEqual(expect.arrayContaining(['order', 'total']));
  });

  test('two files with the same ending are ambiguous until the path tells them apart', async () => {
    for (const part of ['a', 'b']) {
      await build({
        stdin: { contents: `exports.f = () => ${JSON.stringify(part)};`, sourcefile: `${part}.js` },
        outfile: join(directory, part, 'same.js'),
      });
    }
    await build({
      stdin: {
        contents:
          "const a = require('./a/same.js'); const b = require('./b/same.js'); setInterval(() => a.f() + b.f(), 50); console.log('ready');",
      },
      outfile: join(directory, 'main.js'),
    });
    await start(join(directory, 'main.js'), { cwd: directory });
    const [both, one] = await agent.desire(
      dynamicLog({ file: 'same.js', line: 1 }, 'x'),
      dynamicLog({ file: 'b/same.js', line: 1 }, 'x'),
    );
    expect(both).toMatchObject({ reason: 'AmbiguousFile', message: 'same.js could be a/same.js, b/same.js' });
    expect(one).toMatchObject({ state: 'Armed' });
  });

  test('lines and functions of ES modules are found', async () => {
    const running = await start('esm/orders.mjs');
    const wanted: WireProbe[] = [
      dynamicLog({ file: 'esm/orders.mjs', line: 6 }, 'sum {sum}'),
      dynamicLog({ file: 'esm/total.mjs', function: 'total', at: 'Exit' }, 'total {$return}'),
      dynamicLog({ function: 'place' }, 'place {order.id}'),
    ];
    const states = await agent.desire(...wanted);
    expect(states.map(({ state }) => state)).toEqual(['Armed', 'Armed', 'Armed']);
    for (const message of ['place 5', 'total 130', 'sum 130']) {
      await running.repeat(
        '5',
        agent.result(({ log }) => log?.message === message),
      );
    }
  });

  test('the active trace and span go with every result, and into expressions', async () => {
    const running = await start('traced.cjs');
    await agent.desire(
      dynamicLog({ file: 'traced.cjs', line: 11 }, 'trace {$trace}'),
      snapshot({ file: 'traced.cjs', line: 11 }),
    );
    const trace = { traceID: '0af7651916cd43dd8448eb211c80319c', spanID: 'b7ad6b7169203331' };
    const captured = agent.result(({ capture }) => capture !== undefined);
    expect(await running.repeat('5', captured)).toMatchObject(trace);
    const logged = await agent.result(({ log }) => log !== undefined);
    expect(logged).toMatchObject(trace);
    expect(logged.log?.message).toContain(trace.traceID);
  });

  test('a process whose inspector is open is never paused', async () => {
    await start('traced.cjs', { nodeArgs: ['--inspect=127.0.0.1:0'] });
    const states = await agent.desire(
      snapshot({ file: 'traced.cjs', line: 11 }),
      dynamicLog({ file: 'traced.cjs', line: 11 }, '{id}'),
    );
    expect(states.map(({ state, reason }) => `${state} ${reason}`)).toEqual([
      'Failed RuntimeBusyDebugger',
      'Armed Armed',
    ]);
    application?.tell('5');
    expect((await agent.result()).log?.message).toBe('5');
  });
});

test('the line that the tests mean is the one they name', () => {
  const lines = readFileSync(join(typescript, 'src/orders.ts'), 'utf8').split('\n');
  expect(lines[26]).toContain(LINE);
});
