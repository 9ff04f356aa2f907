import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AgentEnd } from '../../harness/agent-end.ts';
import { Application, NODES } from '../../harness/application.ts';
import { isWhole, snapshot } from '../../harness/probe.ts';

const source = fileURLToPath(new URL('../../fixtures/waiting.cjs', import.meta.url));

describe.each(NODES)('functions that wait on %s', (node) => {
  let agent: AgentEnd;
  let application: Application;
  let directory: string;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    directory = mkdtempSync(join(tmpdir(), 'davylamp-waiting-'));
  });

  afterEach(async () => {
    await application.stop();
    agent.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function framesOf(file: string, line: number, options: object = {}): Promise<string[]> {
    application = await Application.start(file, { node, run: agent.directory, ...options });
    await application.line((line) => line === 'ready');
    await agent.hello();
    await agent.desire(snapshot({ file: 'waiting.cjs', line }));
    const { capture } = await application.repeat('4', agent.result(isWhole));
    return (capture?.frames ?? []).map(
      (frame) => `${frame.function} ${/[^/]*:\d+(?=:\d+$)/.exec(frame.location)?.[0]}`,
    );
  }

  const wanted = [
    'OrderService.#price waiting.cjs:23',
    'async OrderService.place waiting.cjs:16',
    'async handle waiting.cjs:30',
  ];
  const named = (frames: string[]) => frames.filter((frame) => frame.includes('waiting.cjs'));

  test('follow those of the stack', async () => {
    expect(named(await framesOf('waiting.cjs', 23))).toEqual([
      expect.stringMatching(/#price waiting\.cjs:23$/),
      ...wanted.slice(1),
    ]);
  });

  test('have the names of the source in minified code', async () => {
    const outfile = join(directory, 'dist', 'waiting.js');
    await build({ entryPoints: [source], outfile, minify: true, sourcemap: true, platform: 'node' });
    expect(named(await framesOf(outfile, 23, { cwd: directory })).slice(1)).toEqual(wanted.slice(1));
  });

  test('are found without the application taking part or noticing', async () => {
    await framesOf('waiting.cjs', 23);
    const answers = application.lines.filter((line) => line.startsWith('took'));
    expect(new Set(answers)).toEqual(new Set(['took 8 0 true Error: mine: 2']));
  });
});
