import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { conditionOf } from '../../../src/api/conditions.ts';
import type { PolicyStatus } from '../../../src/api/policy.ts';
import { PolicyController } from '../../../src/controllers/policies/controller.ts';
import type { PolicyObject } from '../../../src/controllers/policies/policy-object.ts';
import type { JudgedProbe } from '../../../src/controllers/probes/desired/judged-probe.ts';
import { ApiError } from '../../../src/kube/api-error.ts';
import type { Change } from '../../../src/kube/informer.ts';
import { inOrder, type PolicyView, policyKey } from '../../../src/policy/policy-view.ts';
import { clusterPolicy, policy } from '../../policy/fixtures.ts';
import { judged, object } from './fixtures.ts';

interface Write {
  readonly name: string;
  readonly status: PolicyStatus;
  /** Milliseconds since the test began. */
  readonly at: number;
}

/** The controller between informers, an API server and a probe controller that do what the test says. */
class Situation {
  readonly writes: Write[] = [];
  probes: JudgedProbe[] = [];
  counts = 0;
  version = 1;
  fails: Error | undefined;
  readonly #stop = new AbortController();
  readonly #objects = new Map<string, PolicyObject>();
  readonly #listeners: ((change: Change<PolicyObject>) => void)[] = [];
  readonly #judgmentListeners: (() => void)[] = [];
  readonly #start = Date.now();
  readonly #controller: PolicyController;

