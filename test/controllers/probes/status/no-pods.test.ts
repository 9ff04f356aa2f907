import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../src/api/probe.ts';
import { whyNoPods } from '../../../../src/controllers/probes/status/no-pods.ts';
import { pod, selected } from '../fixtures.ts';

const deployed = (name: string, changes: Parameters<typeof pod>[1] = {}) =>
  pod(`${name}-6d4cf56db6-x2x9z`, {
    owner: { kind: 'ReplicaSet', name: `${name}-6d4cf56db6` },
    labels: { app: name, 'pod-template-hash': '6d4cf56db6' },
    ...changes,
  });
const workload = (kind: 'Deployment' | 'StatefulSet' | 'CronJob', name: string): Target => ({
  workloadRef: { kind, name },
});

describe('why a probe has no pods', () => {
  const nightly = pod('nightly-1', { owner: { kind: 'Job', name: 'nightly-29112230' } });
  const cases: Record<string, { target: Target; pods: ReturnType<typeof pod>[]; want: RegExp }> = {
    'a typo in the name of a workload': {
      target: workload('Deployment', 'ordres'),
      pods: [deployed('orders'), deployed('payments')],
      want: /^NoPodsMatched: No pod of the namespace belongs to a Deployment ordres; there is none, or it has no pods\. Similar: Deployment orders\.$/,
    },
    'the wrong kind of workload': {
      target: workload('StatefulSet', 'orders'),
      pods: [deployed('orders')],
      want: /Similar: Deployment orders\.$/,
    },
    'part of a name': {
      target: workload('Deployment', 'orders'),
      pods: [deployed('shop-orders')],
      want: /Similar: Deployment shop-orders\.$/,
    },
    'a CronJob is known by its Jobs': {
      target: workload('CronJob', 'nighty'),
      pods: [nightly],
      want: /Similar: CronJob nightly\.$/,
    },
    'nothing similar: nothing is guessed': {
      target: workload('Deployment', 'orders'),
      pods: [deployed('payments')],
      want: /or it has no pods\.$/,
    },
    'a typo in the value of a label': {
      target: { selector: { matchLabels: { app: 'ordres' } } },
      pods: [deployed('orders')],
      want: /^NoPodsMatched: No pod of the namespace has the label app=ordres\. Similar: app=orders\.$/,
    },
    'labels that no pod has together': {
      target: { selector: { matchLabels: { app: 'orders', 'pod-template-hash': '6d4cf56db6' } } },
      pods: [pod('a'), deployed('payments')],
      want: /^NoPodsMatched: No running pod matches spec\.target\.$/,
    },
    'pods that match and do not run': {
      target: selected,
      pods: [deployed('orders', { phase: 'Pending' })],
      want: /^PodsNotRunning: 1 pod matches and does not run: orders-6d4cf56db6-x2x9z is Pending\.$/,
    },
    'many pods that match and do not run': {
      target: selected,
      pods: ['a', 'b', 'c', 'd', 'e'].map((name) => pod(name, { phase: 'Failed' })),
      want: /^PodsNotRunning: 5 pods match and do not run: a is Failed, b is Failed, c is Failed, and 2 more\.$/,
    },
    'a namespace without pods': {
      target: workload('Deployment', 'orders'),
      pods: [],
      want: /^NoPodsMatched: No pod of the namespace belongs to a Deployment orders;/,
    },
  };

  it.each(Object.entries(cases))('%s', (_, { target, pods, want }) => {
    const { reason, message } = whyNoPods(target, pods);
    expect(`${reason}: ${message}`).toMatch(want);
  });

  it('is bounded, whatever labels are like', () => {
    const long = 'x'.repeat(63);
    const pods = Array.from({ length: 500 }, (_, index) =>
      pod(`p${index}`, { labels: { app: `${long.slice(4)}${index}` } }),
    );
    expect(whyNoPods({ selector: { matchLabels: { app: long } } }, pods).message.length).toBeLessThan(500);
  });
});
