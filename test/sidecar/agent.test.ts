import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthenticationRefused } from '../../src/gateway/agents/authenticate.ts';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import { Fleet } from '../../src/gateway/fleet/fleet.ts';
import { GatewayServer, type Leadership } from '../../src/gateway/server.ts';
import { Agent } from '../../src/sidecar/agent.ts';
import { StandardOutput } from '../../src/sinks/standard-output.ts';
import type { SeenResult } from '../runtime/node/harness/seen-result.ts';
import { exampleProbe, exampleProcess, exampleResult, exampleState } from './examples.ts';
import { isDesired, RuntimeClient } from './runtime-client.ts';

/** The whole agent between a real gateway and the protocol's other end of a runtime. */
describe('the agent of a pod', () => {
  let authority: Authority;
  let directory: string;
  let tokenFile: string;
  let output: PassThrough;
  let fleet: Fleet;
  const results: SeenResult[] = [];
  const cleanUp: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  });

  beforeEach(async () => {
    results.length = 0;
    directory = await mkdtemp(join(tmpdir(), 'agent-'));
    tokenFile = join(directory, 'token');
    await writeFile(tokenFile, 'pod-1\n');
    output = new PassThrough();
    fleet = newFleet();
  });

  afterEach(async () => {
    for (const close of cleanUp.splice(0).reverse()) await close();
    await rm(directory, { recursive: true, force: true });
  });

  const newFleet = (): Fleet => {
    const made = new Fleet();
    made.onResults((_, found) => results.push(...found));
    made.release();
    return made;
  };

  const startGateway = async (
    leader: () => Leadership = () => ({ self: true }),
    held = fleet,
    port = 0,
    name = 'localhost',
  ) => {
    const server = new GatewayServer({
      fleet: held,
      authenticate: async (token) => {
        if (!token.startsWith('pod-')) throw new AuthenticationRefused(401, 'the token is not valid');
        return { namespace: 'shop', podName: token, podUID: token };
      },
      leader,
      tls: await authority.issue([name]),
      log: pino({ level: 'silent' }),
      metrics: { gatewayEvent: () => {} },
    });
    // Another program of the machine may hold a port that is used again.
    const listening = await vi.waitFor(() => server.listen(port, '127.0.0.1'), { timeout: 60_000 });
    cleanUp.push(() => server.close());
    return { server, port: listening };
  };

  const startAgent = async (
    port: number,
    { host = 'localhost', gatewayAddress }: { host?: string; gatewayAddress?: string } = {},
  ): Promise<Agent> => {
    const runtime = join(directory, 'source');
    await mkdir(runtime, { recursive: true });
    await writeFile(join(runtime, 'preload.cjs'), '// preload');
    const settings = {
      gateway: `wss://${host}:${port}`,
      gatewayAddress,
      ca: authority.caPem,
      podName: 'orders-1',
      podNamespace: 'shop',
      directory,
      tokenFile,
      gatewayAbsenceSeconds: 600,
    };
    const agent = new Agent(settings, new StandardOutput(output));
    await agent.start(runtime);
    cleanUp.push(() => agent.close());
    return agent;
  };

  const logged = (): string => String(output.read() ?? '');

  it('makes the runtime visible to the application before it says that applications may start', async () => {
    const { port } = await startGateway();
    await startAgent(port);

    expect(await readFile(join(directory, 'runtime', 'preload.cjs'), 'utf8')).toBe('// preload');
    expect((await stat(join(directory, 'runtime', 'preload.cjs'))).mode & 0o777).toBe(0o644);
    expect((await stat(join(directory, 'ready'))).isFile()).toBe(true);
  });

  it('carries a probe from the gateway to the process, and state and results back', async () => {
    const { port } = await startGateway();
    await startAgent(port);
    fleet.assign('uid-1', new Map([['pod-1', exampleProbe()]]), new Map([['pod-1', 1000]]));
    const runtime = await RuntimeClient.greet(directory, exampleProcess());
    const desired = await runtime.heard(
      (frame): frame is Extract<typeof frame, { type: 'desired' }> => isDesired(frame) && frame.probes.length === 1,
    );
    runtime.send({ type: 'states', revision: desired.revision, probes: [exampleState({ hits: 1 })] });
    runtime.send({ type: 'results', results: [exampleResult(1)] });

    await vi.waitFor(
      () => {
        expect(results).toEqual([exampleResult(1)]);
        expect(fleet.pod('pod-1')?.forProbe('uid-1')[0]).toMatchObject({ acknowledged: true, state: { hits: 1 } });
        expect(fleet.pod('pod-1')?.acknowledged).toBe(true);
      },
      { timeout: 60_000 },
    );
    const lines = logged()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ kind: 'DynamicLog', pod: 'orders-1', message: 'order 1' }));
  });

  it('brings a result that waited for its grant, although results of another probe overtook it', async () => {
    const { port } = await startGateway();
    await startAgent(port);
    fleet.assign('uid-1', new Map([['pod-1', exampleProbe()]]), new Map([['pod-1', 0]]));
    fleet.assign('uid-2', new Map([['pod-1', exampleProbe({ uid: 'uid-2' })]]), new Map([['pod-1', 1000]]));
    const runtime = await RuntimeClient.greet(directory, exampleProcess());
    await runtime.heard((frame): frame is typeof frame => isDesired(frame) && frame.probes.length === 2);
    runtime.send({ type: 'results', results: [exampleResult(1), exampleResult(2, { uid: 'uid-2' })] });
    await vi.waitFor(() => expect(results.map(({ uid }) => uid)).toEqual(['uid-2']), { timeout: 60_000 });

    fleet.assign('uid-1', new Map([['pod-1', exampleProbe()]]), new Map([['pod-1', 1]]));
    await vi.waitFor(() => expect(results.map(({ uid }) => uid)).toEqual(['uid-2', 'uid-1']), { timeout: 60_000 });
    expect([fleet.lostResults('uid-1'), fleet.lostResults('uid-2')]).toEqual([0, 0]);
  });

  it('leaves probes as they are while the gateway is away, and repeats what was not acknowledged', async () => {
    const first = await startGateway();
    await startAgent(first.port);
    fleet.assign('uid-1', new Map([['pod-1', exampleProbe()]]), new Map([['pod-1', 1000]]));
    const runtime = await RuntimeClient.greet(directory, exampleProcess());
    await vi.waitFor(
      () => expect(runtime.frames.some((frame) => isDesired(frame) && frame.probes.length === 1)).toBe(true),
      { timeout: 60_000 },
    );
    await first.server.close();
    const frames = runtime.frames.length;
    runtime.send({ type: 'results', results: [exampleResult(1), exampleResult(2)] });
    await vi.waitFor(() => expect(logged()).toContain('order 2'), { timeout: 60_000 });
    expect(runtime.frames).toHaveLength(frames);

    const restarted = newFleet();
    restarted.assign('uid-1', new Map([['pod-1', exampleProbe()]]), new Map([['pod-1', 1000]]));
    await startGateway(() => ({ self: true }), restarted, first.port);
    await vi.waitFor(() => expect(results).toEqual([exampleResult(1), exampleResult(2)]), { timeout: 60_000 });
  });

  it('follows a replica that does not lead to the one that does, and still wants the name that it dialled', async () => {
    const leader = await startGateway();
    const other = new GatewayServer({
      fleet: new Fleet(),
      authenticate: () => Promise.reject(new AuthenticationRefused(401, 'never asked')),
      leader: () => ({ self: false, address: '127.0.0.2' }),
      tls: await authority.issue(['localhost']),
      log: pino({ level: 'silent' }),
      metrics: { gatewayEvent: () => {} },
    });
    // The redirect names the same port at the leader's address, as in a cluster, so the leader listens at another address here.
    await leader.server.close();
    const port = await other.listen(0, '127.0.0.1');
    cleanUp.push(() => other.close());
    const leading = new GatewayServer({
      fleet,
      authenticate: async (token) => ({ namespace: 'shop', podName: token, podUID: token }),
      leader: () => ({ self: true }),
      tls: await authority.issue(['localhost']),
      log: pino({ level: 'silent' }),
      metrics: { gatewayEvent: () => {} },
    });
    await vi.waitFor(() => leading.listen(port, '127.0.0.2'), { timeout: 60_000 });
    cleanUp.push(() => leading.close());
    await startAgent(port);

    await vi.waitFor(() => expect(fleet.pod('pod-1')?.connected).toBe(true), { timeout: 60_000 });
  });

  it('reaches the gateway by its address where its name means nothing, and still wants the name', async () => {
    const { port } = await startGateway(() => ({ self: true }), fleet, 0, 'davylamp-gateway.davylamp.invalid');
    await startAgent(port, { host: 'davylamp-gateway.davylamp.invalid', gatewayAddress: '127.0.0.1' });
    await vi.waitFor(() => expect(fleet.pod('pod-1')?.connected).toBe(true), { timeout: 60_000 });

    await startAgent(port, { host: 'another.davylamp.invalid', gatewayAddress: '127.0.0.1' });
    await vi.waitFor(() => expect(logged()).toMatch(/no connection to the gateway: .*(?:altnames|Hostname)/), {
      timeout: 60_000,
    });
  });

  it('says once why the gateway refuses it, and reads the token again for the next dial', async () => {
    await writeFile(tokenFile, 'stolen');
    const { port } = await startGateway();
    await startAgent(port);
    let text = '';
    await vi.waitFor(
      () => {
        text += logged();
        expect(text).toContain('answered 401: the token is not valid');
      },
      { timeout: 60_000 },
    );
    await writeFile(tokenFile, 'pod-1');

    await vi.waitFor(() => expect(fleet.pod('pod-1')?.connected).toBe(true), { timeout: 60_000 });
    text += logged();
    expect(text.match(/answered 401/g)).toHaveLength(1);
  });

  it('trusts no gateway of another authority', async () => {
    const stranger = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
    const { port } = await startGateway();
    authority = stranger;
    await startAgent(port);

    let text = '';
    await vi.waitFor(
      () => {
        text += logged();
        expect(text).toMatch(
          /no connection to the gateway: .*is of another authority.*restart the pod, or have the Secret/,
        );
      },
      { timeout: 60_000 },
    );
    expect(fleet.connected()).toBe(0);
  });
});
