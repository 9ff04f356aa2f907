import { describe, expect, it } from 'vitest';
import type { Target } from '../../src/api/probe.ts';
import { matchesTarget } from '../../src/pods/matches-target.ts';
import { isRunning } from '../../src/pods/observed-pod.ts';
import { pod } from '../controllers/probes/fixtures.ts';

const labels = { app: 'orders', tier: 'web' };

describe('which pods a target means', () => {
  const cases: Record<string, { target: Target; pod: Parameters<typeof pod>[1]; want: boolean }> = {
    'all labels are equal': { target: { selector: { matchLabels: labels } }, pod: { labels }, want: true },
    'one label differs': {
      target: { selector: { matchLabels: { ...labels, tier: 'db' } } },
      pod: { labels },
      want: false,
    },
    'a label is missing': { target: { selector: { matchLabels: { zone: 'a' } } }, pod: { labels }, want: false },
    'an empty selector means nothing, not everything': { target: { selector: {} }, pod: { labels }, want: false },
    'In finds one of the values': {
      target: { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['billing', 'orders'] }] } },
      pod: { labels },
      want: true,
    },
    'In needs the label': {
      target: { selector: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] } },
      pod: { labels },
      want: false,
    },
    'NotIn holds without the label': {
      target: { selector: { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] } },
      pod: { labels },
      want: true,
    },
    'NotIn refuses the value': {
      target: { selector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['orders'] }] } },
      pod: { labels },
      want: false,
    },
    'Exists needs the key only': {
      target: { selector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } },
      pod: { labels },
      want: true,
    },
    'labels and expressions must both hold': {
      target: { selector: { matchLabels: labels, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] } },
      pod: { labels },
      want: false,
    },
    'a Deployment owns through the ReplicaSet of the template hash': {
      target: { workloadRef: { kind: 'Deployment', name: 'orders' } },
      pod: { labels: { 'pod-template-hash': '5d8f' }, owner: { kind: 'ReplicaSet', name: 'orders-5d8f' } },
      want: true,
    },
    'a Deployment whose name is the start of another one does not own its pods': {
      target: { workloadRef: { kind: 'Deployment', name: 'orders' } },
      pod: { labels: { 'pod-template-hash': '5d8f' }, owner: { kind: 'ReplicaSet', name: 'orders-api-5d8f' } },
      want: false,
    },
    'a ReplicaSet without a template hash belongs to no Deployment': {
      target: { workloadRef: { kind: 'Deployment', name: 'orders' } },
      pod: { labels: {}, owner: { kind: 'ReplicaSet', name: 'orders-5d8f' } },
      want: false,
    },
    'a StatefulSet owns directly': {
      target: { workloadRef: { kind: 'StatefulSet', name: 'db' } },
      pod: { owner: { kind: 'StatefulSet', name: 'db' } },
      want: true,
    },
    'a CronJob owns through the Job of one of its times': {
      target: { workloadRef: { kind: 'CronJob', name: 'nightly' } },
      pod: { owner: { kind: 'Job', name: 'nightly-29384720' } },
      want: true,
    },
    'a Job of another CronJob with a longer name is not meant': {
      target: { workloadRef: { kind: 'CronJob', name: 'nightly' } },
      pod: { owner: { kind: 'Job', name: 'nightly-report-29384720' } },
      want: false,
    },
    'a pod without an owner belongs to no workload': {
      target: { workloadRef: { kind: 'Job', name: 'nightly' } },
      pod: {},
      want: false,
    },
  };

  it.each(Object.entries(cases))('%s', (_, { target, pod: changes, want }) => {
    expect(matchesTarget(target, pod('p', changes))).toBe(want);
  });

  it('leaves out pods that do not run, and pods on their way out', () => {
    const leaving = pod('a');
    expect(isRunning(pod('a'))).toBe(true);
    expect(isRunning(pod('a', { phase: 'Pending' }))).toBe(false);
    expect(
      isRunning({ ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-11-21T10:00:00Z' } }),
    ).toBe(false);
  });
});
