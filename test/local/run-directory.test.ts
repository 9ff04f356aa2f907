import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { effectiveUser } from '../../src/attach/process-status.ts';
import { inspectTarget, type TargetProcess } from '../../src/attach/target-process.ts';
import { createAttachDirectory, createRunDirectory, type RunDirectory } from '../../src/local/run-directory.ts';
import { CONNECTION_FILE } from '../../src/protocol/runtime-messages.ts';
import { RuntimeServer } from '../../src/sidecar/processes/runtime-server.ts';

const ours = process.getuid?.() ?? 0;
const NOBODY = 65_534;
const STRANGER = 65_533;

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'run-directory-'));
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const target = (changes: Partial<TargetProcess> = {}): TargetProcess => ({
  pid: 4711,
  uid: ours,
  gid: process.getgid?.() ?? 0,
  startTime: String(process.hrtime.bigint()),
  inspectorPort: 9229,
  commandLine: ['node'],
  options: [],
  ...changes,
});

/** What somebody would miss. */
function precious(path: string, mode = 0o700): string {
  mkdirSync(path, { mode });
  chmodSync(path, mode);
  writeFileSync(join(path, 'shadow'), 'precious', { mode: 0o600 });
  writeFileSync(join(path, CONNECTION_FILE), '{}');
  return path;
}

/** Owner, mode and names of a directory and all in it. */
function look(path: string): unknown {
  const of = (file: string) => {
    const { uid, gid, mode, nlink } = lstatSync(file);
    return { file, uid, gid, mode, nlink };
  };
  return [of(path), ...readdirSync(path).map((name) => of(join(path, name)))];
}

async function serve(directory: RunDirectory): Promise<RuntimeServer> {
  const { path, runtimeUser } = directory;
  const server = new RuntimeServer({ directory: path, runtimeUser, onChange: () => {}, onResults: () => {} });
  await server.listen();
  onTestFinished(() => server.close());
  return server;
}

describe('the directory of an attachment', () => {
  it('is private, the same for each attachment to a process, and gone afterwards', async () => {
    const process = target();
    const first = await createAttachDirectory(process);
    expect(statSync(first.path).mode & 0o777).toBe(0o700);
    await first.remove();
    expect(existsSync(first.path)).toBe(false);

    const second = await createAttachDirectory(process);
    expect(second.path).toBe(first.path);
    await second.remove();
  });

  it('is taken over when a killed davylamp left it behind, and not when one is at work in it', async () => {
    const process = target({ runDirectory: join(home, 'davylamp-abc') });
    const first = await createAttachDirectory(process);
    const server = await serve(first);
    await expect(createAttachDirectory(process)).rejects.toThrow('another davylamp looks at process 4711 already');

    await server.close();
    writeFileSync(join(first.path, CONNECTION_FILE), JSON.stringify({ socket: '/gone', secret: 'x'.repeat(16) }));
    const second = await createAttachDirectory(process);
    await second.remove();
    expect(existsSync(first.path)).toBe(false);
  });

  it.each([
    ['a home directory', 'home'],
    ['a directory whose name is like ours but which others can read', 'davylamp-open'],
  ])('is not %s that the environment names, and nothing of that is changed', async (_, name) => {
    const path = precious(join(home, name), name === 'home' ? 0o700 : 0o755);
    const before = look(path);
    await expect(createAttachDirectory(target({ runDirectory: path }))).rejects.toThrow(
      /is in the way: it is not a private directory that davylamp made as you \(DAVYLAMP_RUN of process 4711 names it\)/,
    );
    expect(look(path)).toEqual(before);
  });

  it('is not what a link leads to', async () => {
    const path = precious(join(home, 'precious'));
    const before = look(path);
    symlinkSync(path, join(home, 'davylamp-link'));
    await expect(createAttachDirectory(target({ runDirectory: join(home, 'davylamp-link') }))).rejects.toThrow(
      'is in the way',
    );
    expect(look(path)).toEqual(before);
  });

  it('keeps, when it is removed, every file that no agent made', async () => {
    const directory = await createAttachDirectory(target({ runDirectory: join(home, 'davylamp-mine') }));
    const path = precious(join(directory.path, 'kept'));
    writeFileSync(join(directory.path, 'notes.txt'), 'kept');
    symlinkSync(path, join(directory.path, 'agent-00000000.sock'));
    writeFileSync(join(home, 'other'), 'kept');
    linkSync(join(home, 'other'), join(directory.path, CONNECTION_FILE));
    const before = look(path);

    await directory.remove();

    expect(readdirSync(directory.path).sort()).toEqual(['kept', 'notes.txt']);
    expect(look(path)).toEqual(before);
    expect(existsSync(join(home, 'other'))).toBe(true);
  });

  it('says so when the place that the environment names does not exist here', async () => {
    const runDirectory = join(home, 'container', 'davylamp-abc');
    await expect(createAttachDirectory(target({ runDirectory }))).rejects.toThrow('does not exist here');
  });
});

describe('the directory of a command', () => {
  it('is private, and its removal follows no link', async () => {
    const directory = await createRunDirectory();
    const path = precious(join(home, 'precious'));
    symlinkSync(path, join(directory.path, CONNECTION_FILE));
    const before = look(path);
    expect(statSync(directory.path).mode & 0o777).toBe(0o700);

    await directory.remove();

    expect(existsSync(directory.path)).toBe(false);
    expect(look(path)).toEqual(before);
  });
});

/** What a process of another user answers to a piece of code. */
function asUser(uid: number, code: string): string {
  return execFileSync(process.execPath, ['-e', code], { uid, gid: uid, cwd: '/', encoding: 'utf8' }).trim();
}

