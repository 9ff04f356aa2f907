import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conditionOf } from '../../src/api/conditions.ts';
import { PROBE_KINDS } from '../../src/api/kinds.ts';
import { REASON_NAMES } from '../../src/api/reasons.ts';
import { runHealthScript } from './health-script.ts';
import { POLICY_SITUATIONS } from './policy-situations.ts';
import { COMING_REASONS, SITUATIONS } from './situations.ts';

const read = (name: string) => readFileSync(new URL(`../../gitops/argo-cd/${name}`, import.meta.url), 'utf8');
const configMap = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('ConfigMap'),
    metadata: z.strictObject({ name: z.literal('argocd-cm') }),
    data: z.record(z.string().regex(/^resource\.customizations\.health\.davylamp\.dev_\w+$/), z.string()),
  })
  .parse(load(read('argocd-cm.yaml')));
const checkOf = (kind: string) => configMap.data[`resource.customizations.health.davylamp.dev_${kind}`] ?? '';

const UNREPORTED = 'Davylamp has not reported on this version of the object yet.';

describe.each([
  ['health.lua', () => read('health.lua')],
  ['the ConfigMap', (kind: string) => checkOf(kind)],
])('the health of a probe, by %s', (_, scriptOf) => {
  it.each(Object.entries(SITUATIONS))('%s', (_, { probe, wantHealth }) => {
    const { status, metadata } = probe;
    const isReported = status?.observedGeneration === metadata.generation;
    const wantMessage = isReported ? conditionOf(status?.conditions, 'Ready')?.message : UNREPORTED;
    expect(runHealthScript(scriptOf(probe.kind), probe)).toEqual({ status: wantHealth, message: wantMessage });
  });
});

describe('the ConfigMap', () => {
  it('has a check for every kind, those of policies that are to come among them', () => {
    const kinds = [...PROBE_KINDS, 'ClusterInstrumentationPolicy', 'InstrumentationPolicy'];
    expect(Object.keys(configMap.data).sort()).toEqual(
      kinds.map((kind) => `resource.customizations.health.davylamp.dev_${kind}`).sort(),
    );
  });
});

it('a probe without a summary is Progressing', () => {
  const probe = { kind: 'DynamicLog', metadata: { generation: 1 }, status: { observedGeneration: 1, conditions: [] } };
  const want = { status: 'Progressing', message: 'Davylamp has not said yet whether the probe is armed.' };
  expect(runHealthScript(checkOf('DynamicLog'), probe)).toEqual(want);
});

it('the check of probes names reasons that exist or are to come', () => {
  const named = [...read('health.lua').matchAll(/(\w+) = true/g)].map(([, reason = '']) => reason);
  const known: readonly string[] = [...REASON_NAMES, ...COMING_REASONS];
  expect(named).toContain('Expired');
  expect(named.filter((reason) => !known.includes(reason))).toEqual([]);
});

describe('the health of a policy', () => {
  const ready = (status: string) => ({ type: 'Ready', status, reason: 'Word', message: 'How it is.' });
  const stalled = { type: 'Stalled', status: 'True', reason: 'Word', message: 'Why it cannot be.' };
  const cases: Record<string, { status: object | undefined; want: object }> = {
    'the operator has not seen it': { status: undefined, want: { status: 'Progressing', message: UNREPORTED } },
    'the operator has not seen its last change': {
      status: { observedGeneration: 1, conditions: [ready('True')] },
      want: { status: 'Progressing', message: UNREPORTED },
    },
    'nothing is said of it yet': {
      status: { observedGeneration: 2, conditions: [] },
      want: { status: 'Progressing', message: 'Davylamp has not said yet whether the policy is in force.' },
    },
    'it is in force': {
      status: { observedGeneration: 2, conditions: [ready('True'), { ...stalled, status: 'False' }] },
      want: { status: 'Healthy', message: 'How it is.' },
    },
    'it is not in force yet': {
      status: { observedGeneration: 2, conditions: [ready('False')] },
      want: { status: 'Progressing', message: 'How it is.' },
    },
    'only a change of it helps': {
      status: { observedGeneration: 2, conditions: [ready('False'), stalled] },
      want: { status: 'Degraded', message: 'Why it cannot be.' },
    },
  };

  it.each(Object.entries(cases))('%s', (_, { status, want }) => {
    for (const kind of ['InstrumentationPolicy', 'ClusterInstrumentationPolicy']) {
      const policy = { apiVersion: 'davylamp.dev/v1alpha1', kind, metadata: { name: 'all', generation: 2 }, status };
      expect(runHealthScript(checkOf(kind), policy)).toEqual(want);
    }
  });

  it.each(Object.entries(POLICY_SITUATIONS))('as the operator renders it: %s', (_, { policy, wantHealth }) => {
    expect(runHealthScript(checkOf('InstrumentationPolicy'), policy)).toMatchObject({ status: wantHealth });
  });
});
