import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { terminationMessageSchema } from '../../../src/protocol/termination-message.ts';
import { imageStart } from '../image-start.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The bundle as an ephemeral container starts it, in a container that has no processes. */
describe('the program of an attached agent', () => {
  let directory: string;
  let terminationLog: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'program-'));
    terminationLog = join(directory, 'termination-log');
    // The kubelet makes it.
    writeFileSync(terminationLog, '');
    return () => rmSync(directory, { recursive: true, force: true });
  });

  async function start(environment: NodeJS.ProcessEnv = {}) {
    const { flags } = await imageStart();
    const child = spawn(process.execPath, [...flags, join(root, 'dist/agent.cjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        TMPDIR: directory,
        // Nobody listens there.
        DAVYLAMP_GATEWAY: 'wss://127.0.0.1:9',
        DAVYLAMP_CA: '-----BEGIN CERTIFICATE-----',
        DAVYLAMP_POD_NAME: 'orders-1',
        DAVYLAMP_POD_NAMESPACE: 'shop',
        DAVYLAMP_TARGET_CONTAINER: 'app',
        DAVYLAMP_TARGET_CONTAINER_ID: 'no-such-container',
        DAVYLAMP_TERMINATION_LOG: terminationLog,
        ...environment,
      },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    return { child, exit: once(child, 'exit'), output: () => output };
  }

  const told = () => terminationMessageSchema.parse(JSON.parse(readFileSync(terminationLog, 'utf8')));

  it('ends with a failure when its input ends without a credential', async () => {
    const { child, exit } = await start();
    child.stdin.end();
    expect(await exit).toEqual([1, null]);
    expect(told()).toEqual({ version: 1, reason: 'NoCredential', message: expect.stringContaining('no credential') });
  });

  it('says for the kubelet what is wrong with its environment', async () => {
    const { exit } = await start({ DAVYLAMP_GATEWAY: 'http://gateway' });
    expect(await exit).toEqual([1, null]);
    expect(told()).toMatchObject({ reason: 'Failed', message: expect.stringContaining('DAVYLAMP_GATEWAY') });
  });

  it('makes itself the first that the kernel ends, never tells its credential, and ends when it is asked to', async () => {
    const { child, exit, output } = await start();
    child.stdin.write('davylamp-once.secret\n');
    await expect.poll(output).toContain('no connection to the gateway');
    expect(readFileSync(`/proc/${child.pid}/oom_score_adj`, 'utf8').trim()).toBe('1000');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
    expect(told()).toEqual({ version: 1, reason: 'Terminated', message: 'it was asked to end' });
    expect(output() + readFileSync(terminationLog, 'utf8')).not.toContain('secret');
  });
});
