import { expect, test } from 'vitest';
import { Program } from '../cli/program.ts';
import { folderOf, MAJORS, nodeOf } from './case-run.ts';

test.concurrent.each(MAJORS)('lines of two files with one name are told apart on Node.js %s', async (major) => {
  const parameters = ['local', '-f', 'two-b.yaml', '-f', 'two-s.yaml', '--', nodeOf(major), 'main.js'];
  const run = new Program(parameters, {}, folderOf('01-monorepo-same-file'));
  expect(await run.ended).toBe(0);

  const lines = run.lines().filter((line) => line.includes('INFO'));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const [, file, name, amount] = /INFO {3}(\S+):4 +(\S+) +amount (\d+)$/.exec(line) ?? [];
    const want = name === 'two-b' ? ['billing/src/index.js', 7] : ['shipping/src/index.js', 8];
    expect([file, Number(amount) % Number(want[1])]).toEqual([want[0], 0]);
  }
});