describe.runIf(ours === 0)("root's directory for a process of another user", () => {
  const hostile = (changes: Partial<TargetProcess> = {}) => target({ uid: NOBODY, gid: NOBODY, ...changes });

  it('stays ours: that user alone reads the connection file, and nobody writes beside it', async () => {
    const directory = await createAttachDirectory(hostile());
    await serve(directory);
    const tryAll = `
      const fs = require('node:fs'); const directory = ${JSON.stringify(directory.path)}; const outcomes = [];
      const attempt = (name, work) => { try { work(); outcomes.push(name); } catch {} };
      attempt('reads', () => fs.readFileSync(directory + '/${CONNECTION_FILE}'));
      attempt('lists', () => fs.readdirSync(directory));
      attempt('makes a file', () => fs.writeFileSync(directory + '/more', ''));
      attempt('makes a link', () => fs.symlinkSync('/etc', directory + '/agent-00000000.sock'));
      attempt('removes', () => fs.unlinkSync(directory + '/${CONNECTION_FILE}'));
      attempt('moves the directory', () => fs.renameSync(directory, directory + '.moved'));
      console.log(outcomes.join());`;

    expect(asUser(NOBODY, tryAll)).toBe('reads');
    expect(asUser(STRANGER, tryAll)).toBe('');
    expect(lstatSync(directory.path)).toMatchObject({ uid: 0, gid: 0 });

    const dial = `
      const { socket } = JSON.parse(require('node:fs').readFileSync(${JSON.stringify(join(directory.path, CONNECTION_FILE))}));
      require('node:net').connect(${JSON.stringify(directory.path)} + '/' + socket).on('connect', () => { console.log('connected'); process.exit(); });`;
    expect(asUser(NOBODY, dial)).toBe('connected');
    await directory.remove();
    expect(existsSync(directory.path)).toBe(false);
  });

  it('is never a directory that the environment names and root has', async () => {
    const path = precious(join(home, 'etc'));
    const ourName = precious(join(home, 'davylamp-etc'));
    const before = [look(path), look(ourName)];
    for (const runDirectory of [path, join(home, 'davylamp-etc', '..', 'etc')]) {
      await expect(createAttachDirectory(hostile({ runDirectory }))).rejects.toThrow('is in the way');
    }
    // One that root made for itself is used, and what is not an agent's is as it was.
    const used = await createAttachDirectory(hostile({ runDirectory: ourName }));
    await used.remove();
    expect(readdirSync(ourName)).toEqual(['shadow']);
    expect(look(path)).toEqual(before[0]);
    expect(lstatSync(ourName)).toMatchObject({ uid: 0 });
  });

  it('is never one that the process made, however it looks', async () => {
    const theirs = join(home, 'davylamp-theirs');
    mkdirSync(theirs, { mode: 0o700 });
    writeFileSync(join(home, 'victim'), 'precious');
    linkSync(join(home, 'victim'), join(theirs, CONNECTION_FILE));
    symlinkSync('/etc', join(theirs, 'agent-00000000.sock'));
    chownSync(theirs, NOBODY, NOBODY);
    const before = look(theirs);
    await expect(createAttachDirectory(hostile({ runDirectory: theirs }))).rejects.toThrow(
      `run davylamp as the user of the process (uid ${NOBODY})`,
    );
    expect(look(theirs)).toEqual(before);
  });

  it('is never in a place where the process could put another directory instead, or a link', async () => {
    const place = join(home, 'place');
    mkdirSync(place);
    chownSync(place, NOBODY, NOBODY);
    const shared = join(home, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o777);
    symlinkSync(place, join(home, 'link'));
    for (const parent of [place, shared, join(home, 'link')]) {
      const runDirectory = join(parent, 'davylamp-abc');
      await expect(createAttachDirectory(hostile({ runDirectory }))).rejects.toThrow('can be changed by other users');
      await expect(createAttachDirectory(target({ runDirectory }))).rejects.toThrow('can be changed by other users');
      expect(readdirSync(parent)).toEqual([]);
    }
  });

  it('is refused where somebody took its name', async () => {
    const process = hostile();
    const path = join(tmpdir(), `davylamp-${process.pid}-${process.startTime}`);
    const goal = precious(join(home, 'goal'));
    const before = look(goal);
    symlinkSync(goal, path);
    onTestFinished(() => rmSync(path));
    await expect(createAttachDirectory(process)).rejects.toThrow('is in the way');
    expect(look(goal)).toEqual(before);
  });

  it('is known to be for another user when a process gave up the rights of root', async () => {
    const child: ChildProcess = spawn(process.execPath, [
      '-e',
      `process.setgid(${NOBODY}); process.setuid(${NOBODY}); console.log('ready'); setInterval(() => {}, 1000)`,
    ]);
    onTestFinished(() => void child.kill('SIGKILL'));
    if (child.stdout) await once(child.stdout, 'data');
    expect(await inspectTarget(child.pid ?? 0)).toMatchObject({ uid: NOBODY, gid: NOBODY });
  });
});

it.each([
  ['Name:\tnode\nUid:\t0\t1000\t0\t1000\nGid:\t0\t100\t0\t100\n', { uid: 1000, gid: 100 }],
  ['Uid:\t5\t5\t5\t5\nGid:\t6\t6\t6\t6\n', { uid: 5, gid: 6 }],
])('reads from %j who a process is', (status, want) => {
  expect(effectiveUser(status)).toEqual(want);
});
