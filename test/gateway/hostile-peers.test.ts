import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import { servingNames } from '../../src/gateway/certificates/serving-certificate.ts';
import { AgentClient } from './agent-client.ts';
import type { DialingPeers } from './dialing-peers.ts';
import { attachedIdentity, probe } from './fixtures.ts';
import { allowedFrame, brokenFrame, noise, seeded } from './fuzzed-frames.ts';
import { RunningGateway } from './running-gateway.ts';
import { upgradeRequest } from './upgrade-request.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
/** Heap that may be held when the peers have gone: 8 KiB that stay of each of 2,000 peers would exceed it. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Many peers that mean harm, over real TLS and WebSockets, while an agent that means none is connected. */
describe('a connected agent goes on being served, and memory stays bounded,', () => {
  let authority: Authority;
  let gateway: RunningGateway;
  let bystander: AgentClient;

  beforeAll(async () => {
    authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  });
  beforeEach(async () => {
    gateway = await RunningGateway.start(authority);
    bystander = await gateway.connect('pod-bystander');
  });
  afterEach(() => gateway.close());

  /** The bystander is served again and again until `harm` is done, and then once more. */
  async function meanwhile(harm: Promise<unknown>): Promise<void> {
    collect();
    const before = process.memoryUsage().heapUsed;
    let isOver = false;
    const end = harm.finally(() => {
      isOver = true;
    });
    while (!isOver) await gateway.serves(bystander, 'pod-bystander');
    await end;
    expect(await gateway.serves(bystander, 'pod-bystander')).toBe(true);
    collect();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(MOST_BYTES);
    expect(gateway.fleet.connected()).toBe(1);
  }

  /** Does `each` for 0 to `count` - 1, eight at a time. */
  async function eightAtATime(count: number, each: (index: number, lane: number) => Promise<void>): Promise<void> {
    let next = 0;
    const run = async (lane: number): Promise<void> => {
      while (next < count) await each(next++, lane);
    };
    await Promise.all(Array.from({ length: 8 }, (_, lane) => run(lane)));
  }

  it('while 2,000 peers dial without a credential that is accepted', async () => {
    const session = gateway.sessions.issue(attachedIdentity());
    const tokens = ['', 'x', `davylamp-once.${'x'.repeat(43)}`, `${session}x`, `davylamp-session.${'x.'.repeat(900)}`];
    const { port, ca } = gateway.at;
    const workerData: DialingPeers = { port, ca, tokens, count: 2000 };
    const peers = new Worker(new URL('./dialing-peers.ts', import.meta.url), { workerData });
    const answers = once(peers, 'message');
    await meanwhile(answers);
    expect(await answers).toEqual([{ 401: 2000 }]);
    expect(gateway.events.get('refused')).toBe(2000);
  });

  it('while 60,000 pieces of noise come from peers that nobody knows', async () => {
    const noisy = eightAtATime(300, async (index) => {
      const random = seeded(index);
      const socket = await open(index % 2 === 0);
      // Some begin as an agent does, so that what follows reaches further.
      if (random(2) === 0) socket.write(upgradeRequest('x').slice(0, random(250)));
      for (let piece = 0; piece < 200; piece += 1) socket.write(noise(random, 100));
      socket.end();
      await ended(socket);
    });
    await meanwhile(noisy);
  });

  it('while 40,000 frames come from agents that are let in and mean harm', async () => {
    const pods = Array.from({ length: 8 }, (_, index) => `pod-${index}`);
    gateway.fleet.assign('a', new Map(pods.map((pod) => [pod, probe('a')])));
    const hostile = eightAtATime(160, async (index, lane) => {
      const random = seeded(1_000_000 + index);
      const agent = await AgentClient.dial({ ...gateway.at, token: pods[lane] });
      agent.hello(`agent-${index}-${random(1e9)}`);
      await agent.next('desired');
      for (let frame = 0; frame < 225; frame += 1) agent.say(allowedFrame(random));
      for (let frame = 0; frame < 25; frame += 1) agent.socket.send(brokenFrame(random));
      await agent.closed;
    });
    await meanwhile(hostile);
    // What is said of probes that the pods do not have is not listened to.
    expect(gateway.notListenedTo).toBeGreaterThan(10_000);
    expect(gateway.events.get('bad_frame')).toBe(160);
  });

  /** A connection that TLS protects, or a bare one. */
  async function open(isProtected: boolean): Promise<Socket> {
    const { port, ca } = gateway.at;
    const host = '127.0.0.1';
    const socket = isProtected
      ? connectTls({ port, host, ca, servername: servingNames('davylamp')[0] })
      : connectTcp({ port, host });
    await once(socket, isProtected ? 'secureConnect' : 'connect');
    return socket;
  }
});

/** Resolves when the connection is closed, however that comes about. */
function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
  });
}
