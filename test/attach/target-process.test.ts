import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { inspectorPortOf, isPackageManager } from '../../src/attach/node-command.ts';
import { handlesSignal } from '../../src/attach/process-status.ts';
import { inspectTarget, whyHidden } from '../../src/attach/target-process.ts';
import { appendNodeOptions } from '../../src/local/spawn.ts';

describe('looking at a process before it is attached to', () => {
  it('refuses a process that is not Node.js, which SIGUSR1 would kill', async () => {
    const sleep = spawn('sleep', ['30']);
    try {
      await once(sleep, 'spawn');
      await expect(inspectTarget(sleep.pid ?? 0)).rejects.toThrow(/runs sleep, which is not Node\.js/);
    } finally {
      sleep.kill();
    }
  });

  it('refuses a process that does not exist', async () => {
    await expect(inspectTarget(4_194_305)).rejects.toThrow('there is no process 4194305');
  });

  it.each([
    ['EACCES', 1000, 1001, /^process 7 belongs to another user \(uid 1000\); run davylamp as that user$/],
    ['EACCES', 0, 0, /^the kernel does not let .* \(EACCES on \/proc\/7\/exe\), though it is its owner; .* SYS_PTRACE/],
    ['EPERM', 1000, 0, /^the kernel does not let .* \(EPERM on \/proc\/7\/exe\), though it is root; /],
    ['ENOENT', 0, 0, /^process 7 has ended, or is no program but a thread of the kernel$/],
    ['EIO', 0, 0, /^what process 7 runs cannot be read from \/proc\/7\/exe: EIO$/],
  ])('says why it may not look: %s on a process of uid %i as uid %i', (code, owner, self, want) => {
    expect(whyHidden(7, Object.assign(new Error(code), { code }), owner, self).message).toMatch(want);
  });

  it('knows who this process is', async () => {
    const target = await inspectTarget(process.pid);

    expect(target).toMatchObject({ pid: process.pid, uid: process.getuid?.() });
    expect(Number(target.startTime)).toBeGreaterThan(0);
  });

  it.each([
    ['Name:\tnode\nSigCgt:\t0000000000000200\n', true],
    ['Name:\tnode\nSigCgt:\t0000000100004202\n', true],
    ['Name:\tnode\nSigCgt:\t0000000100004002\n', false],
    ['Name:\tnode\n', false],
  ])('reads from %j whether SIGUSR1 is handled', (status, want) => {
    expect(handlesSignal(status, 10)).toBe(want);
  });

  it.each([
    [['node', 'server.js'], 9229],
    [['node', '--inspect-port=9300', 'server.js'], 9300],
    [['node', '--inspect=127.0.0.1:9400', 'server.js'], 9400],
    [['node', '--inspect-brk=[::1]:9500', 'server.js'], 9500],
  ])('reads the inspector port from %j', (parameters, want) => {
    expect(inspectorPortOf(parameters)).toBe(want);
  });

  it.each([
    [['npm run start'], true],
    [['npm exec tsx'], true],
    [['node', '/usr/local/lib/node_modules/npm/bin/npm-cli.js', 'start'], true],
    [['node', '--no-warnings', '/opt/yarn/bin/yarn.js', 'start'], true],
    [['/usr/bin/node', '/usr/local/bin/pnpm', 'start'], true],
    [['node', '/app/npm/server.js'], false],
    [['node', '/app/yarn-server.js'], false],
    [['orders: worker'], false],
    [['node'], false],
  ])('tells from %j whether it is a package manager', (commandLine, want) => {
    expect(isPackageManager(commandLine)).toBe(want);
  });
});

describe('NODE_OPTIONS', () => {
  it.each([
    [undefined, '/opt/runtime/preload.cjs', '--require=/opt/runtime/preload.cjs'],
    ['--max-old-space-size=64', '/a/preload.cjs', '--max-old-space-size=64 --require=/a/preload.cjs'],
    [undefined, '/my code/preload.cjs', '"--require=/my code/preload.cjs"'],
    [undefined, '/a"b\\c/preload.cjs', '"--require=/a\\"b\\\\c/preload.cjs"'],
  ])('keeps %j and appends %s', (existing, preload, want) => {
    expect(appendNodeOptions(existing, preload)).toBe(want);
  });
});
