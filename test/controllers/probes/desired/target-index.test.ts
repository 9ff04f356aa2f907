import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Target } from '../../../../src/api/probe.ts';
import {
  valueOfProbe,
  valuesForProbes,
  valuesOfPod,
  valuesOfTarget,
} from '../../../../src/controllers/probes/desired/target-index.ts';
import { matchesTarget } from '../../../../src/pods/matches-target.ts';
import { pod } from '../fixtures.ts';

const key = fc.constantFrom('app', 'tier', 'pod-template-hash');
const value = fc.constantFrom('orders', 'abc', '29000000');
const labels = fc.dictionary(key, value, { maxKeys: 3 });
const name = fc.constantFrom('orders', 'orders-abc', 'orders-29000000', 'orders-undefined');
const kind = fc.constantFrom('ReplicaSet', 'Job', 'StatefulSet');
const pods = fc
  .record({ labels, owner: fc.option(fc.record({ kind, name }), { nil: undefined }) })
  .map(({ labels: own, owner }) => pod('orders-1', { labels: own, owner }));
const expression = fc.record({
  key,
  operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
  values: fc.array(value, { minLength: 1, maxLength: 2 }),
});
const targets: fc.Arbitrary<Target> = fc.oneof(
  fc
    .record({ matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 2 }) })
    .map((selector) => ({ selector })),
  fc
    .record({ kind: fc.constantFrom('Deployment', 'CronJob', 'StatefulSet', 'Job', 'ReplicaSet'), name })
    .map((workloadRef) => ({ workloadRef }) as Target),
);

test('a pod that a target means is found under every value of the target, and the probe under one of the pod', () => {
  fc.assert(
    fc.property(targets, pods, (target, one) => {
      fc.pre(matchesTarget(target, one));
      expect(valuesOfPod(one)).toEqual(expect.arrayContaining(valuesOfTarget(target, 'shop')));
      expect(valuesForProbes(one)).toContain(valueOfProbe(target, 'shop'));
    }),
    { numRuns: 2000 },
  );
});
