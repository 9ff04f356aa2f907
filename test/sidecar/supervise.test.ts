import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

/** Files of the runtime. */
const RUNTIME = ['early-debugger.cjs', 'engine.cjs', 'preload.cjs', 'worker.cjs'];

const SUPERVISE = join(import.meta.dirname, '../../src/sidecar/supervise.sh');

/** The supervisor of the agent's container with agents that are a few lines of shell. */
describe('the supervisor of the agent', () => {
  let run: string;
  let image: string;

  beforeEach(async () => {
    run = await mkdtemp(join(tmpdir(), 'run-'));
    image = await mkdtemp(join(tmpdir(), 'image-'));
    for (const name of RUNTIME) await writeFile(join(image, name), `// ${name}`);
    onTestFinished(async () => {
      for (const directory of [run, image]) await rm(directory, { recursive: true, force: true });
    });
  });

  /** Starts it; `agent` is a shell script that finds a file to write to in $LOG. */
  const supervise = (agent: string, environment: NodeJS.ProcessEnv = {}, command = ['/bin/sh']): ChildProcess => {
    const [program = '', ...before] = command;
    const child = spawn(program, [...before, SUPERVISE, '/bin/sh', '-c', agent], {
      env: {
        PATH: process.env.PATH,
        DAVYLAMP_RUN: run,
        DAVYLAMP_RUNTIME: image,
        LOG: join(image, 'log'),
        ...environment,
      },
      stdio: 'ignore',
    });
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    });
    return child;
  };

  const lines = async (): Promise<string[]> =>
    (await readFile(join(image, 'log'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

  const seen = <T>(want: () => Promise<T>): Promise<T> => vi.waitFor(want, { timeout: 60_000, interval: 20 });

  const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

  it.each([
    ['is killed', 'kill -9 $$', '137'],
    ['ends as if all were well', 'exit 0', '0'],
    ['fails', 'exit 7', '7'],
    ['cannot even be run', 'exec /nowhere/node', '127'],
  ])('starts an agent anew that %s, tells the next one, and stays', async (_, end, status) => {
    const child = supervise(`echo "before: $DAVYLAMP_LAST_EXIT" >>"$LOG"; ${end}`);
    await seen(async () => expect((await lines()).length).toBeGreaterThanOrEqual(3));
    expect((await lines()).slice(0, 3)).toEqual(['before: ', `before: ${status}`, `before: ${status}`]);
    expect(isRunning(child)).toBe(true);
  });

  it('takes its time with an agent that ends again and again', async () => {
    supervise('echo "$(cut -d" " -f1 /proc/uptime)" >>"$LOG"; exit 1');
    await seen(async () => expect((await lines()).length).toBeGreaterThanOrEqual(4));
    const times = (await lines()).map(Number);
    // The clock counts hundredths.
    const pauses = times.slice(1).map((time, index) => Math.round((time - (times[index] ?? 0)) * 100));
    expect(pauses[0]).toBeGreaterThanOrEqual(10);
    expect(pauses[1]).toBeGreaterThanOrEqual(50);
    expect(pauses[2]).toBeGreaterThanOrEqual(200);
  });

  it('hands the end of the pod on to the agent, waits for it, and ends well', async () => {
    const child = supervise('trap \'echo ended >>"$LOG"; exit 0\' TERM; echo up >>"$LOG"; while :; do sleep 0.1; done');
    await seen(async () => expect(await lines()).toEqual(['up']));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await lines()).toEqual(['up', 'ended']);
  });

  it('ends at once when it waits between two agents', async () => {
    const child = supervise('echo up >>"$LOG"; exit 1');
    await seen(async () => expect((await lines()).length).toBeGreaterThanOrEqual(3));
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends an agent that does not want to, or stands still', async () => {
    const child = supervise('trap "" TERM; echo $$ >>"$LOG"; kill -STOP $$');
    await seen(async () => expect(await lines()).toHaveLength(1));
    const pid = Number((await lines())[0]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('lets applications start with the whole runtime when the agent ends before it is ready', async () => {
    supervise('exit 1');
    await seen(() => stat(join(run, 'ready')));
    expect((await readdir(join(run, 'runtime'))).sort()).toEqual(RUNTIME);
    expect(await readFile(join(run, 'runtime', 'preload.cjs'), 'utf8')).toBe('// preload.cjs');
    expect((await stat(join(run, 'runtime', 'worker.cjs'))).mode & 0o777).toBe(0o644);
  });

  it('lets applications start when the agent takes too long, and leaves it alone', async () => {
    const child = supervise('echo up >>"$LOG"; exec sleep 60', { DAVYLAMP_START_SECONDS: '0.2' });
    await seen(() => stat(join(run, 'ready')));
    await seen(async () => expect(await lines()).toEqual(['up']));
    expect(isRunning(child)).toBe(true);
  });

  it('puts an empty file in the way of --require when there is no room for the runtime', async () => {
    await rm(join(image, 'worker.cjs'));
    supervise('exit 1');
    await seen(() => stat(join(run, 'ready')));
    const application = spawn(process.execPath, [
      '--require',
      join(run, 'runtime', 'preload.cjs'),
      '-e',
      'process.exit(5)',
    ]);
    expect(await once(application, 'exit')).toEqual([5, null]);
  });

  it('leaves what the agent has put there as it is', async () => {
    await mkdir(join(run, 'runtime'));
    await writeFile(join(run, 'runtime', 'preload.cjs'), '// of the agent');
    supervise('exit 1');
    await seen(() => stat(join(run, 'ready')));
    expect(await readFile(join(run, 'runtime', 'preload.cjs'), 'utf8')).toBe('// of the agent');
    expect(await readdir(join(run, 'runtime'))).toEqual(['preload.cjs']);
  });

  it('stays when the directory cannot be written, and when it is not there', async () => {
    const gone = join(run, 'gone');
    const child = supervise('echo up >>"$LOG"; exit 1', { DAVYLAMP_RUN: gone });
    await seen(async () => expect((await lines()).length).toBeGreaterThanOrEqual(3));
    expect(isRunning(child)).toBe(true);
    await expect(stat(gone)).rejects.toThrow('ENOENT');
  });

  it.runIf(process.getuid?.() === 0)(
    'stays when the pod has no process left to give, and starts the agent when it has again',
    async () => {
      await chmod(image, 0o777);
      await chmod(run, 0o777);
      // A user that nobody else is, so that nobody else's processes count.
      const user = 200_000 + Math.floor(Math.random() * 1_000_000);
      const as = ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
      const child = supervise('echo up >>"$LOG"; exec sleep 60', {}, [...as, 'prlimit', '--nproc=1:100', '/bin/sh']);
      const comm = () => readFile(`/proc/${child.pid}/comm`, 'utf8');
      await seen(async () => expect(await comm()).toBe('perl\n'));
      expect(await lines()).toEqual([]);
      const raised = spawn('setpriv', [...as.slice(1), 'prlimit', '--nproc=100:100', '--pid', String(child.pid)]);
      expect(await once(raised, 'exit')).toEqual([0, null]);
      await seen(async () => expect(await lines()).toEqual(['up']));
      expect(isRunning(child)).toBe(true);
    },
  );

  it('takes about a megabyte', async () => {
    const child = supervise('echo up >>"$LOG"; exec sleep 60');
    await seen(async () => expect(await lines()).toEqual(['up']));
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    expect(Number(/RssAnon:\s+(\d+)/.exec(status)?.[1])).toBeLessThan(512);
    expect(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])).toBeLessThan(2_560);
  });
});
