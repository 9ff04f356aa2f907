import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application, NODES } from '../harness/application.ts';
import { untilLastResults } from '../harness/last-results.ts';
import { dynamicLog, isInTime } from '../harness/probe.ts';

describe.each(NODES)('a program that is held until its probes are placed, on %s', (node) => {
  let agent: AgentEnd;
  let directory: string;

  beforeEach(async () => {
    agent = await new AgentEnd().listen();
    directory = mkdtempSync(join(tmpdir(), 'davylamp-hold-'));
  });

  afterEach(() => {
    agent.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs files to the end of the program, which begins with main.cjs. */
  async function run(files: Record<string, string>, hold = '60000', run = agent.directory): Promise<Application> {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const application = await Application.start(join(directory, 'main.cjs'), {
      node,
      run,
      cwd: directory,
      env: { DAVYLAMP_HOLD: hold },
    });
    await application.exit();
    return application;
  }

  async function runUntil(
    isTold: () => boolean,
    probes: readonly WireProbe[],
    files: Record<string, string>,
    lines: readonly string[] = [],
  ): Promise<void> {
    const attempt = async (number: number) => {
      if (number > 1) {
        agent.close();
        agent = await new AgentEnd().listen();
      }
      agent.wish(...probes);
      const application = await run(files);
      expect(application.lines).toEqual(lines);
      expect(application.errors).toBe('');
    };
    await untilLastResults(isTold, () => agent, attempt);
  }

  const messages = () => agent.results.map(({ log }) => log?.message ?? '').sort();
  const says = (message: string) => agent.states.some((state) => state.message === message);

  test('reports lines that run once, in the first file and in those that it loads', async () => {
    const probes = [
      dynamicLog({ file: 'main.cjs', line: 2 }, 'one {one}'),
      dynamicLog({ file: 'part.cjs', line: 2 }, 'two {two}'),
      dynamicLog({ file: 'module.mjs', line: 2 }, 'three {three}'),
    ];
    const files = {
      'main.cjs':
        "const one = 1;\nconst rest = one + 1;\nrequire('./part.cjs');\nimport('./module.mjs');\nconsole.log('out', rest);\n",
      'part.cjs': 'const two = 2;\nmodule.exports = two + 1;\n',
      'module.mjs': 'const three = 3;\nconst four = three + 1;\nexport default four;\n',
    };
    const areAllThere = () => agent.results.length === 3 && agent.results.every(isInTime);
    await runUntil(areAllThere, probes, files, ['out 2']);
    expect(messages()).toEqual(['one 1', 'three 3', 'two 2']);
  });

  test('is told of at its end, also where a probe never got in', async () => {
    const probe = dynamicLog({ file: 'nowhere.cjs', line: 2 }, 'x');
    const files = { 'main.cjs': 'console.log(1);\n' };
    await runUntil(() => says('no loaded file ends in nowhere.cjs'), [probe], files, ['1']);
  });

  test('is told what the files that it loaded have to do with the one that never came', async () => {
    const probes = [
      dynamicLog({ file: 'lib/main.cjs', line: 2 }, 'x'),
      dynamicLog({ file: 'src/bundle.ts', line: 2 }, 'x'),
    ];
    const files = {
      'main.cjs': "require('./bundle.js');\n",
      'bundle.js': `module.exports=1;${'exports;'.repeat(200)}\n`,
    };
    const areBothTold = () =>
      says('no loaded file ends in lib/main.cjs; similar: main.cjs') &&
      agent.states.some(({ reason }) => reason === 'SourceMapMissing');
    await runUntil(areBothTold, probes, files);
  });

  test('runs all the same when the agent says nothing for as long as it may be held, or is not there', async () => {
    agent.mute();
    expect((await run({ 'main.cjs': 'console.log(1);\n' }, '300')).lines).toEqual(['1']);
    expect((await run({}, '60000', join(directory, 'nobody'))).lines).toEqual(['1']);
  });

  test('begins with the first line in worker threads too', async () => {
    const probe = dynamicLog({ file: 'thread.cjs', line: 2 }, 'four {four}');
    const files = {
      'main.cjs': "new (require('node:worker_threads').Worker)('./thread.cjs');\n",
      'thread.cjs': 'const four = 4;\nmodule.exports = four;\n',
    };
    await runUntil(() => agent.results.length > 0 && agent.results.every(isInTime), [probe], files);
    expect(messages()).toEqual(['four 4']);
  });
});
