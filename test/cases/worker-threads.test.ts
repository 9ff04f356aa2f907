import { type ChildProcess, spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Program } from '../cli/program.ts';
import { freePort } from '../free-ports.ts';
import { attachCase, folderOf, MAJORS, messagesOf, nodeOf, resultsOf, startCase } from './case-run.ts';

const CASE = 'worker-threads';
const MODES = ['events', 'atomics'];

/** Waits for the first result, which says of each job what it scores. */
async function expectScores(run: Program): Promise<void> {
  await run.says('"name":"job"');
  run.child.kill('SIGTERM');
  await run.ended;
  const messages = messagesOf(resultsOf(run), 'job');
  for (const message of messages) {
    const [, id, score] = message.match(/^job (\d+) scores (\d+)$/)?.map(Number) ?? [];
    expect(score, message).toBe(2 * (id ?? Number.NaN));
  }
  expect(messages.length).toBeGreaterThan(0);
}

describe.each(MAJORS)('a worker thread on Node.js %s', (major) => {
  test.concurrent.each(MODES)('that waits for %s is reached', async (mode) => {
    await expectScores(startCase(CASE, major, ['m.yaml'], ['main.js', mode]));
  });

  test.concurrent.each(MODES)('that waits for %s is reached in a process that was attached to', async (mode) => {
    const program = spawn(nodeOf(major), [`--inspect-port=127.0.0.1:${await freePort()}`, 'main.js', mode], {
      cwd: folderOf(CASE),
      stdio: 'ignore',
    });
    try {
      await started(program);
      await expectScores(attachCase(CASE, ['m.yaml'], program.pid));
    } finally {
      program.kill('SIGKILL');
    }
  });
});

const started = (child: ChildProcess) => new Promise((resolve) => child.once('spawn', resolve));
