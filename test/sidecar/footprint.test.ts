import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import { Fleet } from '../../src/gateway/fleet/fleet.ts';
import { GatewayServer } from '../../src/gateway/server.ts';
import { imageStart } from './image-start.ts';

const root = join(import.meta.dirname, '../..');

/** Private memory: what is mapped from Node's own file differs from build to build, and is shared with other pods. */
const WANT_PRIVATE_MEBIBYTES = 16;

/** The bundle, started as the image starts it. */
describe('what an agent takes that has nothing to do', () => {
  let directory: string;
  let gateway: GatewayServer;
  let agent: ChildProcess | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'agent-'));
    await writeFile(join(directory, 'token'), 'pod-1');
  });

  afterEach(async () => {
    agent?.kill('SIGKILL');
    await gateway.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('is little memory of its own', async () => {
    const authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
    const fleet = new Fleet();
    fleet.release();
    gateway = new GatewayServer({
      fleet,
      authenticate: async (token) => ({ namespace: 'shop', podName: token, podUID: token }),
      leader: () => ({ self: true }),
      tls: await authority.issue(['localhost']),
      log: pino({ level: 'silent' }),
      metrics: { gatewayEvent: () => {} },
    });
    const port = await gateway.listen(0, '127.0.0.1');
    const { flags, environment } = await imageStart();
    const started = spawn(process.execPath, [...flags, join(root, 'dist/agent.cjs')], {
      stdio: 'ignore',
      env: {
        ...environment,
        DAVYLAMP_GATEWAY: `wss://localhost:${port}`,
        DAVYLAMP_CA: authority.caPem,
        DAVYLAMP_POD_NAME: 'orders-1',
        DAVYLAMP_POD_NAMESPACE: 'shop',
        DAVYLAMP_RUN: directory,
        DAVYLAMP_TOKEN_FILE: join(directory, 'token'),
      },
    });
    agent = started;
    await vi.waitFor(() => expect(fleet.pod('pod-1')?.connected).toBe(true), { timeout: 60_000 });

    await vi.waitFor(
      async () => {
        const status = await readFile(`/proc/${started.pid}/status`, 'utf8');
        const mebibytes = Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1024;
        expect(mebibytes).toBeLessThan(WANT_PRIVATE_MEBIBYTES);
      },
      { timeout: 60_000, interval: 200 },
    );
  });
});
