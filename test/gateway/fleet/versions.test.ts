import { expect, test } from 'vitest';
import type { AgentSession } from '../../../src/gateway/agents/agent-session.ts';
import { Fleet } from '../../../src/gateway/fleet/fleet.ts';
import type { AgentToGateway } from '../../../src/protocol/gateway-messages.ts';
import { ENFORCEMENTS } from '../../../src/protocol/needed-enforcement.ts';
import type { ProbeState } from '../../../src/protocol/state.ts';
import { identity, probe, runtime } from '../fixtures.ts';

const UIDS = ['a', 'b', 'c', 'never desired'];

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Everything that can be read of the pod, for one probe. */
function read(fleet: Fleet, uid: string): string {
  const view = fleet.pod('pod-1');
  const { connected, connectedAt, disconnectedAt, acknowledged, enforces, processes } = view ?? {};
  const shares = [1, 2, 3].map((generation) => fleet.share('pod-1', uid, generation));
  return JSON.stringify([
    ...[connected, connectedAt, disconnectedAt, acknowledged, enforces, processes, view?.forProbe(uid), shares],
    ...[fleet.agentDropped('pod-1', uid), fleet.isLeftOut('pod-1', uid)],
  ]);
}

/** What decides about a probe: without the time, and without the acknowledgment of the whole set, for which nobody waits. */
function readOfProbe(fleet: Fleet, uid: string): string {
  const view = fleet.pod('pod-1');
  const { used, held } =
    [1, 2, 3].map((each) => fleet.share('pod-1', uid, each)).find((one) => one !== undefined) ?? {};
  return JSON.stringify([
    view?.connected,
    view?.enforces,
    view?.forProbe(uid),
    used,
    held,
    fleet.agentDropped('pod-1', uid),
  ]);
}

test('whatever happens to an agent, its version changes with everything that can be read of it, and listeners hear of it', () => {
  const below = random(7);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  let now = 1000;
  const fleet = new Fleet({ now: () => now });
  const told = new Set<string>();
  fleet.onProbeChange((uid) => told.add(uid));
  fleet.onPodChange(() => {
    for (const uid of UIDS) told.add(uid);
  });
  let session: AgentSession | undefined;
  let held = 0;
  let drops = 0;
  const state = (uid: string): ProbeState => ({
    ...{ uid, generation: 1 + below(2), state: 'Armed', reason: 'Armed', hits: below(2), dropped: [] },
    ...(below(2) === 0 ? {} : { location: pick(['a.ts:1:1', 'a.ts:2:1']) }),
  });
  const receive = (frame: AgentToGateway) => session?.receive(frame);
  const states = () => {
    const instances = [['instance-1'], ['instance-1', 'instance-2'], ['instance-2', 'instance-1'], []];
    const processes = pick(instances).map((instanceID) => ({
      process: runtime(instanceID),
      revision: pick([held, held, held - 1, 5]),
      probes: [...UIDS, pick(UIDS)].filter(() => below(4) > 0).map(state),
    }));
    const usage = UIDS.filter(() => below(3) > 0).map((uid) => {
      return { uid, generation: 1 + below(2), granted: below(3), used: below(2), held: below(2) };
    });
    return {
      type: 'states' as const,
      revision: pick([held, held - 1]),
      processes,
      usage: pick([usage, usage, undefined]),
    };
  };
  let last = states();
  const connect = () => {
    session?.end();
    session = fleet.connect(identity, { desiredChanged() {}, acknowledge() {}, replaced() {} });
    drops = 0;
    const enforces = pick([undefined, ['Places'], [...ENFORCEMENTS]]);
    receive({ type: 'hello', agentVersion: '1', agentID: pick(['agent-0001', 'agent-0002']), enforces });
  };
  const events = {
    assign: () => {
      const uid = pick(UIDS.slice(0, 3));
      fleet.assign(uid, new Map(below(3) === 0 ? [] : [['pod-1', probe(uid, 1 + below(3))]]));
      // Who assigns and grants knows of it without being told.
      told.add(uid);
    },
    grant: () => {
      const uid = pick(UIDS);
      fleet.grant(uid, new Map([['pod-1', below(4)]]));
      told.add(uid);
    },
    connect,
    send: () => {
      held = session?.desired()?.revision ?? held;
    },
    states: () => {
      last = states();
      receive(last);
    },
    again: () => receive(structuredClone(last)),
    silent: () => session?.silent(),
    heard: () => session?.heard(),
    drop: () => {
      drops += below(2);
      receive({ type: 'dropped', probes: [{ uid: pick(UIDS), count: drops }] });
    },
  };
  const kinds = Object.keys(events) as (keyof typeof events)[];
  connect();
  fleet.release();
  const seen = { changed: 0, same: 0 };
  for (let round = 0; round < 20_000; round += 1) {
    now += below(100);
    const kind = pick([...kinds, 'states', 'send', 'again'] as const);
    const version = fleet.versionOf('pod-1');
    const before = UIDS.map((uid) => [read(fleet, uid), readOfProbe(fleet, uid)]);
    told.clear();
    events[kind]();
    for (const [index, uid] of UIDS.entries()) {
      const isChanged = read(fleet, uid) !== before[index]?.[0];
      seen[isChanged ? 'changed' : 'same'] += 1;
      if (isChanged && fleet.versionOf('pod-1') === version)
        expect.fail(`round ${round}: version after ${kind} of ${uid}`);
      const isOther = readOfProbe(fleet, uid) !== before[index]?.[1];
      if (isOther && !told.has(uid))
        expect.fail(
          `round ${round}: not told after ${kind} of ${uid}: ${before[index]?.[1]} ${readOfProbe(fleet, uid)}`,
        );
    }
  }
  expect(Math.min(seen.changed, seen.same)).toBeGreaterThan(5000);
});

test('the version stays when nothing that can be read has changed', () => {
  const fleet = new Fleet();
  fleet.release();
  fleet.assign('a', new Map([['pod-1', probe('a', 1)]]));
  const session = fleet.connect(identity, { desiredChanged() {}, acknowledge() {}, replaced() {} });
  session.receive({ type: 'hello', agentVersion: '1', agentID: 'agent-0001' });
  const version = fleet.versionOf('pod-1');
  const revision = session.desired()?.revision ?? 0;
  expect(fleet.versionOf('pod-1')).toBe(version);
  const frame = (): AgentToGateway => ({
    type: 'states',
    revision,
    processes: [{ process: runtime('instance-1'), revision, probes: [] }],
    usage: [{ uid: 'a', generation: 1, granted: 0, used: 0, held: 0 }],
  });
  session.receive(frame());
  const heard = fleet.versionOf('pod-1');
  expect(heard).toBeGreaterThan(version);
  session.receive(frame());
  expect(session.desired()?.revision).toBe(revision);
  session.receive({ type: 'dropped', probes: [{ uid: 'a', count: 0 }] });
  expect(fleet.versionOf('pod-1')).toBe(heard);
});
