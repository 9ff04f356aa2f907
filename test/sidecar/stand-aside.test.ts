import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { standAside } from '../../src/sidecar/install-runtime.ts';
import { Program } from './program.ts';

const temporaryDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'agent-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
};

it('an agent that cannot start says why, and lets the applications of the pod start without it', async () => {
  const directory = await temporaryDirectory();
  const agent = new Program({ DAVYLAMP_RUN: directory, DAVYLAMP_POD_NAME: 'orders-1' });
  onTestFinished(() => void agent.child.kill('SIGKILL'));
  await agent.says('the applications of this pod start without Davylamp');

  expect(agent.output).toContain('DAVYLAMP_GATEWAY: ');
  expect((await stat(join(directory, 'ready'))).isFile()).toBe(true);
  expect(agent.child.exitCode).toBeNull();
  const preload = join(directory, 'runtime', 'preload.cjs');
  const application = spawn(process.execPath, ['--require', preload, '-e', 'process.exit(5)']);
  expect(await once(application, 'exit')).toEqual([5, null]);

  agent.child.kill('SIGTERM');
  expect(await agent.ended).toBe(1);
});

it('an agent that stands aside leaves a runtime alone that is there already', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'runtime'));
  await writeFile(join(directory, 'runtime', 'preload.cjs'), '// whole');
  standAside(directory);

  expect(await readFile(join(directory, 'runtime', 'preload.cjs'), 'utf8')).toBe('// whole');
  expect((await readdir(directory)).sort()).toEqual(['ready', 'runtime']);
});
