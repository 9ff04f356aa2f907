import { describe, expect, it } from 'vitest';
import { APPROVALS } from '../../../../src/api/annotations.ts';
import type { AuditRecord } from '../../../../src/audit/record.ts';
import { policyKey } from '../../../../src/policy/policy-view.ts';
import { specHash } from '../../../../src/policy/spec-hash.ts';
import { toWireProbe } from '../../../../src/protocol/to-wire-probe.ts';
import { dynamicLog } from '../fixtures.ts';
import { AuditedCluster, START } from './audited-cluster.ts';

/** What the program's values hold, and no record may. */
const CANARY = 'canary-4711';
const steps = (records: readonly AuditRecord[]) => records.map(({ step }) => step);
const ids = (records: readonly AuditRecord[]) => records.map(({ id }) => id);

describe('the way of a probe', () => {
  it('is recorded step by step, each once, with who asked, where and what is hidden', () => {
    const cluster = new AuditedCluster(['a', 'b'], { spec: { limits: { maxHits: 100 } } });
    cluster.govern({ name: 'strict', spec: { maxima: { limits: { maxHits: 5 } }, redaction: { names: ['card'] } } });
    cluster.plan();
    const [requested, decided, clamped, ...none] = cluster.records();
    const wantProbe = {
      ...{ kind: 'DynamicLog', namespace: 'shop', name: 'large' },
      ...{ uid: 'probe-1', resourceVersion: '7', generation: 1 },
    };
    expect(requested).toMatchObject({
      ...{ step: 'Requested', time: '2026-11-21T10:00:00.000Z', probe: wantProbe },
      requester: { username: 'ann', groups: ['developers'] },
      location: { file: 'src/orders.ts', line: 42 },
    });
    expect(decided).toMatchObject({
      ...{ step: 'Decided', probe: wantProbe, requester: { username: 'ann' }, reason: 'PolicyAccepted', denials: [] },
      policies: [
        { name: 'the default policy' },
        { name: 'InstrumentationPolicy strict', uid: 'uid-strict', generation: 1 },
      ],
      redactionHash: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(clamped).toMatchObject({
      ...{ step: 'Clamped', policy: 'InstrumentationPolicy strict' },
      ...{ field: 'limits.maxHits', asked: 100, effective: 5 },
    });
    expect(none).toEqual([]);

    const redactionHash = decided?.step === 'Decided' ? decided.redactionHash : undefined;
    cluster.answer('a', { redactionHash });
    cluster.plan();
    cluster.plan();
    expect(cluster.records()).toMatchObject([
      {
        step: 'Armed',
        pod: { name: 'a', uid: 'uid-a' },
        process: { instanceID: 'process-a-1', processID: 7, containerName: 'app' },
        ...{ redactionHash, bound: 'src/orders.ts:42:5' },
      },
    ]);

    for (let number = 0; number < 3; number += 1) cluster.hit('a', CANARY, redactionHash);
    cluster.answer('a', { redactionHash, hits: 3 });
    cluster.plan();
    const hitTime = '2026-11-21T10:00:00.001Z';
    const where = { pod: { name: 'a' }, process: { instanceID: 'process-a-1' }, hitTime };
    expect(cluster.records()).toMatchObject([
      { step: 'FirstHit', ...where },
      { step: 'Released', ...where, sink: 'StandardOutput', redactionHash },
    ]);

    cluster.delete();
    cluster.delete();
    expect(cluster.records()).toMatchObject([
      { step: 'Removed', reason: 'Deleted', isConfirmed: false, pods: 1, hits: 3, released: 3 },
    ]);
  });

  it('has no value of the program and no text of an expression in any record', () => {
    const spec = { message: `${CANARY} {order["${CANARY}"]}`, condition: `order.id !== "${CANARY}"` };
    const cluster = new AuditedCluster(['a'], { spec });
    cluster.govern({ name: 'all', spec: { redaction: { patterns: [CANARY] }, stopped: { reason: CANARY } } });
    cluster.plan();
    cluster.govern({ name: 'all', spec: { rules: [{ name: 'none', action: 'Deny', message: CANARY }] } });
    cluster.plan();
    cluster.govern();
    cluster.settle({ message: CANARY, hits: 1 });
    cluster.hit('a', CANARY);
    cluster.delete();
    const wantSteps = ['Requested', 'Decided', 'Decided', 'Decided', 'Armed', 'FirstHit', 'Released', 'Removed'];
    expect(cluster.lines.join()).not.toContain(CANARY);
    expect(steps(cluster.records())).toEqual(wantSteps);
  });

  it('a hit of which only a count is known is one too', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.settle({ hits: 3 });
    cluster.hit('a', 'x');
    expect(steps(cluster.records())).toEqual(['Requested', 'Decided', 'Armed', 'FirstHit', 'Released']);
  });

  it('results under other rules of redaction are released anew', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.settle();
    cluster.records();
    for (const hash of ['one', 'two', 'one', 'two']) cluster.hit('a', 'x', hash);
    expect(cluster.records()).toMatchObject([
      { step: 'FirstHit' },
      { step: 'Released', redactionHash: 'one' },
      { step: 'Released', redactionHash: 'two' },
    ]);
  });

  it('another process of the pod is armed for itself, and one that was there before is not armed anew', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.settle();
    cluster.answer('a', {}, 'process-a-2');
    cluster.plan();
    cluster.connect('a');
    cluster.answer('a', {}, 'process-a-2');
    cluster.plan();
    const armed = cluster.records().flatMap((one) => (one.step === 'Armed' ? [one.process.instanceID] : []));
    expect(armed).toEqual(['process-a-1', 'process-a-2']);
  });
});

