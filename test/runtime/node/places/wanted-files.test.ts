import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProbeState } from '../../../../src/protocol/state.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { dynamicLog } from '../harness/probe.ts';

/** Loads the files that it is told of, and calls what they export. */
const MAIN = `process.stdin.on('data', (text) => {
  for (const line of String(text).trim().split('\\n')) {
    const [, mode, file] = line.match(/^(context )?(.*)$/);
    console.log((mode ? inContext(file) : require(file))(20));
  }
});
function inContext(filename) {
  const module = {};
  const { runInNewContext } = require('node:vm');
  runInNewContext(require('node:fs').readFileSync(filename, 'utf8'), { module }, { filename });
  return module.exports;
}
setInterval(() => {}, 1000);
console.log('ready');
`;
const TWICE = 'module.exports = function twice(n) {\n  const result = n * 2;\n  return result;\n};\n';
const LINE = 3;
const MINIFIED = `module.exports=function vendor(a){${Array.from({ length: 60 }, (_, index) => `const v${index}=a+${index};`).join('')}};\n`;

describe.each(NODES)('the file that a probe names, on %s', (node) => {
  let agent: AgentEnd;
  let directory: string;
  let application: Application;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    directory = realpathSync(mkdtempSync(join(tmpdir(), 'davylamp-files-')));
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
    rmSync(directory, { recursive: true, force: true });
  });

  function write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
  }

  /** A program in `cwd` below the directory that has loaded these files. */
  async function running(cwd: string, ...loaded: string[]): Promise<void> {
    write({ [join(cwd, 'main.js')]: MAIN });
    application = await Application.start(join(directory, cwd, 'main.js'), {
      node,
      run: agent.directory,
      cwd: join(directory, cwd),
    });
    await application.line((line) => line === 'ready');
    await agent.hello();
    for (const file of loaded) await load(file);
  }

  async function load(file: string): Promise<void> {
    application.lines.length = 0;
    application.tell(join(directory, file));
    await application.line(() => true);
  }

  async function desire(file: string): Promise<ProbeState | undefined> {
    const [state] = await agent.desire(dynamicLog({ file, line: LINE }, 'result {result}'));
    return state;
  }

  test('a path as in the repository is bound to the only loaded file that it ends in, and says so', async () => {
    write({ 'app/lib/pay.js': TWICE, 'app/lib/other.js': TWICE });
    await running('app', 'app/lib/pay.js', 'app/lib/other.js');
    expect(await desire('services/payments/lib/pay.js')).toMatchObject({
      state: 'Armed',
      location: 'lib/pay.js:3:17',
      message: 'no loaded file ends in services/payments/lib/pay.js; lib/pay.js is the only one that fits its end',
    });
    await load('app/lib/pay.js');
    expect((await agent.result()).log?.message).toBe('result 40');
  });

  test('an absolute path of another machine, and a file: URL, are bound in the same way', async () => {
    write({ 'app/lib/pay.js': TWICE });
    await running('app', 'app/lib/pay.js');
    for (const file of ['/home/me/shop/lib/pay.js', 'file:///home/me/shop/lib/pay.js', 'C:\\shop\\lib\\pay.js'])
      expect(await desire(file), file).toMatchObject({ state: 'Armed', location: 'lib/pay.js:3:17' });
  });

  test('a file: URL of a loaded file is that file', async () => {
    write({ 'app/lib/a pay.js': TWICE, 'app/other/a pay.js': TWICE });
    await running('app', 'app/lib/a pay.js', 'app/other/a pay.js');
    const state = await desire(pathToFileURL(join(directory, 'app/lib/a pay.js')).href);
    expect(state).toMatchObject({ state: 'Armed', location: 'lib/a pay.js:3:17' });
    expect(state?.message).toBeUndefined();
  });

  test('two loaded files at the end of the path are candidates', async () => {
    write({ 'app/lib/pay.js': TWICE, 'app/payments/lib/pay.js': TWICE });
    await running('app', 'app/lib/pay.js', 'app/payments/lib/pay.js');
    expect(await desire('services/payments/lib/pay.js')).toMatchObject({
      state: 'Failed',
      reason: 'AmbiguousFile',
      message: 'services/payments/lib/pay.js could be lib/pay.js, payments/lib/pay.js',
    });
  });

  test('a second file that fits makes the first one a guess', async () => {
    write({ 'app/billing/src/index.js': TWICE, 'app/shipping/src/index.js': TWICE });
    await running('app', 'app/billing/src/index.js');
    expect(await desire('src/index.js')).toMatchObject({ state: 'Armed' });
    await load('app/shipping/src/index.js');
    await agent.state(({ reason }) => reason === 'AmbiguousFile');
    await load('app/billing/src/index.js');
    expect(await desire('billing/src/index.js')).toMatchObject({ state: 'Armed' });
    await load('app/billing/src/index.js');
    await agent.result();
    expect(new Set(agent.results.map(({ uid }) => uid)).size).toBe(1);
  });

  test('a name alone is no end that tells files apart', async () => {
    write({ 'app/index.js': TWICE });
    await running('app', 'app/index.js');
    expect(await desire('services/payments/index.js')).toMatchObject({ state: 'Waiting', reason: 'FileNotLoaded' });
  });

  test('a file that is there and only not loaded yet is waited for', async () => {
    write({ 'repo/packages/b/lib/pay.js': TWICE, 'repo/packages/a/lib/pay.js': TWICE });
    await running('repo/packages/b', 'repo/packages/b/lib/pay.js');
    expect(await desire('packages/a/lib/pay.js')).toMatchObject({ state: 'Waiting', reason: 'FileNotLoaded' });
    await load('repo/packages/a/lib/pay.js');
    const armed = await agent.state(({ state }) => state === 'Armed');
    expect(armed.location).toMatch(/packages\/a\/lib\/pay\.js:3:17$/);
  });

  test('a file that loads later and is the very path takes the probe over', async () => {
    write({ 'app/lib/pay.js': TWICE });
    await running('app', 'app/lib/pay.js');
    expect(await desire('services/lib/pay.js')).toMatchObject({ state: 'Armed', location: 'lib/pay.js:3:17' });
    write({ 'elsewhere/services/lib/pay.js': TWICE });
    await load('elsewhere/services/lib/pay.js');
    await agent.state(({ location }) => location?.endsWith('elsewhere/services/lib/pay.js:3:17') === true);
  });

  test('a path through a link in node_modules is the file behind it', async () => {
    write({ 'packages/pricing/dist/index.js': TWICE, 'app/lib/index.js': TWICE });
    mkdirSync(join(directory, 'node_modules/@acme'), { recursive: true });
    symlinkSync('../../packages/pricing', join(directory, 'node_modules/@acme/pricing'));
    await running('app', 'packages/pricing/dist/index.js', 'app/lib/index.js');
    expect(await desire('node_modules/@acme/pricing/dist/index.js')).toMatchObject({
      state: 'Armed',
      location: expect.stringMatching(/packages\/pricing\/dist\/index\.js:3:17$/),
      message: expect.stringMatching(
        /^node_modules\/@acme\/pricing\/dist\/index\.js is a link to .*packages\/pricing\/dist\/index\.js$/,
      ),
    });
  });

  test('a minified file of the same name does not stand in for one that loads later', async () => {
    write({ 'app/vendor/index.js': MINIFIED, 'app/feature/index.js': TWICE });
    await running('app', 'app/vendor/index.js');
    expect(await desire('feature/index.js')).toMatchObject({
      state: 'Waiting',
      reason: 'FileNotLoaded',
      message:
        'no loaded file ends in feature/index.js; vendor/index.js has no source map that can be read, so what is bundled in it cannot be known',
    });
    await load('app/feature/index.js');
    await agent.state(({ state }) => state === 'Armed');
  });

  test('a refusal for want of a map is thought over when the file comes', async () => {
    write({ 'app/vendor/index.js': MINIFIED, 'app/feature/index.ts': TWICE });
    await running('app', 'app/vendor/index.js');
    expect(await desire('feature/index.ts')).toMatchObject({ state: 'Failed', reason: 'SourceMapMissing' });
    write({ 'app/feature/index.js': `${TWICE}//# sourceMappingURL=index.js.map\n` });
    const map = { version: 3, sources: ['index.ts'], names: [], mappings: 'AAAA;EACA;EACA;AACA' };
    write({ 'app/feature/index.js.map': JSON.stringify(map) });
    await load('app/feature/index.js');
    await agent.state(({ state, location }) => state === 'Armed' && location === 'feature/index.ts:3:1');
  });

  test('a file that runs in another context of the process says so', async () => {
    write({ 'app/plugin.js': TWICE });
    await running('app');
    application.lines.length = 0;
    application.tell(`context ${join(directory, 'app/plugin.js')}`);
    await application.line(() => true);
    expect(await desire('plugin.js')).toMatchObject({
      state: 'Waiting',
      reason: 'ContextNotSupported',
      message:
        'plugin.js runs in another context of the process (node:vm; Jest runs each test file in one), which probes do not reach',
    });
    await load('app/plugin.js');
    expect(await agent.state(({ state }) => state === 'Armed')).toMatchObject({
      location: 'plugin.js:3:17',
      message: 'it also runs in another context of the process, where the probe is not',
    });
    application.tell(`context ${join(directory, 'app/plugin.js')}`);
    await load('app/plugin.js');
    expect((await agent.result()).log?.message).toBe('result 40');
    expect(agent.results).toHaveLength(1);
  });
});
