import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import { Fleet } from '../../src/gateway/fleet/fleet.ts';
import { GatewayServer } from '../../src/gateway/server.ts';
import { exampleProbe } from './examples.ts';

const dist = join(import.meta.dirname, '../../dist');
const PROGRAM = `
  function work(n) {
    return n * 2;
  }
  setInterval(() => work(21), 100);
`;

/** A gateway, an agent and an application that are processes, or could be, with a probe that is hit all the time. */
describe('an agent that nobody reaches', () => {
  let directory: string;
  let authority: Authority;
  let gateway: GatewayServer;
  let fleet: Fleet;
  let port = 0;
  let agent: ChildProcess;
  let application: ChildProcess;
  let log = '';

  const results = (): string[] => log.split('\n').filter((line) => line.includes('"twice 42"'));
  const threads = async (): Promise<number> => (await readdir(`/proc/${application.pid}/task`)).length;

  const startGateway = async (probeUIDs: readonly string[]): Promise<void> => {
    fleet = new Fleet();
    for (const uid of probeUIDs) {
      const location = { file: 'program.js', line: 3 };
      // More than a slow run takes.
      const limits = { ...exampleProbe().limits, remainingHits: 1_000_000 };
      const probe = exampleProbe({ uid, location, limits, message: 'twice {n * 2}' });
      fleet.assign(uid, new Map([['pod-1', probe]]), new Map([['pod-1', 1_000_000]]));
    }
    fleet.release();
    gateway = new GatewayServer({
      fleet,
      authenticate: async (token) => ({ namespace: 'shop', podName: token, podUID: token }),
      leader: () => ({ self: true }),
      tls: await authority.issue(['localhost']),
      log: pino({ level: 'silent' }),
      metrics: { gatewayEvent: () => {} },
    });
    // Another program of the machine may hold a port that is used again.
    port = await vi.waitFor(() => gateway.listen(port, '127.0.0.1'), { timeout: 60_000 });
  };

  beforeEach(async () => {
    log = '';
    directory = await mkdtemp(join(tmpdir(), 'agent-'));
    await writeFile(join(directory, 'token'), 'pod-1');
    await writeFile(join(directory, 'program.js'), PROGRAM);
    authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
    port = 0;
    await startGateway(['uid-1']);
    agent = spawn(process.execPath, [join(dist, 'agent.cjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        DAVYLAMP_GATEWAY: `wss://localhost:${port}`,
        DAVYLAMP_CA: authority.caPem,
        DAVYLAMP_POD_NAME: 'orders-1',
        DAVYLAMP_POD_NAMESPACE: 'shop',
        DAVYLAMP_RUN: directory,
        DAVYLAMP_TOKEN_FILE: join(directory, 'token'),
        DAVYLAMP_GATEWAY_ABSENCE_SECONDS: '10',
      },
    });
    agent.stdout?.on('data', (chunk) => {
      log += chunk;
    });
    await vi.waitFor(() => expect(log).toContain('is ready'), { timeout: 60_000 });
    application = spawn(
      process.execPath,
      ['--require', join(directory, 'runtime/preload.cjs'), join(directory, 'program.js')],
      { stdio: 'inherit', env: { DAVYLAMP_RUN: directory, DAVYLAMP_CONTAINER: 'app' } },
    );
    await vi.waitFor(() => expect(results().length).toBeGreaterThan(3), { timeout: 60_000 });
  });

  afterEach(async () => {
    application.kill('SIGKILL');
    agent.kill('SIGKILL');
    await gateway.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The runtime's worker thread ends with the last probe. */
  const untilRid = async (armed: number): Promise<void> => {
    await vi.waitFor(async () => expect(await threads()).toBeLessThan(armed), { timeout: 60_000 });
  };

  it('takes every probe out after its time, says so, and brings back what is still wanted', async () => {
    const armed = await threads();
    await gateway.close();
    await untilRid(armed);
    const said = /no gateway for 10 s: every probe leaves this pod's processes until it is back/;
    await vi.waitFor(() => expect(log).toMatch(said), { timeout: 60_000 });

    const before = results().length;
    await startGateway(['uid-1']);
    await vi.waitFor(() => expect(results().length).toBeGreaterThan(before), { timeout: 60_000 });
    await vi.waitFor(() => expect(fleet.pod('pod-1')?.acknowledged).toBe(true), { timeout: 60_000 });
  });

  it('does not bring back what was deleted meanwhile', async () => {
    const armed = await threads();
    await gateway.close();
    await untilRid(armed);
    const before = results().length;
    await startGateway([]);
    await vi.waitFor(() => expect(fleet.pod('pod-1')?.acknowledged).toBe(true), { timeout: 60_000 });
    expect(results()).toHaveLength(before);
  });

  it('keeps no probe in a process while it stands still itself, and has them back when it goes on', async () => {
    const armed = await threads();
    agent.kill('SIGSTOP');
    await untilRid(armed);
    const rid = Date.now();
    agent.kill('SIGCONT');
    const times = () => results().map((line) => Date.parse(JSON.parse(line).time));
    await vi.waitFor(() => expect(times().some((time) => time > rid)).toBe(true), { timeout: 60_000 });
  });

  it('keeps probes for as long as it hears from the gateway and its processes from it', async () => {
    const armed = await threads();
    const end = Date.now() + 25_000;
    let fewest = armed;
    await vi.waitFor(
      async () => {
        fewest = Math.min(fewest, await threads());
        expect(Date.parse(JSON.parse(results().at(-1) ?? '').time)).toBeGreaterThan(end);
      },
      { timeout: 60_000 },
    );
    expect(log).not.toContain('every probe leaves');
    expect(fewest).toBe(armed);
  });
});
