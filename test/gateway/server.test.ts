import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { pino } from 'pino';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { AuthenticationRefused } from '../../src/gateway/agents/authenticate.ts';
import type { PodIdentity } from '../../src/gateway/agents/identity.ts';
import { Authority, type Leaf } from '../../src/gateway/certificates/authority.ts';
import { newAuthoritySecret } from '../../src/gateway/certificates/authority-secret.ts';
import { servingNames } from '../../src/gateway/certificates/serving-certificate.ts';
import { Fleet } from '../../src/gateway/fleet/fleet.ts';
import type { GatewayEvent } from '../../src/gateway/gateway-metrics.ts';
import { GatewayServer, type GatewayServerOptions, type Leadership } from '../../src/gateway/server.ts';
import { MAX_FRAME_BYTES } from '../../src/protocol/limits.ts';
import { AgentClient, type DialOptions, dialRefused } from './agent-client.ts';
import { probe, runtime } from './fixtures.ts';

let authority: Authority;
let leaf: Leaf;

beforeAll(async () => {
  authority = await Authority.fromSecret(await newAuthoritySecret('davylamp'), 'davylamp');
  leaf = await authority.issue(servingNames('davylamp'));
});

/** Tokens of this test name their pod; who really holds a token is tested with a real API server. */
async function authenticate(token: string): Promise<PodIdentity> {
  if (!token.startsWith('pod-')) throw new AuthenticationRefused(401, 'the token is not valid');
  return { namespace: 'shop', podName: token, podUID: token };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function gateway(options: Partial<GatewayServerOptions> = {}) {
  const events: GatewayEvent[] = [];
  const fleet = new Fleet();
  fleet.release();
  const server = new GatewayServer({
    fleet,
    authenticate,
    leader: () => ({ self: true }),
    tls: leaf,
    log: pino({ level: 'silent' }),
    metrics: { gatewayEvent: (event) => events.push(event) },
    ...options,
  });
  const port = await server.listen(0, '127.0.0.1');
  closers.push(() => server.close());
  const options_: DialOptions = { port, ca: authority.caPem, token: 'pod-1' };
  return { server, fleet: options.fleet ?? fleet, events, port, at: options_ };
}

const state = (uid: string) => ({ uid, generation: 1, state: 'Armed', reason: 'Armed', hits: 1, dropped: [] });

test('an agent gets its set, acknowledges it, and has its results acknowledged', async () => {
  const { fleet, at } = await gateway();
  const agent = await AgentClient.dial(at);
  agent.hello();
  expect((await agent.next('desired')).probes).toEqual([]);
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const desired = await agent.next('desired');
  expect(desired.probes).toEqual([probe('a')]);
  const acknowledged = new Promise<void>((resolve) => fleet.onProbeChange(() => resolve()));
  const { revision } = desired;
  agent.say({ type: 'states', revision, processes: [{ process: runtime(), revision, probes: [state('a')] }] });
  await acknowledged;
  expect(fleet.pod('pod-1')?.forProbe('a')).toMatchObject([{ acknowledged: true, state: { state: 'Armed' } }]);
  const result = { sequence: 1, uid: 'a', generation: 1, instanceID: 'instance-1', time: 1, location: 'a.ts:1:1' };
  const log = { level: 'Info', message: '' };
  agent.say({ type: 'results', first: 1, results: [{ ...result, kind: 'DynamicLog', log }] });
  expect(await agent.next('acknowledged')).toEqual({ type: 'acknowledged', through: 1 });
});

test('a hundred changes at once are sent as few whole sets', async () => {
  const { fleet, at } = await gateway();
  const agent = await AgentClient.dial(at);
  agent.hello();
  await agent.next('desired');
  for (let index = 0; index < 100; index += 1) fleet.assign(`p${index}`, new Map([['pod-1', probe(`p${index}`)]]));
  let sets = 0;
  for (let size = 0; size < 100; sets += 1) size = (await agent.next('desired')).probes.length;
  expect(sets).toBeLessThanOrEqual(2);
});

test.each<[string, Partial<DialOptions>, number]>([
  ['no token', { token: undefined }, 401],
  ['a token that is not valid', { token: 'other' }, 401],
  ['another path', { path: '/mutate' }, 404],
  ['another sub-protocol', { protocol: 'davylamp.v9' }, 400],
])('a connection with %s is refused', async (_, wrong, wantStatus) => {
  const { at, fleet } = await gateway();
  expect((await dialRefused({ ...at, ...wrong })).status).toBe(wantStatus);
  expect(fleet.connected()).toBe(0);
});

test('an agent that trusts another authority, or wants another name, does not connect', async () => {
  const { at } = await gateway();
  const stranger = await Authority.fromSecret(await newAuthoritySecret('other'), 'other');
  await expect(AgentClient.dial({ ...at, ca: stranger.caPem })).rejects.toThrow(/certificate|signature/);
  await expect(AgentClient.dial({ ...at, servername: 'kubernetes.default.svc' })).rejects.toThrow(/altnames/);
});

test.each<[string, Leadership, number, string | undefined]>([
  ['leads to the leader', { self: false, address: '10.0.0.7' }, 307, 'wss://10.0.0.7:PORT/agents'],
  ['leads to a leader with an IPv6 address', { self: false, address: 'fd00::7' }, 307, 'wss://[fd00::7]:PORT/agents'],
  ['asks for patience when nobody leads', { self: false }, 503, undefined],
])('a replica that does not lead %s', async (_, leader, wantStatus, wantLocation) => {
  const { at, port } = await gateway({ leader: () => leader });
  const { status, headers } = await dialRefused(at);
  expect([status, headers.location]).toEqual([wantStatus, wantLocation?.replace('PORT', String(port))]);
  expect(headers['retry-after']).toBe(wantStatus === 503 ? '1' : undefined);
});

const hello = JSON.stringify({ type: 'hello', agentVersion: '0', agentID: 'agent-0001' });
const nested = `${'{"type":"array","items":['.repeat(50_000)}${']}'.repeat(50_000)}`;
const deepResult = `{"sequence":1,"uid":"a","generation":1,"instanceID":"i","time":1,"location":"a","capture":{"frames":[],"watches":[{"name":"x","value":${nested}}],"pauseMicroseconds":1}}`;

test.each<[string, (string | Buffer)[], number]>([
  ['too big', [hello, Buffer.alloc(MAX_FRAME_BYTES + 1, 'x').toString()], 1009],
  ['binary', [hello, Buffer.from(hello)], 1008],
  ['not JSON', [hello, '{"type":'], 1008],
  ['null', [hello, 'null'], 1008],
  ['of an unknown type', [hello, '{"type":"exec"}'], 1008],
  ['a second hello', [hello, hello], 1008],
  ['states before hello', ['{"type":"states","revision":0,"processes":[]}'], 1008],
  [
    'states of 10,000 probes',
    [
      hello,
      JSON.stringify({
        type: 'states',
        revision: 1,
        processes: [{ process: runtime(), revision: 1, probes: Array.from({ length: 10_000 }, () => state('a')) }],
      }),
    ],
    1008,
  ],
  ['nested without end', [hello, `{"type":"results","first":1,"results":[${deepResult}]}`], 1008],
  ['numbered beyond numbers', [hello, '{"type":"results","first":1e308,"results":[]}'], 1008],
])('a frame that is %s closes the connection and harms nobody else', async (_, frames, wantCode) => {
  const { at, fleet, events } = await gateway();
  const bystander = await AgentClient.dial({ ...at, token: 'pod-2' });
  bystander.hello('agent-0002');
  await bystander.next('desired');
  const agent = await AgentClient.dial(at);
  for (const frame of frames) agent.socket.send(frame);
  expect(await agent.closed).toBe(wantCode);
  expect(events).toContain('bad_frame');
  fleet.assign('a', new Map([['pod-2', probe('a')]]));
  expect((await bystander.next('desired')).probes.length).toBe(1);
});

test('a newer connection of the same pod replaces the older', async () => {
  const { at, fleet } = await gateway();
  const first = await AgentClient.dial(at);
  first.hello();
  await first.next('desired');
  const second = await AgentClient.dial(at);
  second.hello();
  expect(await first.closed).toBe(1001);
  await second.next('desired');
  expect([fleet.connected(), fleet.pod('pod-1')?.connected]).toEqual([1, true]);
});

test('an agent that gives no sign of life is shown as away, and then given up', async () => {
  const { at, events, fleet } = await gateway({ heartbeatMilliseconds: 500 });
  const shown: string[] = [];
  const gone = new Promise<void>((resolve) =>
    fleet.onPodChange((podUID) => {
      if (podUID !== 'pod-1' || fleet.pod('pod-1')?.connected !== false) return;
      shown.push(events.includes('unresponsive') ? 'given up' : 'silent');
      if (shown.includes('given up')) resolve();
    }),
  );
  const alive = await AgentClient.dial({ ...at, token: 'pod-2' });
  await AgentClient.dial({ ...at, deaf: true });
  await gone;
  expect(shown).toEqual(['silent', 'given up']);
  expect(alive.socket.readyState).toBe(alive.socket.OPEN);
});

test('an agent that sends more than its share is slowed down, not lost', async () => {
  const { at, fleet } = await gateway();
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  let received = 0;
  fleet.onResults((_, results) => {
    received += results.length;
  });
  const agent = await AgentClient.dial(at);
  agent.hello();
  const log = { level: 'Info', message: 'x'.repeat(60_000) };
  const result = { uid: 'a', generation: 1, instanceID: 'i', time: 1, location: 'a.ts:1:1', kind: 'DynamicLog', log };
  for (let frame = 0; frame < 4; frame += 1) {
    const first = frame * 50 + 1;
    const results = Array.from({ length: 50 }, (_, index) => ({ ...result, sequence: first + index }));
    agent.say({ type: 'results', first, results });
  }
  while ((await agent.next('acknowledged')).through < 200);
  expect(received).toBe(200);
});

test('closing sends every agent away with 1001 and refuses new ones', async () => {
  const { at, server, fleet } = await gateway();
  const agent = await AgentClient.dial(at);
  agent.hello();
  await agent.next('desired');
  await server.close();
  expect(await agent.closed).toBe(1001);
  expect(fleet.connected()).toBe(0);
  await expect(AgentClient.dial(at)).rejects.toThrow('ECONNREFUSED');
});

test('a renewed certificate serves new connections and leaves the open ones alone', async () => {
  const { at, server, port } = await gateway();
  const agent = await AgentClient.dial(at);
  const renewed = await authority.issue(servingNames('davylamp'));
  server.updateCertificate(renewed);
  const socket = tlsConnect({ port, host: '127.0.0.1', ca: authority.caPem, servername: servingNames('davylamp')[0] });
  await once(socket, 'secureConnect');
  expect(socket.getPeerX509Certificate()?.toString().trim()).toBe(renewed.certPem.trim());
  socket.destroy();
  agent.hello();
  await agent.next('desired');
});

/** Results that take this many bytes as a frame, with their numbers. */
function resultsOf(bytes: number, first = 1) {
  const count = Math.ceil(bytes / 60_000);
  const results = Array.from({ length: count }, (_, index) => {
    const result = { sequence: first + index, uid: 'a', generation: 1, instanceID: 'instance-1', time: 1 };
    return { ...result, location: 'a.ts:1:1', kind: 'DynamicLog', log: { level: 'Info', message: '' } };
  });
  const frame = { type: 'results', first, results };
  const rest = bytes - JSON.stringify(frame).length;
  for (const [index, { log }] of results.entries()) {
    log.message = 'x'.repeat(Math.floor(rest / count) + (index < rest % count ? 1 : 0));
  }
  return frame;
}

test('a results frame may have 4 MiB, and one above is not read: its agent is sent away, and others are not concerned', async () => {
  const { at, fleet, events } = await gateway();
  fleet.assign('a', new Map(['pod-1', 'pod-2'].map((pod) => [pod, probe('a')])));
  const received = new Map<string, number>();
  fleet.onResults(({ podUID }, results) => received.set(podUID, (received.get(podUID) ?? 0) + results.length));
  const large = await AgentClient.dial(at);
  large.hello();
  const other = await AgentClient.dial({ ...at, token: 'pod-2' });
  other.hello('agent-0002');

  const most = resultsOf(4 * 1024 * 1024);
  expect(JSON.stringify(most)).toHaveLength(4 * 1024 * 1024);
  large.say(most);
  const { length } = most.results;
  expect((await large.next('acknowledged')).through).toBe(length);
  expect(received.get('pod-1')).toBe(length);

  large.say(resultsOf(4 * 1024 * 1024 + 1, length + 1));
  expect(await large.closed).toBe(1009);
  expect(received.get('pod-1')).toBe(length);
  expect(events).toContain('bad_frame');

  other.say({ type: 'results', first: 1, results: resultsOf(50_000).results });
  expect((await other.next('acknowledged')).through).toBe(1);
  // What it repeats in frames that fit is taken once, also what came before.
  const again = await AgentClient.dial(at);
  again.hello();
  again.say(resultsOf(1024 * 1024));
  again.say(resultsOf(1024 * 1024, length + 1));
  while ((await again.next('acknowledged')).through <= length);
  expect(received.get('pod-1')).toBe(length + resultsOf(1024 * 1024).results.length);
});
