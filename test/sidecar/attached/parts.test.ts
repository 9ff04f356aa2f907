import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { terminationMessageSchema } from '../../../src/protocol/termination-message.ts';
import { readAttachment } from '../../../src/sidecar/attached/attachment.ts';
import { ProcProcesses } from '../../../src/sidecar/attached/container-processes.ts';
import { readCredential } from '../../../src/sidecar/attached/credential.ts';
import { otherUser } from '../../../src/sidecar/attached/other-user.ts';
import { makeOwnDirectory } from '../../../src/sidecar/attached/own-directory.ts';
import { terminationText } from '../../../src/sidecar/attached/termination.ts';
import { RuntimeServer } from '../../../src/sidecar/processes/runtime-server.ts';

const temporary = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'parts-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

describe('the environment of an attached agent', () => {
  it.each([
    [{}, undefined],
    [{ DAVYLAMP_TARGET_CONTAINER: 'app' }, { container: 'app', signalled: [], terminationLog: '/dev/termination-log' }],
    [
      { DAVYLAMP_TARGET_CONTAINER: 'app', DAVYLAMP_TARGET_CONTAINER_ID: 'a1b2c3d4e5', DAVYLAMP_SIGNALLED: '1-123,7-9' },
      { container: 'app', containerID: 'a1b2c3d4e5', signalled: ['1-123', '7-9'] },
    ],
  ])('is read from %j', (environment, want) => {
    if (want === undefined) expect(readAttachment(environment)).toBeUndefined();
    else expect(readAttachment(environment)).toMatchObject(want);
  });

  it('is refused where processes that got the signal are written otherwise', () => {
    expect(() => readAttachment({ DAVYLAMP_TARGET_CONTAINER: 'app', DAVYLAMP_SIGNALLED: '1' })).toThrow(
      'DAVYLAMP_SIGNALLED',
    );
  });
});

describe('the credential', () => {
  it.each([
    ['a line', 'secret\nmore', 'secret'],
    ['a line without its end, when the input ends', 'secret', 'secret'],
    ['nothing', '', undefined],
    ['a line that is too long', `${'x'.repeat(4097)}\n`, undefined],
  ])('is %s of the standard input', async (_, text, want) => {
    const input = new PassThrough();
    input.end(text);
    expect(await readCredential(input, 60_000)).toBe(want);
    expect(input.destroyed).toBe(true);
  });

  it('is not waited for without end', async () => {
    const input = new PassThrough();
    expect(await readCredential(input, 10)).toBeUndefined();
    expect(input.destroyed).toBe(true);
  });
});

describe('the directory of an attached agent', () => {
  it('is private, and in the first place that can be written to', async () => {
    const home = temporary();
    const directory = await makeOwnDirectory([join(home, 'absent'), home]);
    expect(directory.startsWith(join(home, 'davylamp-'))).toBe(true);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('is not where the path of the socket would be too long', async () => {
    const home = temporary();
    const long = join(home, 'x'.repeat(80));
    mkdirSync(long);
    expect((await makeOwnDirectory([long, home])).startsWith(join(home, 'davylamp-'))).toBe(true);
  });

  it('is made after those are removed that killed agents have left, and no others', async () => {
    const home = temporary();
    for (const name of ['davylamp-left', 'davylamp-young', 'davylamp-served', 'davylamp-full', 'other']) {
      mkdirSync(join(home, name), { mode: 0o700 });
    }
    writeFileSync(join(home, 'davylamp-left', 'connection.json'), '{}');
    writeFileSync(join(home, 'davylamp-full', 'precious'), '');
    const server = new RuntimeServer({
      directory: join(home, 'davylamp-served'),
      onChange: () => {},
      onResults: () => {},
    });
    await server.listen();
    onTestFinished(() => server.close());
    for (const name of ['davylamp-left', 'davylamp-served', 'davylamp-full', 'other'])
      utimesSync(join(home, name), 1, 1);

    const directory = await makeOwnDirectory([home]);
    expect(
      readdirSync(home)
        .map((name) => join(home, name))
        .sort(),
    ).toEqual(
      [
        directory,
        ...['davylamp-full', 'davylamp-served', 'davylamp-young', 'other'].map((name) => join(home, name)),
      ].sort(),
    );
  });
});

describe('the last message', () => {
  it('is whole JSON of at most 4096 bytes, whatever it is to say', () => {
    const text = terminationText({
      reason: 'Failed',
      message: '…'.repeat(5000),
      signalled: Array.from({ length: 100 }, (_, index) => `${4_000_000 + index}-123456789012`),
      exitCode: 1,
    });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    const message = terminationMessageSchema.parse(JSON.parse(text));
    expect(message.signalled).toHaveLength(32);
    expect(message.signalled?.at(-1)).toBe('4000099-123456789012');
  });
});

describe('the processes of the container', () => {
  it('are those of its cgroup, without the agent itself', () => {
    const pids = new ProcProcesses(undefined).pids();
    expect(pids).not.toContain(process.pid);
    expect(new ProcProcesses('no-such-container').pids()).toEqual([]);
  });

  it('have another user only if none has ours', () => {
    const own = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
    expect(otherUser([process.pid], own)).toBeUndefined();
    expect(otherUser([process.pid], { uid: own.uid + 1, gid: own.gid })).toEqual(own);
    expect(otherUser([], own)).toBeUndefined();
  });
});
