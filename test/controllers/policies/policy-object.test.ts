import { expect, it } from 'vitest';
import { parsePolicyObject } from '../../../src/controllers/policies/policy-object.ts';
import { denials, log } from '../../policy/fixtures.ts';

const metadata = { name: 'team', namespace: 'shop', uid: 'u', generation: 3, resourceVersion: '7' };
const raw = {
  apiVersion: 'davylamp.dev/v1alpha1',
  kind: 'InstrumentationPolicy',
  metadata,
  spec: { attach: 'Forbidden' },
};

it('a policy is read with or without a status, whatever somebody wrote there', () => {
  const wantView = { kind: 'InstrumentationPolicy', name: 'team', namespace: 'shop', spec: { attach: 'Forbidden' } };
  for (const status of [undefined, { deniedRequests: 3 }, 'garbage', { conditions: 7 }]) {
    expect(parsePolicyObject('InstrumentationPolicy', { ...raw, status }).view).toMatchObject(wantView);
  }
});

it('one that does not fit the schema is not absent: it denies everything that it can be about', () => {
  const { view } = parsePolicyObject('InstrumentationPolicy', { ...raw, spec: { attach: 'Perhaps', podSelector: {} } });
  expect(view.unreadable).toMatch(/^spec\.attach: /);
  expect(denials(log(), [view])).toEqual([
    expect.stringMatching(
      /^InstrumentationPolicy team: it cannot be enforced, so it denies everything: spec\.attach: /,
    ),
  ]);
});

it('a policy of the cluster has no namespace', () => {
  const { namespace: _, ...ofCluster } = metadata;
  const kind = 'ClusterInstrumentationPolicy';
  expect(parsePolicyObject(kind, { ...raw, kind, metadata: ofCluster }).view).not.toHaveProperty('namespace');
});
