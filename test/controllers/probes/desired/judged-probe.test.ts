import { beforeEach, describe, expect, it } from 'vitest';
import { keyOfRules } from '../../../../src/controllers/probes/desired/enforced-rules.ts';
import { JudgmentNews, judgedProbe } from '../../../../src/controllers/probes/desired/judged-probe.ts';
import { Planner } from '../../../../src/controllers/probes/desired/planner.ts';
import { ProbeRecord } from '../../../../src/controllers/probes/desired/probe-record.ts';
import { QuotaLedger } from '../../../../src/controllers/probes/desired/quota-ledger.ts';
import type { AgentSession } from '../../../../src/gateway/agents/agent-session.ts';
import { Fleet } from '../../../../src/gateway/fleet/fleet.ts';
import type { ObservedPod } from '../../../../src/pods/observed-pod.ts';
import { decide } from '../../../../src/policy/decide.ts';
import { defaultPolicy } from '../../../../src/policy/default-policy.ts';
import type { PolicyView } from '../../../../src/policy/policy-view.ts';
import { policy } from '../../../policy/fixtures.ts';
import { dynamicLog, pod, processInfo, state } from '../fixtures.ts';

const START = Date.parse('2026-11-21T10:00:00Z');
const stopped = policy('pause', { stopped: { reason: 'Incident 42.' } });

/** A probe that the operator's own code plans under policies that change, in pods with one process each. */
class Planned {
  now = START;
  record: ProbeRecord;
  readonly news = new JudgmentNews();
  readonly #pods: ObservedPod[] = [];
  readonly #fleet = new Fleet({ now: () => this.now });
  readonly #agents = new Map<string, AgentSession>();
  readonly #probe: ReturnType<typeof dynamicLog>;
  readonly #planner: Planner;
  #policies: readonly PolicyView[] = [];
  #version = 1;

  constructor(probe = dynamicLog()) {
    this.#probe = probe;
    this.record = new ProbeRecord(probe, START);
    const version = () => this.#version;
    this.#planner = new Planner({
      quotas: new QuotaLedger(),
      policies: {
        get version() {
          return version();
        },
        of: () => this.#policies,
        decide: (asked, podLabels) =>
          decide({
            probe: asked,
            policies: [defaultPolicy(), ...this.#policies],
            place: { namespace: 'shop', namespaceLabels: {}, podLabels },
            holdsUse: () => undefined,
          }),
      },
      pods: { by: () => this.#pods, count: () => this.#pods.length },
      fleet: this.#fleet,
      disarmOrder: () => undefined,
      isTrusting: () => true,
      startTime: START - 60_000,
    });
    this.#fleet.release();
  }

  govern(...policies: readonly PolicyView[]): void {
    this.#policies = policies;
    this.#version += 1;
  }

  /** @returns whether there is anything to count. */
  plan(): boolean {
    this.now += 1000;
    this.#planner.plan(this.#probe, this.record, this.now);
    return this.news.take(this.record);
  }

  runPod(name: string): void {
    this.#pods.push(pod(name, { agent: { gatewayAbsenceSeconds: 600, authorities: [] } }));
    const channel = { desiredChanged() {}, acknowledge() {}, replaced() {} };
    const agent = this.#fleet.connect({ namespace: 'shop', podName: name, podUID: `uid-${name}` }, channel);
    agent.receive({ type: 'hello', agentVersion: '0.1.0', agentID: `agent-of-${name}`, enforces: ['Redaction'] });
    this.#agents.set(name, agent);
    this.plan();
    this.report(name, [state()]);
  }

  report(name: string, probes: ReturnType<typeof state>[]): void {
    const agent = this.#agents.get(name);
    const revision = agent?.desired()?.revision ?? 0;
    agent?.receive({
      type: 'states',
      revision,
      processes: [{ process: processInfo(`process-of-${name}`), revision, probes }],
    });
    this.plan();
  }

  leave(name: string): void {
    this.#agents.get(name)?.end();
    this.plan();
  }

  /** As `hash` of each process, with ! for one that is outdated. */
  enforced(): string[] {
    return [...judgedProbe(this.record).enforcing(this.now)].map(({ rules }) => keyOfRules(rules));
  }

  /** Hash of the rules that are to be in force. */
  wanted(): string | undefined {
    return [...this.record.planned.byUID.values()][0]?.redactionHash;
  }

  carriers(): string[] {
    return [...judgedProbe(this.record).carriers(this.now)].flatMap(({ reported, possible }) => [
      ...reported,
      ...possible,
    ]);
  }
}

let probe: Planned;
beforeEach(() => {
  probe = new Planned();
  probe.govern();
});
const nameOf = (name: string) => `uid-${name} process-of-${name}`;