describe('a pod that was away', () => {
  it('and whose agent comes back has no second first hit, and is armed only if it had let go of the probe', () => {
    const cluster = new AuditedCluster(['a'], { spec: { ttlSeconds: 86_400 } });
    cluster.settle({ hits: 1 });
    cluster.hit('a', 'x');
    cluster.records();
    for (const state of ['Armed', 'Pending', 'Armed'] as const) {
      cluster.disconnect('a');
      cluster.now += 12 * 60_000;
      cluster.plan();
      cluster.connect('a');
      cluster.plan();
      cluster.answer('a', { state, hits: 1 });
      cluster.plan();
      cluster.hit('a', 'x');
    }
    expect(steps(cluster.records())).toEqual(['Armed']);
  });

  it('has no second first hit when results come late, after it was deleted', () => {
    const cluster = new AuditedCluster(['a', 'b']);
    cluster.settle();
    cluster.hit('a', 'x');
    cluster.records();
    cluster.disconnect('a');
    cluster.terminate('a');
    cluster.plan();
    cluster.connect('a');
    for (let late = 0; late < 3; late += 1) {
      cluster.hit('a', 'x');
      cluster.plan();
    }
    expect(cluster.records()).toEqual([]);
  });

  it('and matches again is armed again, by another name, and neither counted nor hit for the first time again', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.settle({ hits: 1 });
    cluster.hit('a', 'x');
    const [first] = cluster.records().filter(({ step }) => step === 'Armed');
    cluster.relabel('a', { app: 'other' });
    cluster.settle();
    cluster.now += 1000;
    cluster.relabel('a', { app: 'orders' });
    cluster.settle({ hits: 2 });
    cluster.hit('a', 'x');
    const again = cluster.records();
    expect(steps(again)).toEqual(['Armed']);
    expect(again[0]?.id).not.toBe(first?.id);
    cluster.delete();
    expect(cluster.records()).toMatchObject([{ step: 'Removed', pods: 1 }]);
  });

  it('has its processes one after the other when its agent has started again, and none is armed anew', () => {
    const cluster = new AuditedCluster(['a']);
    const workers = Array.from({ length: 16 }, (_, index) => `process-a-${index}`);
    cluster.plan();
    cluster.answer('a', {}, ...workers);
    cluster.plan();
    expect(cluster.records().filter(({ step }) => step === 'Armed').length).toBe(workers.length);
    cluster.connect('a');
    for (let there = 1; there <= workers.length; there += 1) {
      cluster.answer('a', {}, ...workers.slice(0, there));
      cluster.plan();
    }
    expect(cluster.records()).toEqual([]);
  });

  it('is remembered as long as not too many others have gone since', () => {
    const names = Array.from({ length: 600 }, (_, index) => `pod-${index}`);
    const cluster = new AuditedCluster([...names, 'last']);
    cluster.settle({ hits: 1 });
    cluster.records();
    for (const name of names) cluster.terminate(name);
    cluster.plan();
    for (const name of names) cluster.hit(name, 'x');
    const again = cluster.records().filter(({ step }) => step === 'FirstHit');
    expect(again.length).toBeLessThanOrEqual(100);
  });

  it('has the same name for its first hit under every leader, whichever process had it and however it is known', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.settle();
    cluster.hit('a', 'x');
    const wantIDs = ids(cluster.records().filter(({ step }) => step === 'FirstHit'));
    const seen: AuditRecord[] = [];
    for (const process of ['process-a-1', 'process-a-2']) {
      cluster.disconnect('a');
      cluster.now += 60_000;
      cluster.takeOver();
      cluster.plan();
      cluster.connect('a');
      cluster.answer('a', { hits: 1 }, process);
      cluster.plan();
      cluster.hit('a', 'x', undefined, process);
      seen.push(...cluster.records().filter(({ step }) => step === 'FirstHit'));
    }
    expect(ids(seen)).toEqual([...wantIDs, ...wantIDs]);
  });
});

