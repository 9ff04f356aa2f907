import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { Program } from '../cli/program.ts';
import { freePort } from '../free-ports.ts';
import { attachCase, folderOf, MAJORS, messagesOf, nodeOf, resultsOf, runCase, startCase } from './case-run.ts';

const REPLIES = Array.from({ length: 6 }, (_, index) => `reply {"status":200,"id":${index + 1}}`);

describe.each(MAJORS)('a program behind another one, on Node.js %s', (major) => {
  test.concurrent('whose NODE_OPTIONS are added to is reached', async () => {
    const { results } = await runCase('05-node-options', major, ['p.yaml'], ['fork2.js']);
    expect(messagesOf(results, 'p')).toEqual(REPLIES);
  });

  test.concurrent('that gets an environment of its own is told of', async () => {
    const { said } = await runCase('05-node-options', major, ['p.yaml'], ['fork.js']);
    expect(said).toMatch(/process \d+: .* was started with an environment of its own, so it runs without probes/);
    expect(said).not.toContain('similar');
  });

  test.concurrent('whose NODE_OPTIONS are replaced is told of, and no file of the wrapper is taken for its own', async () => {
    const command = `NODE_OPTIONS=--max-old-space-size=256 ${nodeOf(major)} server.js`;
    const parameters = ['local', '-f', 'p.yaml', '-o', 'json', '--', 'npm', 'exec', '-c', command];
    const run = new Program(parameters, {}, folderOf('05-node-options'));
    await run.ended;
    expect(run.errors).toMatch(
      /server\.js was started with NODE_OPTIONS='--max-old-space-size=…', so it runs without probes/,
    );
    expect(run.errors).not.toContain('similar');
  });

  test.concurrent('in a thread without an environment, or whose code is a text, is reached', async () => {
    const threads = startCase('21-wrappers', major, ['p.yaml'], ['wrk.js']);
    await threads.says('"name":"p"');
    threads.child.kill('SIGTERM');
    await threads.ended;
    const { results } = await runCase('21-wrappers', major, ['iw.yaml'], ['wevald.js']);
    for (const message of [...messagesOf(resultsOf(threads), 'p'), ...messagesOf(results, 'iw')])
      expect(message).toMatch(/^who \{"pid":\d+,"k":\d+/);
  });
});

describe('a process that is entered', () => {
  async function started(...parameters: string[]): Promise<ChildProcess> {
    const child = spawn(nodeOf('24'), [`--inspect-port=127.0.0.1:${await freePort()}`, ...parameters], {
      cwd: folderOf('23-attach'),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => child.once('spawn', resolve));
    return child;
  }

  test.concurrent('and has a handler of its own for the signal says so', async () => {
    const child = await started('sig.js');
    try {
      const heard = new Promise((resolve) =>
        createInterface({ input: child.stdout ?? process.stdin }).once('line', resolve),
      );
      const run = attachCase('23-attach', ['p.yaml'], child.pid);
      expect(await run.ended).not.toBe(0);
      expect(run.errors).toContain('it has a handler of its own for SIGUSR1');
      expect(await heard).toBe('app got USR1');
    } finally {
      child.kill('SIGKILL');
    }
  });

  test.concurrent('twice says that somebody else is in it', async () => {
    const child = await started('srv.js');
    try {
      const first = attachCase('23-attach', ['p.yaml'], child.pid);
      await first.says('"name":"p"');
      const second = attachCase('23-attach', ['p.yaml'], child.pid);
      expect(await second.ended).not.toBe(0);
      expect(second.errors).toContain('another davylamp looks at process');
      first.child.kill('SIGTERM');
      await first.ended;
    } finally {
      child.kill('SIGKILL');
    }
  });
});