describe('a probe that a policy has stopped', () => {
  it('may be in each process until that reports that it is without it', () => {
    for (const name of ['a', 'b']) probe.runPod(name);
    probe.govern(stopped);
    probe.plan();
    expect(judgedProbe(probe.record)).toMatchObject({ isOut: false, outTime: undefined, isRestored: false });
    expect(probe.carriers()).toEqual([nameOf('a'), nameOf('b')]);
    probe.report('a', []);
    expect(probe.carriers()).toEqual([nameOf('b')]);
    probe.report('b', []);
    expect(probe.carriers()).toEqual([]);
    expect(judgedProbe(probe.record)).toMatchObject({ isOut: true, outTime: probe.now });
  });

  it('may be in a process whose agent is away, until that takes it out by itself', () => {
    probe.runPod('a');
    probe.leave('a');
    probe.govern(stopped);
    probe.plan();
    expect(probe.carriers()).toEqual([nameOf('a')]);
    probe.now += 3_600_000;
    probe.plan();
    expect(probe.carriers()).toEqual([]);
    expect(judgedProbe(probe.record).isOut).toBe(true);
  });

  it('was in no process if it came later, whatever processes have not answered', () => {
    probe.govern(stopped);
    probe.runPod('a');
    probe.report('a', []);
    expect(judgedProbe(probe.record)).toMatchObject({ isOut: true, outTime: undefined });
    expect(probe.carriers()).toEqual([]);
  });

  it('may have been let in by an earlier operator', () => {
    probe = new Planned(dynamicLog({ status: { observedGeneration: 1 } }));
    probe.govern(stopped);
    probe.plan();
    expect(judgedProbe(probe.record)).toMatchObject({ isRestored: true, outTime: probe.now });
  });
});

describe('there is something to count', () => {
  it('at first, when a decision changes and when the probe is out, and not otherwise', () => {
    expect(probe.plan()).toBe(true);
    expect(probe.plan()).toBe(false);
    probe.runPod('a');
    expect(probe.plan()).toBe(false);
    probe.govern(policy('closed', { rules: [{ name: 'none', action: 'Deny' }] }));
    expect(probe.plan()).toBe(true);
    probe.report('a', []);
    expect(probe.plan()).toBe(false);
    probe.govern();
    expect(probe.plan()).toBe(true);
  });

  it('each time while processes let go of a probe that is stopped', () => {
    probe.runPod('a');
    probe.govern(stopped);
    expect([probe.plan(), probe.plan()]).toEqual([true, true]);
    probe.report('a', []);
    expect(probe.plan()).toBe(false);
  });
});

describe('a probe that a policy with rules of redaction governs', () => {
  const hiding = policy('hiding', { redaction: { names: ['badge'] } });
  const stricter = policy('hiding', { redaction: { names: ['badge', 'salary'] } });

  it('moves from the old rules to the new ones, process by process, and each of them is news', () => {
    probe.govern(hiding);
    for (const name of ['a', 'b']) probe.runPod(name);
    const old = probe.wanted();
    const isNewsOf = (name: string, redactionHash: string | undefined) => {
      const before = judgedProbe(probe.record).rulesVersion;
      probe.report(name, [state({ redactionHash })]);
      return judgedProbe(probe.record).rulesVersion !== before;
    };
    expect(probe.enforced()).toEqual(['none!', 'none!']);
    expect([isNewsOf('a', old), isNewsOf('b', old)]).toEqual([true, true]);
    expect(probe.enforced()).toEqual([old, old]);
    // Hits, or the same again, are none.
    expect(isNewsOf('a', old)).toBe(false);
    probe.report('a', [state({ redactionHash: old, hits: 3 })]);
    expect(probe.plan()).toBe(false);

    probe.govern(stricter);
    expect(probe.plan()).toBe(true);
    const now = probe.wanted();
    expect(now).not.toBe(old);
    expect(probe.enforced()).toEqual([`${old}!`, `${old}!`]);
    expect(isNewsOf('a', now)).toBe(true);
    expect(probe.enforced()).toEqual([now, `${old}!`]);
    expect(isNewsOf('b', now)).toBe(true);
    expect(probe.enforced()).toEqual([now, now]);
  });

  it('is counted in no process that has it not in its code, nor where the agent is away', () => {
    probe.govern(hiding);
    for (const name of ['a', 'b']) probe.runPod(name);
    const redactionHash = probe.wanted();
    probe.report('a', [state({ state: 'Waiting', reason: 'FileNotLoaded', redactionHash })]);
    probe.report('b', [state({ redactionHash })]);
    expect(probe.enforced()).toEqual(['', redactionHash]);
    const before = judgedProbe(probe.record).rulesVersion;
    probe.leave('b');
    expect(judgedProbe(probe.record).rulesVersion).toBeGreaterThan(before);
    expect(probe.enforced()).toEqual(['', '']);
  });

  it('counts as outdated in a process that still has it although it is denied there now', () => {
    probe.runPod('a');
    probe.govern(policy('closed', { redaction: {}, rules: [{ name: 'none', action: 'Deny' }] }));
    probe.plan();
    expect(probe.enforced()).toEqual(['none!']);
  });
});
