import { expect, test } from 'vitest';
import { type AgentChannel, type AgentSession, UnexpectedFrame } from '../../../src/gateway/agents/agent-session.ts';
import type { PodIdentity } from '../../../src/gateway/agents/identity.ts';
import { Fleet, type RefusedReports } from '../../../src/gateway/fleet/fleet.ts';
import type { AgentToGateway } from '../../../src/protocol/gateway-messages.ts';
import { ENFORCEMENTS } from '../../../src/protocol/needed-enforcement.ts';
import type { Result } from '../../../src/protocol/result.ts';
import type { ProbeState } from '../../../src/protocol/state.ts';
import { identity, probe, runtime } from '../fixtures.ts';

const armed = (uid: string, hits = 0): ProbeState => ({
  uid,
  generation: 1,
  state: 'Armed',
  reason: 'Armed',
  hits,
  dropped: [],
});

const result = (sequence: number, uid = 'a'): Result => ({
  sequence,
  uid,
  generation: 1,
  instanceID: 'instance-1',
  time: 1,
  location: 'a.ts:1:1',
  kind: 'DynamicLog',
  log: { level: 'Info', message: 'hit' },
});

interface Peer extends AgentChannel {
  session: AgentSession;
  wakes: number;
  acknowledged: number[];
  wasReplaced: boolean;
  say(frame: AgentToGateway): void;
}

function dial(fleet: Fleet, agentID = 'agent-0001', who = identity): Peer {
  const channel: Omit<Peer, 'session' | 'say'> = {
    wakes: 0,
    acknowledged: [],
    wasReplaced: false,
    desiredChanged: () => {
      channel.wakes += 1;
    },
    acknowledge: (frame) => void channel.acknowledged.push(frame.through),
    replaced: () => {
      channel.wasReplaced = true;
    },
  };
  const session = fleet.connect(who, channel);
  const peer: Peer = Object.assign(channel, { session, say: (frame: AgentToGateway) => session.receive(frame) });
  peer.say({ type: 'hello', agentVersion: '0.1.0', agentID, enforces: [...ENFORCEMENTS] });
  return peer;
}

const states = (revision: number, probes: ProbeState[], process = runtime()): AgentToGateway => ({
  type: 'states',
  revision,
  processes: [{ process, revision, probes }],
});

test('an agent is told nothing before the operator has decided, and the whole set afterwards', () => {
  const fleet = new Fleet();
  const peer = dial(fleet);
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  expect(peer.wakes).toBe(0);
  expect(peer.session.desired()).toBeUndefined();
  fleet.release();
  expect(peer.wakes).toBe(1);
  expect(peer.session.desired()?.probes).toEqual([probe('a')]);
});

test('the same wish again makes no new revision, a changed one does', () => {
  const fleet = new Fleet();
  fleet.release();
  const peer = dial(fleet);
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const first = peer.session.desired()?.revision;
  const { wakes } = peer;
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  expect([peer.wakes, peer.session.desired()?.revision]).toEqual([wakes, first]);
  fleet.assign('a', new Map([['pod-1', probe('a', 2)]]));
  expect(peer.session.desired()?.revision).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
  fleet.assign('a', new Map());
  expect(peer.session.desired()?.probes).toEqual([]);
});

test('acknowledgment of one probe is not lost when another one is assigned', () => {
  const fleet = new Fleet();
  fleet.release();
  const peer = dial(fleet);
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const revision = peer.session.desired()?.revision ?? 0;
  peer.say(states(revision, [armed('a')]));
  fleet.assign('b', new Map([['pod-1', probe('b')]]));
  peer.session.desired();
  const view = fleet.pod('pod-1');
  expect(view?.acknowledged).toBe(false);
  expect(view?.forProbe('a')).toEqual([{ process: runtime(), acknowledged: true, state: armed('a') }]);
  expect(view?.forProbe('b')).toEqual([{ process: runtime(), acknowledged: false, state: undefined }]);
});