describe('a decision', () => {
  it('is recorded again when a policy has changed, and not when the same is found again', () => {
    const cluster = new AuditedCluster([]);
    const names = (generation: number) => ({ name: 'p', spec: {}, generation });
    cluster.govern(names(1));
    cluster.plan();
    cluster.plan();
    cluster.govern(names(1));
    cluster.plan();
    expect(steps(cluster.records())).toEqual(['Requested', 'Decided']);
    cluster.govern(names(2));
    cluster.plan();
    expect(cluster.records()).toMatchObject([{ step: 'Decided', policies: [{}, { generation: 2 }] }]);
  });

  it('that denies says which rule, and takes the probe out', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.settle();
    cluster.records();
    cluster.govern({ name: 'closed', spec: { rules: [{ name: 'no-orders', action: 'Deny', files: ['src/**'] }] } });
    cluster.settle();
    cluster.plan();
    expect(cluster.records()).toMatchObject([
      {
        ...{ step: 'Decided', reason: 'PolicyDenied' },
        denials: [{ policy: 'InstrumentationPolicy closed', rule: 'no-orders', field: 'spec.location' }],
      },
      { step: 'Removed', reason: 'PolicyDenied', isConfirmed: true, pods: 1 },
    ]);
  });

  it('that is taken back and made again has other names, so that no reader takes it for the first', () => {
    const cluster = new AuditedCluster(['a']);
    const stopped = { name: 'pause', spec: { stopped: { reason: 'Incident 42.' } } };
    const seen: AuditRecord[] = [];
    for (let round = 0; round < 3; round += 1) {
      cluster.now += 1000;
      cluster.govern();
      cluster.settle();
      cluster.now += 1000;
      cluster.govern(stopped);
      cluster.settle();
      seen.push(...cluster.records());
    }
    const wantRound = ['Decided', 'Armed', 'Decided', 'Removed'];
    expect(steps(seen)).toEqual(['Requested', ...wantRound, ...wantRound, ...wantRound]);
    expect(new Set(ids(seen)).size).toBe(seen.length);
    expect(seen.filter(({ step }) => step === 'Removed')).toMatchObject([
      { reason: 'Stopped', isConfirmed: true },
      { reason: 'Stopped' },
      { reason: 'Stopped' },
    ]);
  });

  it('that asks for an approval is followed by who gave it, why, and under which ticket', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.govern({ name: 'careful', spec: { approval: { deadlineSeconds: 600 } } });
    cluster.settle();
    expect(cluster.records().slice(2)).toMatchObject([
      {
        ...{ step: 'AwaitingApproval', reason: 'AwaitingApproval', policies: ['InstrumentationPolicy careful'] },
        deadline: new Date(START + 600_000).toISOString(),
      },
    ]);
    const policy = policyKey({ kind: 'InstrumentationPolicy', namespace: 'shop', name: 'careful' });
    const time = new Date(START).toISOString();
    const given = {
      policy,
      username: 'bob',
      time,
      specHash: specHash(cluster.probe.spec),
      reason: 'Because\n.',
      ticket: 'T-7',
    };
    cluster.annotate({ [APPROVALS]: JSON.stringify([given]) });
    cluster.settle();
    cluster.plan();
    expect(cluster.records()).toMatchObject([
      {
        ...{
          step: 'Approved',
          policy: 'InstrumentationPolicy careful',
          approvedBy: 'bob',
          approvedTime: time,
          note: 'Because\n.',
          ticket: 'T-7',
        },
        probe: { resourceVersion: '8' },
      },
      { step: 'Armed' },
    ]);
  });
});

