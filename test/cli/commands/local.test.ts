import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findInspector } from '../../../src/attach/inspector-client.ts';
import { logLineSchema } from '../../../src/protocol/log-line.ts';
import { freePort } from '../../free-ports.ts';
import { Program, ROOT, run } from '../program.ts';

/** Real processes with the real runtime of `dist/`, which `npm test` builds first. */
const SERVER = join(ROOT, 'examples', 'orders', 'dist', 'server.js');
const EXAMPLES = join(ROOT, 'examples');

const local = (...parameters: string[]): Program => {
  const program = new Program(['local', ...parameters], { TRAFFIC: '1', TRAFFIC_PER_SECOND: '20', PORT: '0' });
  onTestFinished(() => {
    program.child.kill('SIGKILL');
  });
  return program;
};

const temporaryDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'cli-local-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
};

describe('davylamp local with a command', () => {
  it('reports every example as JSON lines, and nothing else on standard output', async () => {
    const program = local('-f', EXAMPLES, '-o', 'json', '--', process.execPath, SERVER);
    for (const name of ['large-orders', 'orders-placed', 'discounted-order']) await program.says(`"name":"${name}"`);
    program.child.kill('SIGTERM');
    await program.ended;

    const lines = program.lines().map((line) => logLineSchema.parse(JSON.parse(line)));
    const snapshot = lines.find(({ kind }) => kind === 'Snapshot');
    expect(snapshot?.capture?.frames[0]?.location).toMatch(/src\/orders\.ts:54:/);
    expect(snapshot?.capture?.watches[0]).toMatchObject({ name: 'order.total()' });
    expect(program.errors).toContain('orders: listening on port');
    expect(program.output).not.toMatch(/engine-1843|lamp-1815|moth-1947/);
  });

  it('shows the code, the lines and the snapshot to people', async () => {
    const program = local('-f', EXAMPLES, '--', process.execPath, SERVER);
    await program.says('done: 1 capture taken');
    await program.says('INFO   src/orders.ts:50');
    program.child.kill('SIGTERM');
    await program.ended;

    expect(program.output).toContain('50 │ const receipt: Receipt = { order: order.id, amount, discount };');
    expect(program.output).toMatch(/SNAPSHOT {2}discounted-order {2}src\/orders\.ts:54/);
    expect(program.output).toContain('▶ 54    return receipt;');
    expect(program.output).toContain('watches');
  });

  it('ends with the exit code of the command', async () => {
    const program = local('-f', EXAMPLES, '--', process.execPath, '-e', 'process.exit(7)');

    expect(await program.ended).toBe(7);
  });

  it('counts a signal as a shell does', async () => {
    const program = local('-f', EXAMPLES, '--', process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")');

    expect(await program.ended).toBe(137);
  });

  it('says when a command had no Node.js process in it', async () => {
    const { code, output } = await run('local', '-f', EXAMPLES, '--', 'true');

    expect(code).toBe(0);
    expect(output).toContain('no Node.js process announced itself');
  });

  it('leaves the application alone when it is killed, and finds its runtime again by --pid', async () => {
    const inspectorPort = `--inspect-port=127.0.0.1:${await freePort()}`;
    const killed = local('-f', EXAMPLES, '-o', 'json', '--', process.execPath, inspectorPort, SERVER);
    await killed.says('"name":"orders-placed"');
    const isGone = once(killed.child, 'exit');
    killed.child.kill('SIGKILL');
    await isGone;
    const { pid } = logLineSchema.parse(JSON.parse(killed.lines()[0] ?? ''));
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));

    const attached = local('-f', EXAMPLES, '-o', 'json', '--pid', String(pid));
    await attached.says('"name":"orders-placed"');
    attached.child.kill('SIGTERM');

    expect(await attached.ended).toBe(0);
    expect(() => process.kill(pid, 0)).not.toThrow();
  });

  it.runIf(existsSync('/dev/full'))(
    'ends the command, without a stack, when its results can be written nowhere',
    async () => {
      const full = openSync('/dev/full', 'w');
      onTestFinished(() => closeSync(full));
      const parameters = ['local', '-f', EXAMPLES, '-o', 'json', '--', process.execPath, SERVER];
      const child = spawn(process.execPath, [join(ROOT, 'src', 'cli', 'main.ts'), ...parameters], {
        env: { ...process.env, NODE_OPTIONS: '', TRAFFIC: '1', TRAFFIC_PER_SECOND: '20', PORT: '0' },
        stdio: ['ignore', full, 'pipe'],
      });
      let errors = '';
      child.stderr?.setEncoding('utf8').on('data', (text) => {
        errors += text;
      });
      const [code] = await once(child, 'close');

      expect(code).toBe(1);
      expect(errors).toMatch(/davylamp: standard output cannot be written, so this ends: ENOSPC/);
      expect(errors).not.toContain('    at ');
      const port = Number(/listening on port (\d+)/.exec(errors)?.[1]);
      await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow();
    },
  );

  it('answers 1 to a command that is not there and to manifests that are wrong', async () => {
    expect(await run('local', '-f', EXAMPLES, '--', 'no-such-command')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('no-such-command'),
    });
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'probe.yaml'), 'apiVersion: davylamp.dev/v1alpha1\nkind: DynamicLog\n');
    expect(await run('local', '-f', directory, '--', 'true')).toMatchObject({
      code: 1,
      output: expect.stringContaining('probe.yaml:1:1: DynamicLog metadata: required field is missing'),
    });
  });

  it('applies a manifest again when it is saved, and keeps the old one while the new one is wrong', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'probe.yaml');
    const manifest = await readFile(join(EXAMPLES, 'dynamiclog.yaml'), 'utf8');
    const withMessage = (message: string): string => manifest.replace(/message: .*/, `message: "${message}"`);
    await writeFile(file, withMessage('first {order.id}'));
    const program = local('-f', directory, '-o', 'json', '--', process.execPath, SERVER);
    await program.says('"message":"first ');
    await writeFile(file, withMessage('broken {order.id = 1}'));
    await program.says('spec.message');
    await writeFile(file, withMessage('second {order.id}'));
    await program.says('"message":"second ');
    program.child.kill('SIGTERM');
    await program.ended;
  });
});

describe('davylamp local with a running process', () => {
  it('attaches, reports, and leaves the process as it was', async () => {
    const inspectorPort = await freePort();
    const server = spawn(process.execPath, [`--inspect-port=127.0.0.1:${inspectorPort}`, SERVER], {
      env: { ...process.env, NODE_OPTIONS: '', TRAFFIC: '1', TRAFFIC_PER_SECOND: '20', PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => {
      server.kill('SIGKILL');
    });
    const [hello] = await once(server.stdout, 'data');
    const port = /port (\d+)/.exec(String(hello))?.[1];
    const program = local('-f', join(EXAMPLES, 'dynamiclog.yaml'), '-o', 'json', '--pid', String(server.pid));
    await program.says('"name":"large-orders"');
    program.child.kill('SIGTERM');

    expect(await program.ended).toBe(0);
    expect(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()).toBe('ok\n');
    await expect.poll(() => findInspector(inspectorPort)).toBeUndefined();
    expect(server.exitCode).toBeNull();
  });

  it('answers 1 to a process that is not there', async () => {
    expect(await run('local', '-f', EXAMPLES, '--pid', '4194305')).toMatchObject({
      code: 1,
      errors: 'davylamp: there is no process 4194305\n',
    });
  });
});