test('what an agent applied for an earlier operator acknowledges nothing, whatever its number', () => {
  const fleet = new Fleet({ now: () => 1000 });
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  fleet.release();
  const peer = dial(fleet);
  for (const revision of [999, 1_000_000]) {
    peer.say(states(revision, [armed('a')]));
    expect(fleet.pod('pod-1')?.forProbe('a')[0]?.acknowledged).toBe(false);
    peer.session.desired();
    expect(fleet.pod('pod-1')?.forProbe('a')[0]?.acknowledged).toBe(false);
  }
  peer.say(states(peer.session.desired()?.revision ?? 0, [armed('a')]));
  expect(fleet.pod('pod-1')?.forProbe('a')[0]?.acknowledged).toBe(true);
});

test('results that are repeated after a reconnect are delivered once and acknowledged again', () => {
  const fleet = new Fleet();
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const seen: number[] = [];
  fleet.onResults((who, results, processes) => {
    expect(who).toEqual(identity);
    expect(processes.get('instance-1')?.pid).toBe(7);
    seen.push(...results.map(({ sequence }) => sequence));
  });
  const first = dial(fleet);
  first.say(states(0, []));
  first.say({ type: 'results', first: 1, results: [result(1), result(2)] });
  first.session.end();
  const second = dial(fleet);
  second.say({ type: 'results', first: 1, results: [result(1), result(2), result(3)] });
  second.say({ type: 'results', first: 2, results: [result(2)] });
  expect(seen).toEqual([1, 2, 3]);
  expect([first.acknowledged, second.acknowledged]).toEqual([[2], [3, 3]]);
});

test('a restarted agent counts its results and its drops anew', () => {
  const fleet = new Fleet();
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const seen: number[] = [];
  fleet.onResults((_, results) => seen.push(...results.map(({ sequence }) => sequence)));
  const first = dial(fleet);
  first.say({ type: 'results', first: 1, results: [result(1)] });
  first.say({ type: 'dropped', probes: [{ uid: 'a', count: 3 }] });
  const second = dial(fleet, 'agent-0002');
  second.say({ type: 'results', first: 1, results: [result(2)] });
  second.say({ type: 'dropped', probes: [{ uid: 'a', count: 2 }] });
  second.say({ type: 'dropped', probes: [{ uid: 'a', count: 4 }] });
  expect(seen).toEqual([1, 2]);
  expect(fleet.agentDropped('pod-1', 'a')).toBe(7);
});

test('a newer connection of a pod replaces the older, which is no longer listened to', () => {
  const fleet = new Fleet();
  const first = dial(fleet);
  const second = dial(fleet);
  expect([first.wasReplaced, second.wasReplaced]).toEqual([true, false]);
  first.say(states(0, [armed('a')]));
  expect(fleet.pod('pod-1')?.processes).toEqual([]);
  first.session.end();
  expect([fleet.connected(), fleet.pod('pod-1')?.connected]).toEqual([1, true]);
  second.session.end();
  expect([fleet.connected(), fleet.pod('pod-1')?.connected]).toEqual([0, false]);
});

test('listeners hear of exactly the probes and pods that something happened to', () => {
  const fleet = new Fleet();
  fleet.release();
  const heard: string[] = [];
  fleet.onProbeChange((uid) => heard.push(uid));
  fleet.onPodChange((uid) => heard.push(uid));
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const peer = dial(fleet);
  const revision = peer.session.desired()?.revision ?? 0;
  expect(heard.splice(0)).toEqual(['pod-1', 'a']);
  peer.say(states(revision, [armed('a')]));
  expect(heard.splice(0)).toEqual(['pod-1', 'a']);
  peer.say(states(revision, [armed('a')]));
  expect(heard.splice(0)).toEqual([]);
  peer.say(states(revision, [armed('a', 1), armed('stranger')]));
  expect(heard.splice(0)).toEqual(['a']);
  peer.say({ type: 'results', first: 1, results: [result(1), result(2), result(3, 'stranger')] });
  expect(heard.splice(0)).toEqual(['a']);
  peer.session.end();
  expect(heard.splice(0)).toEqual(['pod-1', 'a']);
});

test('a listener that throws keeps neither the others nor the acknowledgment from happening', () => {
  const errors: unknown[] = [];
  const fleet = new Fleet({ onListenerError: (error) => errors.push(error) });
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  let delivered = 0;
  fleet.onResults(() => {
    throw new Error('bad listener');
  });
  fleet.onResults((_, results) => {
    delivered += results.length;
  });
  const peer = dial(fleet);
  peer.say({ type: 'results', first: 1, results: [result(1)] });
  expect([delivered, errors.length, peer.acknowledged]).toEqual([1, 1, [1]]);
});

