import { describe, expect, it } from 'vitest';
import { Planner } from '../../../src/controllers/probes/desired/planner.ts';
import { ProbeRecord } from '../../../src/controllers/probes/desired/probe-record.ts';
import { QuotaLedger } from '../../../src/controllers/probes/desired/quota-ledger.ts';
import { renderStatus } from '../../../src/controllers/probes/status.ts';
import type { AgentSession } from '../../../src/gateway/agents/agent-session.ts';
import { Fleet } from '../../../src/gateway/fleet/fleet.ts';
import type { ProbeState } from '../../../src/protocol/state.ts';
import { dynamicLog, NO_POLICIES, pod, processInfo, state } from './fixtures.ts';

const PODS = 1500;
const START = Date.parse('2026-11-21T10:00:00Z');

/** A probe that matches more than a thousand pods, each with two processes behind a connected agent. */
function situation(limit: number) {
  const names = Array.from({ length: PODS }, (_, index) => `orders-${index}`);
  const pods = names.map((name) => pod(name));
  const fleet = new Fleet({ now: () => START });
  fleet.release();
  const probe = dynamicLog({ spec: { limits: { maxHits: limit } } });
  const record = new ProbeRecord(probe, START);
  const planner = new Planner({
    policies: NO_POLICIES,
    quotas: new QuotaLedger(),
    pods: { by: () => pods, count: () => 0 },
    fleet,
    disarmOrder: () => undefined,
    isTrusting: () => true,
    startTime: START - 60_000,
  });
  let sets = 0;
  const sessions = names.map((name): AgentSession => {
    const identity = { namespace: 'shop', podName: name, podUID: `uid-${name}` };
    const desiredChanged = () => {
      sets += 1;
    };
    const channel = { desiredChanged, acknowledge() {}, replaced() {} };
    const session = fleet.connect(identity, channel);
    session.receive({ type: 'hello', agentVersion: '0.1.0', agentID: `agent-${name}` });
    return session;
  });
  const granted = new Map<number, number>();
  /** Each agent takes what it is sent, and says so. */
  const answer = (
    ofPod: (index: number) => {
      held?: number;
      used?: number;
      isOlder?: boolean;
      state?: Partial<ProbeState>;
    } = () => ({}),
  ) => {
    for (const [index, session] of sessions.entries()) {
      const desired = session.desired();
      if (desired === undefined) continue;
      const { revision, probes, grants = [] } = desired;
      for (const { results } of grants) granted.set(index, results);
      const { held = 0, used = 0, isOlder = false, state: changes } = ofPod(index);
      const usage = probes.map(({ uid, generation }) => {
        return { uid, generation, granted: granted.get(index) ?? 0, used, held };
      });
      const processes = ['one', 'two'].map((process) => ({
        process: processInfo(`${process}-${index}-1234`),
        revision,
        probes: probes.map(() => state({ message: 'm'.repeat(1000), ...changes })),
      }));
      session.receive({ type: 'states', revision, processes, usage: isOlder ? undefined : usage });
    }
  };
  const plan = () => planner.plan(probe, record, START);
  const render = () => {
    const { armedTime, expirationTime, observations } = record;
    const { lifecycle, judgment, pods: matched, noPods, leftovers } = plan();
    const now = '2026-11-21T10:00:01Z';
    const shown = { probe, base: undefined, lifecycle, judgment, pods: matched, noPods, leftovers };
    return renderStatus({ ...shown, armedTime, expirationTime, observations, now });
  };
  return { plan, answer, render, granted, sets: () => sets };
}

describe('a probe over more than a thousand pods', () => {
  it('has a status of the usual size that counts all of them and shows the failures', () => {
    const { plan, answer, render } = situation(10_000);
    plan();
    answer((index) =>
      index % 500 === 7 ? { state: { state: 'Failed', reason: 'LineNotExecutable' } } : { state: { hits: 2 } },
    );
    const status = render();
    expect(status.pods).toEqual({ matched: PODS, armed: PODS - 3, waiting: 0, failed: 3 });
    expect(status.hits).toBe((PODS - 3) * 2 * 2);
    expect(status.instances).toHaveLength(20);
    expect(status.instances?.slice(0, 7).map((one) => one.state)).toEqual([...Array(6).fill('Failed'), 'Armed']);
    expect(status.conditions?.find(({ type }) => type === 'ArmedEverywhere')).toMatchObject({
      status: 'False',
      reason: 'LineNotExecutable',
      message: 'Armed in 1497 of 1500 pods; elsewhere 6 LineNotExecutable.',
    });
    expect(JSON.stringify(status).length).toBeLessThan(64 * 1024);
  });

  it('sends agents nothing anew while nothing changes', () => {
    const { plan, answer, sets } = situation(10_000);
    plan();
    answer();
    plan();
    answer();
    const before = sets();
    for (let again = 0; again < 3; again += 1) {
      plan();
      answer();
    }
    expect(sets()).toBe(before);
  });

  it('divides a limit that is smaller than the number of pods, to those that have something to report', () => {
    const { plan, answer, granted } = situation(100);
    plan();
    answer();
    expect([...granted.values()].reduce((sum, results) => sum + results, 0)).toBe(0);
    answer((index) => ({ held: index < 300 ? 1 : 0 }));
    plan();
    answer((index) => ({ held: index < 300 ? 1 : 0 }));
    const parts = [...granted.entries()].filter(([, results]) => results > 0);
    expect(parts).toHaveLength(100);
    expect(parts.every(([index, results]) => index < 300 && results === 1)).toBe(true);
  });

  it('counts what agents of an older version report, which know of no grants', () => {
    const { plan, answer } = situation(3200);
    plan();
    answer((index) => (index % 2 === 0 ? { isOlder: true, state: { hits: 2 } } : { used: 1, state: { hits: 0 } }));
    // 750 pods with two processes of two hits each, which is nearly all.
    expect(plan().lifecycle).toEqual({ active: true });
    answer((index) => (index % 2 === 0 ? { isOlder: true, state: { hits: 3 } } : { used: 1, state: { hits: 0 } }));
    expect(plan().lifecycle).toMatchObject({ active: false, reason: 'HitLimitReached' });
  });
});