  constructor(...existing: PolicyObject[]) {
    for (const one of existing) this.#objects.set(policyKey(one.view), one);
    const views = () => [...this.#objects.values()].map(({ view }) => view);
    this.#controller = new PolicyController({
      client: { applyStatus: async (_, ref, body) => this.#apply(ref.name, body) },
      policies: { version: this.version, all: views, of: () => inOrder(views()), labelsOf: () => ({}) },
      ofCluster: { list: () => [], onChange: () => undefined },
      ofNamespaces: {
        list: () => [...this.#objects.values()],
        onChange: (listener) => {
          this.#listeners.push(listener);
          for (const one of this.#objects.values()) listener({ type: 'added', object: one });
        },
      },
      probes: {
        judgments: () => {
          this.counts += 1;
          return this.probes.values();
        },
        onJudgment: (listener) => this.#judgmentListeners.push(listener),
      },
      metrics: { queueHooks: () => ({ onAdd: () => undefined, onResult: () => undefined }) },
      log: pino({ level: 'silent' }),
    });
    this.#controller.watch();
    this.#controller.start(this.#stop.signal);
  }

  end(): void {
    this.#stop.abort();
  }

  put(view: PolicyView, changes: Partial<PolicyObject['metadata']> = {}): void {
    const key = policyKey(view);
    const before = this.#objects.get(key);
    const generation = (before?.metadata.generation ?? 0) + 1;
    const next = object(view, { generation, resourceVersion: `spec-${generation}`, ...changes }, before?.status);
    this.#objects.set(key, next);
    this.#tell({ type: before === undefined ? 'added' : 'modified', object: next, before });
  }

  judge(...probes: JudgedProbe[]): void {
    this.probes = probes;
    for (const listener of this.#judgmentListeners) listener();
  }

  statusOf(name: string): PolicyStatus | undefined {
    return this.writes.findLast((write) => write.name === name)?.status;
  }

  #apply(name: string, body: unknown): object {
    if (this.fails !== undefined) throw this.fails;
    const { status } = body as { status: PolicyStatus };
    const [key, before] = [...this.#objects].find(([, { metadata }]) => metadata.name === name) ?? [];
    this.writes.push({ name, status, at: Date.now() - this.#start });
    if (key === undefined || before === undefined) throw new ApiError('gone', { status: 404, reason: 'NotFound' });
    const next = {
      ...before,
      status,
      metadata: { ...before.metadata, resourceVersion: `write-${this.writes.length}` },
    };
    this.#objects.set(key, next);
    this.#tell({ type: 'modified', object: next, before });
    return {};
  }

  #tell(change: Change<PolicyObject>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

let situation: Situation;
const open = policy('open', {});
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  situation.end();
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe('the status of policies is written', () => {
  it('within 200 ms of a change, and then at most once in two seconds', async () => {
    situation = new Situation(object(open));
    await pass(50);
    expect(situation.statusOf('open')?.probes).toEqual({ governed: 0, denied: 0, held: 0 });
    await pass(10_000);
    situation.judge(judged([open]));
    await pass(200);
    expect(situation.statusOf('open')?.probes?.governed).toBe(1);
    for (let probes = 2; probes <= 50; probes += 1) {
      situation.judge(...Array.from({ length: probes }, () => judged([open])));
      await pass(100);
    }
    await pass(2500);
    expect(situation.statusOf('open')?.probes?.governed).toBe(50);
    const times = situation.writes.map(({ at }) => at);
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(2000);
    expect(situation.writes.length).toBeLessThanOrEqual(6);
  });

  it('not at all without a difference, and nothing is counted without a change', async () => {
    situation = new Situation(object(open));
    await pass(10_000);
    expect([situation.counts, situation.writes.length]).toEqual([1, 1]);
    situation.judge();
    await pass(10_000);
    expect([situation.counts, situation.writes.length]).toEqual([2, 1]);
  });

  it('not by a later operator that would say the same', async () => {
    situation = new Situation(object(open));
    await pass(100);
    situation.end();
    const status = situation.statusOf('open');
    situation = new Situation(object(open, {}, { ...status, deniedRequests: 7 }));
    await pass(10_000);
    expect(situation.writes).toEqual([]);
  });

  it('by a later operator with what an earlier one counted of processes, until agents have had time to come back', async () => {
    const hiding = policy('hiding', { redaction: { names: ['badge'] } });
    situation = new Situation(object(hiding));
    await pass(100);
    situation.end();
    const redactions = [{ hash: 'old', processes: 7, current: true }];
    situation = new Situation(object(hiding, {}, { ...situation.statusOf('hiding'), redactions }));
    await pass(5_000);
    expect(situation.writes).toEqual([]);
    // Something else of it changes meanwhile.
    situation.judge(judged([hiding]));
    await pass(4_000);
    expect(situation.statusOf('hiding')).toMatchObject({ probes: { governed: 1 }, redactions });
    await pass(3_000);
    expect(situation.statusOf('hiding')).not.toHaveProperty('redactions');
    const { counts } = situation;
    await pass(30_000);
    expect(situation.counts).toBe(counts);
  });

  it('of a policy that has changed with what is counted now, also right after the start', async () => {
    const hiding = policy('hiding', { redaction: { names: ['badge'] } });
    const redactions = [{ hash: 'old', processes: 7, current: true }];
    situation = new Situation(object(hiding, {}, { observedGeneration: 1, redactions }));
    await pass(100);
    situation.put(policy('hiding', { redaction: { names: ['badge', 'salary'] } }));
    await pass(3_000);
    expect(situation.statusOf('hiding')).not.toHaveProperty('redactions');
  });

  it('again when it could not be', async () => {
    situation = new Situation(object(open));
    situation.fails = new Error('away');
    await pass(3000);
    expect(situation.writes).toEqual([]);
    situation.fails = undefined;
    await pass(3000);
    expect(situation.writes).toHaveLength(1);
  });

  it('in vain where the object is gone', async () => {
    situation = new Situation(object(open));
    situation.fails = new ApiError('gone', { status: 404, reason: 'NotFound' });
    await pass(10_000);
    expect(situation.counts).toBe(1);
  });
});

it('a policy that has changed is in force once every probe is decided anew', async () => {
  situation = new Situation(object(open));
  await pass(3000);
  const closed = policy('closed', { rules: [{ name: 'none', action: 'Deny' }] });
  situation.probes = [judged([open], { version: 0 })];
  situation.put(closed);
  await pass(200);
  expect(conditionOf(situation.statusOf('closed')?.conditions, 'Ready')?.status).toBe('False');
  situation.judge(judged([open, closed], { version: 1 }));
  await pass(2500);
  expect(conditionOf(situation.statusOf('closed')?.conditions, 'Ready')?.status).toBe('True');
  expect(situation.statusOf('closed')?.probes).toEqual({ governed: 1, denied: 1, held: 0 });
});

it('a policy that is stopped again within two seconds is clean at another time than before', async () => {
  const stopped = policy('pause', { stopped: { reason: 'One.' } });
  situation = new Situation(object(stopped));
  situation.probes = [judged([stopped])];
  await pass(2500);
  const first = situation.statusOf('pause')?.stop?.lastCleanTime;
  expect(first).toBeDefined();
  situation.put(policy('pause', {}));
  await pass(20);
  situation.put(stopped);
  situation.judge(judged([stopped]));
  await pass(5000);
  const second = situation.statusOf('pause')?.stop?.lastCleanTime;
  expect(Date.parse(second ?? '')).toBeGreaterThan(Date.parse(first ?? ''));
  situation.judge(judged([stopped]), judged([stopped], { outTime: Date.now() }));
  await pass(5000);
  expect(situation.statusOf('pause')).toMatchObject({ probes: { held: 2 }, stop: { lastCleanTime: second } });
});

it('how far a stop is, is told within half a second of each step, however lately policies were counted', async () => {
  const stopped = policy('pause', { stopped: { reason: 'One.' } });
  situation = new Situation(object(policy('pause', {})));
  await pass(3000);
  situation.judge(judged([open], { version: 0 }));
  await pass(200);
  const carriers = () => [{ reported: ['a 1'], possible: [] }];
  situation.put(stopped);
  situation.judge(judged([stopped], { isOut: false, carriers }));
  await pass(500);
  expect(situation.statusOf('pause')?.stop).toEqual({ processes: 1 });
  situation.judge(judged([stopped], { outTime: Date.now() }));
  await pass(500);
  expect(situation.statusOf('pause')?.stop?.lastCleanTime).toBeDefined();
});

it('only the reason of a stop being another leaves the time as it is', async () => {
  situation = new Situation(object(policy('pause', { stopped: { reason: 'One.' } })));
  await pass(2500);
  const first = situation.statusOf('pause')?.stop;
  situation.put(policy('pause', { stopped: { reason: 'Two.' } }));
  await pass(5000);
  expect(situation.statusOf('pause')).toMatchObject({ observedGeneration: 2, stop: first });
});

it('policies of the cluster and of namespaces tell of each other', async () => {
  const strict = clusterPolicy('strict', { maxima: { ttlSeconds: 60 } });
  const long = policy('long', { defaults: { ttlSeconds: 600 } });
  situation = new Situation(object(strict), object(long));
  await pass(200);
  expect(situation.statusOf('long')?.conflicts).toMatchObject([{ policy: 'ClusterInstrumentationPolicy strict' }]);
  expect(situation.statusOf('strict')).not.toHaveProperty('conflicts');
});