test('hello comes first and once', () => {
  const peer = dial(new Fleet());
  expect(() => peer.say({ type: 'hello', agentVersion: '0', agentID: 'agent-0001' })).toThrow(UnexpectedFrame);
  const silent = new Fleet().connect(identity, { desiredChanged() {}, acknowledge() {}, replaced() {} });
  expect(() => silent.receive({ type: 'dropped', probes: [] })).toThrow(UnexpectedFrame);
});

test('an agent that left long ago is forgotten unless something is wished of it', () => {
  let now = 0;
  const fleet = new Fleet({ now: () => now });
  const second: PodIdentity = { ...identity, podUID: 'pod-2' };
  const third: PodIdentity = { ...identity, podUID: 'pod-3' };
  fleet.assign('a', new Map([['pod-2', probe('a')]]));
  dial(fleet).session.end();
  dial(fleet, 'agent-0002', second).session.end();
  now = 3_600_000;
  dial(fleet, 'agent-0003', third).session.end();
  expect(['pod-1', 'pod-2', 'pod-3'].map((uid) => fleet.pod(uid) !== undefined)).toEqual([false, true, true]);
});

test('a pod gets no more probes than a frame may hold, the earliest wished first', () => {
  const fleet = new Fleet();
  fleet.release();
  const peer = dial(fleet);
  for (let index = 0; index < 205; index += 1) {
    fleet.assign(`p${index}`, new Map([['pod-1', probe(`p${index}`)]]));
  }
  const desired = peer.session.desired();
  expect(desired?.probes.length).toBe(200);
  expect(desired?.probes.at(-1)?.uid).toBe('p199');
});

test('a probe that was withdrawn is told of when every process has answered, also when others were withdrawn after it', () => {
  const fleet = new Fleet();
  fleet.release();
  const peer = dial(fleet);
  for (const uid of ['a', 'b']) fleet.assign(uid, new Map([['pod-1', probe(uid)]]));
  peer.say(states(peer.session.desired()?.revision ?? 0, [armed('a'), armed('b')]));
  fleet.assign('a', new Map());
  const first = peer.session.desired()?.revision ?? 0;
  fleet.assign('b', new Map());
  const second = peer.session.desired()?.revision ?? 0;
  const told: string[] = [];
  fleet.onProbeChange((uid) => told.push(uid));
  peer.say(states(first, [armed('b')]));
  expect(told.splice(0)).toEqual(['a']);
  peer.say(states(second, []));

  expect(told).toEqual(['b']);
  for (const uid of ['a', 'b']) expect(fleet.pod('pod-1')?.forProbe(uid)).toMatchObject([{ acknowledged: true }]);
});

test('a probe for which a pod has no room is known to be left out, and gets in when another one is withdrawn', () => {
  const fleet = new Fleet();
  fleet.release();
  const told: string[] = [];
  const peer = dial(fleet);
  const uids = Array.from({ length: 202 }, (_, index) => `probe-${index}`);
  for (const uid of uids) fleet.assign(uid, new Map([['pod-1', probe(uid)]]));
  expect(uids.filter((uid) => fleet.isLeftOut('pod-1', uid))).toEqual(['probe-200', 'probe-201']);
  expect(peer.session.desired()?.probes).toHaveLength(200);

  fleet.onProbeChange((uid) => told.push(uid));
  fleet.assign('probe-7', new Map());

  expect(fleet.isLeftOut('pod-1', 'probe-200')).toBe(false);
  expect(fleet.isLeftOut('pod-1', 'probe-201')).toBe(true);
  expect(told).toEqual(['probe-200']);
  expect(peer.session.desired()?.probes.at(-1)?.uid).toBe('probe-200');
});

