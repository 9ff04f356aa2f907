import { describe, expect, it } from 'vitest';
import { Planner } from '../../../src/controllers/probes/desired/planner.ts';
import { ProbeRecord } from '../../../src/controllers/probes/desired/probe-record.ts';
import { QuotaLedger } from '../../../src/controllers/probes/desired/quota-ledger.ts';
import { renderStatus } from '../../../src/controllers/probes/status.ts';
import type { AgentSession } from '../../../src/gateway/agents/agent-session.ts';
import { Fleet } from '../../../src/gateway/fleet/fleet.ts';
import type { ProbeState } from '../../../src/protocol/state.ts';
import { toWireProbe } from '../../../src/protocol/to-wire-probe.ts';
import { dynamicLog, NO_POLICIES, pod, processInfo, state, withStatus } from './fixtures.ts';

const START = Date.parse('2026-11-21T10:00:00Z');

/** A probe in one pod with one process behind an agent, and an order to take everything out that can be given and taken back. */
class Situation {
  readonly fleet = new Fleet({ now: () => this.now });
  probe = dynamicLog();
  order: string | undefined;
  now = START;
  #record = new ProbeRecord(this.probe, START);
  #session: AgentSession;
  readonly #planner = new Planner({
    policies: NO_POLICIES,
    quotas: new QuotaLedger(),
    pods: { by: () => [pod('orders-1', { agent: { gatewayAbsenceSeconds: 600, authorities: [] } })], count: () => 0 },
    fleet: this.fleet,
    disarmOrder: () => this.order,
    isTrusting: () => true,
    startTime: START - 60_000,
  });

  constructor() {
    this.fleet.release();
    this.#session = this.connect();
    this.look();
    this.answer('instance-1', [state()]);
  }

  connect(agentID = 'agent-0001'): AgentSession {
    const identity = { namespace: 'shop', podName: 'orders-1', podUID: 'uid-orders-1' };
    this.#session = this.fleet.connect(identity, { desiredChanged() {}, acknowledge() {}, replaced() {} });
    this.#session.receive({ type: 'hello', agentVersion: '0.1.0', agentID });
    return this.#session;
  }

  /** The agent takes what it is sent, and so does the process, unless `revision` says what that has. */
  answer(instanceID: string, probes: ProbeState[], revision?: number): void {
    const sent = this.#session.desired()?.revision ?? 0;
    const process = { process: processInfo(instanceID), revision: revision ?? sent, probes };
    this.#session.receive({ type: 'states', revision: sent, processes: [process] });
  }

  /** The agent has just started, and no process has found it yet. */
  restartAgent(): void {
    this.#session.end();
    this.connect('agent-0002');
    const revision = this.#session.desired()?.revision ?? 0;
    this.#session.receive({ type: 'states', revision, processes: [] });
  }

  end(): void {
    this.#session.end();
  }

  /** Another operator begins with what is written. */
  restartOperator(): void {
    this.#record = new ProbeRecord(this.probe, this.now);
  }

  /** Reconciles, and writes the status. @returns how the message of the end ends, or the reason while it is active. */
  look(): string | undefined {
    const { armedTime, expirationTime, observations } = this.#record;
    const { lifecycle, judgment, pods, noPods, leftovers } = this.#planner.plan(this.probe, this.#record, this.now);
    const shown = { probe: this.probe, base: this.probe.status, lifecycle, judgment, pods, noPods, leftovers };
    const now = '2026-11-21T10:00:01Z';
    const { isOut } = this.#record;
    const status = renderStatus({ ...shown, armedTime, expirationTime, observations, isOut, now });
    this.probe = withStatus(this.probe, status);
    const armed = status.conditions?.find(({ type }) => type === 'Armed');
    return lifecycle.active ? armed?.reason : armed?.message.replace(/.*; |: Its agent.*/g, '');
  }
}

const OUT = 'the probe is out of every process.';
const GOING = 'the probe is being taken out.';

/** One that was armed, was ordered out, and is out. */
function out(): Situation {
  const situation = new Situation();
  expect(situation.look()).toBe('Armed');
  situation.order = 'the test says so';
  expect(situation.look()).toBe(GOING);
  situation.answer('instance-1', []);
  expect(situation.look()).toBe(OUT);
  return situation;
}

describe('a probe that every process is without', () => {
  it('stays so when other probes change what the pod has', () => {
    const situation = out();
    const other = dynamicLog();
    const metadata = { ...other.metadata, uid: 'probe-9', name: 'other' };
    const wire = toWireProbe({ ...other, metadata }, { now: START, expireTime: START + 1000 });
    situation.fleet.assign('probe-9', new Map([['uid-orders-1', wire]]));
    expect(situation.look()).toBe(OUT);
  });

  it('stays so when a process starts that has not applied anything yet', () => {
    const situation = out();
    situation.answer('instance-2', [], 0);
    expect(situation.look()).toBe(OUT);
  });

  it('stays so when the agent leaves, and when it comes back', () => {
    const situation = out();
    situation.end();
    expect(situation.look()).toBe(OUT);
    situation.connect();
    expect(situation.look()).toBe(OUT);
  });

  it('is not, when a process says that it has it all the same', () => {
    const situation = out();
    situation.answer('instance-1', [state()]);
    expect(situation.look()).toBe(GOING);
    situation.answer('instance-1', []);
    expect(situation.look()).toBe(OUT);
  });

  it('must be acknowledged again when it was wished again meanwhile, also when no status was written of that', () => {
    const situation = out();
    const { probe } = situation;
    situation.order = undefined;
    expect(situation.look()).toBe('Progressing');
    situation.probe = probe;
    situation.order = 'once more';
    expect(situation.look()).toBe(GOING);
    situation.restartOperator();
    expect(situation.look()).toBe(GOING);
    situation.answer('instance-1', []);
    expect(situation.look()).toBe(OUT);
  });

  it('is not yet known when an agent has just started and has not heard of the processes that had it', () => {
    const situation = new Situation();
    situation.look();
    situation.order = 'the test says so';
    situation.look();
    situation.restartAgent();
    situation.look();
    situation.answer('instance-1', [], 0);
    expect(situation.look()).toBe(GOING);
    situation.answer('instance-1', []);
    expect(situation.look()).toBe(OUT);
  });

  it('keeps its hits over every restart, also when the processes that the status names are gone', () => {
    const situation = new Situation();
    situation.answer('instance-1', [state({ hits: 3 })]);
    situation.look();
    situation.now += 24 * 3_600_000;
    situation.look();
    situation.answer('instance-1', []);
    expect(situation.look()).toBe(OUT);
    for (const instanceID of ['instance-2', 'instance-3', 'instance-4']) {
      situation.answer(instanceID, []);
      situation.look();
      situation.restartOperator();
      situation.look();
      expect(situation.probe.status?.hits).toBe(3);
    }
  });

  it('stays so for an operator that starts later, when it had expired', () => {
    const situation = new Situation();
    situation.now += 24 * 3_600_000;
    situation.look();
    situation.answer('instance-1', []);
    expect(situation.look()).toBe(OUT);
    situation.restartOperator();
    situation.answer('instance-2', [], 0);
    expect(situation.look()).toBe(OUT);
  });
});