describe('the end', () => {
  it('by expiry is recorded once every process is without the probe', () => {
    const cluster = new AuditedCluster(['a'], { spec: { ttlSeconds: 60 } });
    cluster.settle();
    cluster.records();
    cluster.now += 61_000;
    cluster.plan();
    expect(cluster.records()).toEqual([]);
    cluster.answer('a');
    cluster.plan();
    expect(cluster.records()).toMatchObject([{ step: 'Removed', reason: 'Expired', isConfirmed: true }]);
    cluster.delete();
    expect(cluster.records()).toEqual([]);
  });

  it('is not recorded again when a pod comes back that was away when it came', () => {
    const cluster = new AuditedCluster(['a'], { spec: { ttlSeconds: 60 } });
    cluster.settle();
    cluster.disconnect('a');
    cluster.records();
    cluster.now += 61_000;
    cluster.plan();
    expect(cluster.records()).toMatchObject([{ step: 'Removed', reason: 'Expired', isConfirmed: true }]);
    // Something else is desired of the pod.
    const { metadata, ...others } = dynamicLog();
    const other = toWireProbe({ ...others, metadata: { ...metadata, uid: 'probe-2' } }, { now: START });
    cluster.fleet.assign('probe-2', new Map([['uid-a', other]]));
    cluster.plan();
    cluster.fleet.forget('probe-2');
    cluster.plan();
    cluster.connect('a');
    cluster.plan();
    expect(cluster.record.isOut).toBe(true);
    cluster.answer('a');
    cluster.plan();
    expect(cluster.records()).toEqual([]);
  });

  it('of a generation comes before the request for the next', () => {
    const cluster = new AuditedCluster(['a']);
    cluster.settle();
    cluster.records();
    cluster.change({ spec: { message: 'other' }, generation: 2 });
    cluster.settle();
    expect(cluster.records()).toMatchObject([
      { step: 'Removed', reason: 'SpecChanged', probe: { generation: 1 } },
      { step: 'Requested', probe: { generation: 2 } },
      { step: 'Decided' },
      { step: 'Armed' },
    ]);
  });

  it('of a probe that was in no process says so', () => {
    const cluster = new AuditedCluster([]);
    cluster.plan();
    cluster.delete();
    expect(cluster.records().at(-1)).toMatchObject({ step: 'Removed', reason: 'Deleted', pods: 0, hits: 0 });
  });
});

/** As the one before wrote it of a probe that is not to be in any process. */
const statusOf = (reason: string, isBeingTakenOut: 'True' | 'False') => ({
  ...{ observedGeneration: 1, armedTime: '2026-11-21T08:00:00Z' },
  conditions: [
    { type: 'Armed', status: 'False', reason },
    { type: 'Reconciling', status: isBeingTakenOut, reason },
  ].map((one) => ({ ...one, message: '', observedGeneration: 1, lastTransitionTime: '2026-11-21T09:00:00Z' })),
});

describe('a replica that takes over', () => {
  it('writes again what holds, under the same names', () => {
    const cluster = new AuditedCluster(['a', 'b'], { spec: { limits: { maxHits: 100 } } });
    cluster.govern({ name: 'strict', spec: { maxima: { limits: { maxHits: 5 } } } });
    cluster.settle();
    cluster.hit('a', 'x');
    const before = ids(cluster.records());
    cluster.now += 60_000;
    cluster.takeOver();
    cluster.settle({ hits: 0 });
    cluster.hit('a', 'x');
    const after = ids(cluster.records());
    expect(after.length).toBe(before.length);
    expect(new Set(after)).toEqual(new Set(before));
  });

  it('does not say again that a probe is over which the one before has seen out', () => {
    const cluster = new AuditedCluster([]);
    cluster.takeOver(statusOf('Expired', 'False'));
    cluster.plan();
    cluster.delete();
    expect(steps(cluster.records())).not.toContain('Removed');
  });

  it.each([
    ['Expired', {}],
    ['Stopped', { stopped: { reason: 'Incident 42.' } }],
  ])('says that a probe is out which the one before was still taking out: %s', (reason, spec) => {
    const cluster = new AuditedCluster([]);
    cluster.govern({ name: 'all', spec });
    cluster.takeOver(statusOf(reason, 'True'));
    cluster.plan();
    cluster.plan();
    const removed = cluster.records().filter(({ step }) => step === 'Removed');
    expect(removed).toMatchObject([{ reason, isConfirmed: true }]);
  });

  it('does not say that a probe is out which nobody has approved yet', () => {
    const cluster = new AuditedCluster([]);
    cluster.govern({ name: 'careful', spec: { approval: {} } });
    cluster.takeOver({ ...statusOf('AwaitingApproval', 'True'), armedTime: '2026-11-21T10:00:00Z' });
    cluster.plan();
    expect(steps(cluster.records())).toEqual(['Requested', 'Decided', 'AwaitingApproval']);
  });
});

it('a plan that finds nothing new reads no process', () => {
  const cluster = new AuditedCluster(Array.from({ length: 100 }, (_, index) => `pod-${index}`));
  cluster.settle();
  cluster.plan();
  const before = cluster.fleet.reads;
  cluster.plan();
  expect(cluster.fleet.reads).toBe(before);
  cluster.answer('pod-7', { hits: 1 });
  cluster.plan();
  expect(cluster.fleet.reads - before).toBeLessThan(10);
});