/** A pod that had the probe `a`, which was withdrawn when the clock showed 0, and everything that was taken of it afterwards. */
function withdrawn(options: { isAway: boolean }) {
  const clock = { now: 0 };
  const refused: RefusedReports[] = [];
  const taken: number[] = [];
  const fleet = new Fleet({ now: () => clock.now, onRefused: (_, refusal) => refused.push(refusal) });
  fleet.release();
  fleet.onResults((_, results) => taken.push(...results.map(({ sequence }) => sequence)));
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const peer = dial(fleet);
  peer.session.desired();
  if (options.isAway) peer.session.end();
  fleet.assign('a', new Map());
  peer.session.desired();
  return { clock, fleet, peer, refused, taken };
}

test('results and states of a withdrawn probe are still taken while they may be on their way, and refused afterwards', () => {
  const { clock, fleet, peer, refused, taken } = withdrawn({ isAway: false });
  clock.now = 59_000;
  peer.say({ type: 'results', first: 1, results: [result(1)] });
  peer.say(states(0, [armed('a', 1)]));
  expect(fleet.pod('pod-1')?.forProbe('a')[0]?.state?.hits).toBe(1);
  expect([taken, refused]).toEqual([[1], []]);

  clock.now = 60_000;
  peer.say({ type: 'results', first: 2, results: [result(2)] });
  peer.say(states(0, [armed('a', 2)]));
  peer.say({ type: 'dropped', probes: [{ uid: 'a', count: 2 }] });
  expect(fleet.pod('pod-1')?.forProbe('a')[0]?.state).toBeUndefined();
  expect(fleet.agentDropped('pod-1', 'a')).toBe(0);
  expect(taken).toEqual([1]);
  expect(refused.map(({ what, count, probeUID }) => `${what} ${count} ${probeUID}`)).toEqual([
    'results 1 a',
    'states 1 a',
    'drops 1 a',
  ]);
  expect(peer.acknowledged).toEqual([1, 2]);
});

test('an agent that was away when the probe was withdrawn brings what it kept, but not for ever', () => {
  const { clock, fleet, refused, taken } = withdrawn({ isAway: true });
  clock.now = 10 * 60_000;
  const back = dial(fleet);
  back.say({ type: 'results', first: 1, results: [result(1)] });
  clock.now += 60_000;
  back.say({ type: 'results', first: 2, results: [result(2)] });
  back.session.end();
  clock.now += 60_000;
  dial(fleet).say({ type: 'results', first: 3, results: [result(3)] });
  expect([taken, refused.length]).toEqual([[1], 2]);
});

test('an operator that starts after the end of a probe takes what its pods have kept of it', () => {
  const taken: number[] = [];
  const fleet = new Fleet();
  fleet.onResults((_, results) => taken.push(...results.map(({ sequence }) => sequence)));
  fleet.expectLate('a', ['pod-1']);
  fleet.release();
  const stranger = { ...identity, podUID: 'pod-2' };
  dial(fleet, 'agent-0002', stranger).say({ type: 'results', first: 1, results: [result(7)] });
  dial(fleet).say({ type: 'results', first: 1, results: [result(1)] });
  expect(taken).toEqual([1]);
});

test('what an agent says that is still at the set of an earlier operator is not called a forgery, and not taken either', () => {
  const refused: RefusedReports[] = [];
  const fleet = new Fleet({ onRefused: (_, refusal) => refused.push(refusal) });
  const peer = dial(fleet);
  peer.say(states(1, [armed('gone')]));
  expect([fleet.pod('pod-1')?.forProbe('gone')[0]?.state, refused]).toEqual([undefined, []]);
});

test('an agent that does not answer counts as away since it was heard last, until it is heard again', () => {
  const clock = { now: 1000 };
  const fleet = new Fleet({ now: () => clock.now });
  const told: string[] = [];
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const peer = dial(fleet);
  fleet.onProbeChange((uid) => told.push(uid));
  const view = () => [fleet.pod('pod-1')?.connected, fleet.pod('pod-1')?.disconnectedAt];
  clock.now = 16_000;
  peer.session.silent();
  peer.session.silent();
  expect(view()).toEqual([false, 1000]);
  expect(told.splice(0)).toEqual(['a']);
  clock.now = 20_000;
  peer.session.heard();
  expect(view()).toEqual([true, undefined]);
  expect(told.splice(0)).toEqual(['a']);
  clock.now = 31_000;
  peer.session.silent();
  peer.say(states(0, []));
  expect(view()).toEqual([true, undefined]);
});

