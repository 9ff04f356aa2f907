import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectionFileSchema } from '../../src/protocol/runtime-messages.ts';
import { exampleProcess, exampleResult } from './examples.ts';
import { imageStart } from './image-start.ts';
import { RuntimeClient } from './runtime-client.ts';

const root = join(import.meta.dirname, '../..');
const MEBIBYTE = 1024 * 1024;

/** The memory limit of the injected container, and what must stay free of it for the kernel, the volume and the shell. */
const LIMIT_BYTES = 128 * MEBIBYTE;
const WANT_FREE_BYTES = 16 * MEBIBYTE;

/** Supervisor and bundle as the image starts them, with no gateway and with processes of the pod that mean harm. */
describe('an agent whose memory is under pressure', () => {
  let directory: string;
  let supervisor: ChildProcess;
  let most = 0;
  let watching: NodeJS.Timeout;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'agent-'));
    const { flags, environment } = await imageStart();
    supervisor = spawn(
      '/bin/sh',
      [join(root, 'src/sidecar/supervise.sh'), process.execPath, ...flags, join(root, 'dist/agent.cjs')],
      {
        stdio: 'ignore',
        env: {
          PATH: process.env.PATH,
          ...environment,
          DAVYLAMP_GATEWAY: 'wss://localhost:1',
          DAVYLAMP_CA: 'BEGIN CERTIFICATE',
          DAVYLAMP_POD_NAME: 'orders-1',
          DAVYLAMP_POD_NAMESPACE: 'shop',
          DAVYLAMP_RUN: directory,
          DAVYLAMP_MEMORY_LIMIT: String(LIMIT_BYTES),
        },
      },
    );
    most = 0;
    watching = setInterval(async () => {
      most = Math.max(most, await ownBytes((await agentPid()) ?? 0));
    }, 5);
    await vi.waitFor(() => connection(), { timeout: 60_000 });
  });

  afterEach(async () => {
    clearInterval(watching);
    for (const socket of sockets.splice(0)) socket.destroy();
    supervisor.kill('SIGTERM');
    await once(supervisor, 'exit');
    await rm(directory, { recursive: true, force: true });
  });

  const connection = async () =>
    connectionFileSchema.parse(JSON.parse(await readFile(join(directory, 'connection.json'), 'utf8')));

  async function agentPid(): Promise<number | undefined> {
    const children = await readFile(`/proc/${supervisor.pid}/task/${supervisor.pid}/children`, 'utf8').catch(() => '');
    for (const child of children.trim().split(' ')) {
      const command = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '');
      // Others are shells of the supervisor.
      if (command.startsWith(process.execPath)) return Number(child);
    }
    return undefined;
  }

  const ownBytes = async (pid: number): Promise<number> => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  };

  /** An agent, this one or the next, takes a process in and is small again. */
  async function recovers(): Promise<void> {
    await vi.waitFor(
      async () => {
        const client = await RuntimeClient.greet(directory, exampleProcess());
        await client.heard((frame) => frame.type === 'desired');
        client.end();
        expect(await ownBytes((await agentPid()) ?? 0)).toBeLessThan(LIMIT_BYTES / 2);
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(supervisor.exitCode).toBeNull();
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(LIMIT_BYTES - WANT_FREE_BYTES);
  }

  const dial = async (): Promise<Socket> => {
    const socket = connect(join(directory, (await connection()).socket));
    sockets.push(socket);
    socket.on('error', () => {}).setMaxListeners(0);
    // An agent that has just been started again may not listen yet: then it is closed at once.
    await new Promise<void>((resolve) => {
      socket.once('connect', () => resolve()).once('close', () => resolve());
    });
    return socket;
  };

  it('stays below its limit when many peers send frames that do not end', async () => {
    const piece = 'x'.repeat(3.9 * MEBIBYTE);
    const all = await Promise.all(Array.from({ length: 120 }, dial));
    for (const socket of all) if (!socket.destroyed) socket.write(piece);
    await Promise.all(
      all.map((socket) => new Promise((resolve) => (socket.destroyed ? resolve(0) : socket.once('close', resolve)))),
    );
    await recovers();
  });

  it('stays below its limit when results come that no gateway takes', async () => {
    const { secret } = await connection();
    const result = { ...exampleResult(1), log: { level: 'Info', message: 'ä'.repeat(4_000) } };
    const frame = `${JSON.stringify({ type: 'results', results: Array.from({ length: 100 }, () => result) })}\n`;
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const socket = await dial();
        const hello = {
          type: 'hello',
          protocol: 1,
          secret,
          process: exampleProcess({ instanceID: `process-${index}` }),
        };
        socket.write(`${JSON.stringify(hello)}\n`);
        for (let round = 0; round < 10 && !socket.destroyed; round += 1) {
          if (!socket.write(frame)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
        }
      }),
    );
    await recovers();
  });

  it('stays below its limit when frames are made of nothing but brackets', async () => {
    const { secret } = await connection();
    const frame = `{"type":"results","secret":"${secret}","results":[${'[],'.repeat(1.2 * MEBIBYTE)}[]]}\n`;
    for (let round = 0; round < 5; round += 1) {
      const all = await Promise.all(Array.from({ length: 20 }, dial));
      for (const socket of all) if (!socket.destroyed) socket.write(frame);
      await Promise.all(
        all.map((socket) => new Promise((resolve) => (socket.destroyed ? resolve(0) : socket.once('close', resolve)))),
      );
      await vi.waitFor(
        async () => {
          const socket = await dial();
          expect(socket.destroyed).toBe(false);
          socket.destroy();
        },
        { timeout: 60_000 },
      );
    }
    await recovers();
  });

  it('leaves nothing behind in its volume, however often it is killed', async () => {
    const wantFiles = ['agent-0.sock', 'connection.json', 'ready', 'runtime'];
    for (let round = 0; round < 3; round += 1) {
      const { socket } = await connection();
      const pid = await vi.waitFor(
        async () => {
          const found = await agentPid();
          if (found === undefined) throw new Error('no agent yet');
          return found;
        },
        { timeout: 60_000 },
      );
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(async () => expect((await connection()).socket).not.toBe(socket), { timeout: 60_000 });
      const files = (await readdir(directory)).map((name) => name.replace(/agent-.*\.sock/, 'agent-0.sock'));
      expect(files.sort()).toEqual(wantFiles);
      expect((await readdir(join(directory, 'runtime'))).sort()).toEqual([
        'early-debugger.cjs',
        'engine.cjs',
        'preload.cjs',
        'worker.cjs',
      ]);
    }
  });
});