test('what a pod has used of a limit stays used when it may speak of the probe no longer', () => {
  const clock = { now: 0 };
  const fleet = new Fleet({ now: () => clock.now });
  fleet.release();
  const peer = dial(fleet);
  fleet.assign('a', new Map([['pod-1', probe('a')]]), new Map([['pod-1', 2]]));
  fleet.assign('b', new Map([['pod-1', probe('b')]]));
  const usage = [{ uid: 'a', generation: 1, granted: 2, used: 2, held: 0 }];
  const say = () => {
    const revision = peer.session.desired()?.revision ?? 0;
    const processes = [{ process: runtime(), revision, probes: [armed('b')] }];
    peer.say({ type: 'states', revision, processes, usage });
  };
  say();
  fleet.assign('a', new Map());
  say();
  const wantShare = { isHeard: true, used: 2, bound: 2 };
  expect(fleet.share('pod-1', 'a', 1)).toMatchObject(wantShare);
  clock.now = 61_000;
  say();
  expect(fleet.share('pod-1', 'a', 1)).toMatchObject(wantShare);
});

/** Whether the process has answered for the probe: that it has it, or is without it. */
const hasAnswered = (fleet: Fleet, uid: string) => fleet.pod('pod-1')?.forProbe(uid)[0]?.acknowledged;

test('a probe that a process is known to be without stays so, whatever others do to the set of the pod', () => {
  let now = 1000;
  const fleet = new Fleet({ now: () => now });
  fleet.release();
  const peer = dial(fleet);
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  peer.say(states(peer.session.desired()?.revision ?? 0, [armed('a')]));
  fleet.assign('a', new Map());
  peer.say(states(peer.session.desired()?.revision ?? 0, []));
  expect([hasAnswered(fleet, 'a'), hasAnswered(fleet, 'never wished')]).toEqual([true, true]);

  now = 3_600_000;
  fleet.assign('b', new Map([['pod-1', probe('b')]]));
  peer.session.desired();
  expect([hasAnswered(fleet, 'a'), hasAnswered(fleet, 'never wished')]).toEqual([true, true]);

  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  fleet.assign('a', new Map());
  expect(hasAnswered(fleet, 'a')).toBe(false);
});

test('an agent that was away for so long that the withdrawal is forgotten must still answer it', () => {
  let now = 1000;
  const fleet = new Fleet({ now: () => now });
  fleet.release();
  const first = dial(fleet);
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  fleet.assign('standing', new Map([['pod-1', probe('standing')]]));
  const held = first.session.desired()?.revision ?? 0;
  first.say(states(held, [armed('a')]));
  first.session.end();
  fleet.assign('a', new Map());
  now = 3_600_000;
  const second = dial(fleet);
  const revision = second.session.desired()?.revision ?? 0;
  second.say(states(held, [armed('a')]));
  expect(hasAnswered(fleet, 'a')).toBe(false);
  second.say(states(revision, []));
  expect(hasAnswered(fleet, 'a')).toBe(true);
});

test('every change of what is known of a probe is told of, also of one that was never wished of the pod', () => {
  const fleet = new Fleet();
  fleet.release();
  const peer = dial(fleet);
  const heard: string[] = [];
  fleet.onPodChange((uid) => heard.push(uid));
  peer.say(states(1, []));
  expect([heard.splice(0), hasAnswered(fleet, 'over')]).toEqual([['pod-1'], false]);
  peer.say(states(peer.session.desired()?.revision ?? 0, []));
  expect([heard.splice(0), hasAnswered(fleet, 'over')]).toEqual([['pod-1'], true]);
});

test('what an agent says before it is sent the set counts when it is sent, and is told of then', () => {
  const fleet = new Fleet();
  fleet.release();
  fleet.assign('a', new Map([['pod-1', probe('a')]]));
  const first = dial(fleet);
  const revision = first.session.desired()?.revision ?? 0;
  first.say(states(revision, [armed('a')]));
  const second = dial(fleet);
  second.say(states(revision, [armed('a')]));
  const told: string[] = [];
  fleet.onProbeChange((uid) => told.push(uid));
  expect(hasAnswered(fleet, 'a')).toBe(false);
  second.session.desired();
  expect([hasAnswered(fleet, 'a'), told]).toEqual([true, ['a']]);
});
