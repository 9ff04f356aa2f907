import { describe, expect, it } from 'vitest';
import { disarmOrder, parseOwnDeployment } from '../../src/controllers/own-deployment.ts';

const deployment = (metadata: object) =>
  parseOwnDeployment({
    metadata: { namespace: 'davylamp-system', name: 'davylamp-operator', uid: 'u', resourceVersion: '1', ...metadata },
    spec: { replicas: 2 },
  });
const order = (value: string) => deployment({ annotations: { 'davylamp.dev/disarm': value } });

describe('whether every probe is to be out of every process', () => {
  it.each([
    ['not while the Deployment says nothing', deployment({}), undefined],
    ['with the reason that the annotation gives', order('incident 12'), 'incident 12'],
    ['also when the annotation gives none', order(''), 'without a reason given'],
    ['not when the annotation says false', order('false'), undefined],
    ['in at most two hundred characters', order('x'.repeat(5000)), 'x'.repeat(200)],
    [
      'from the moment at which the Deployment is being deleted',
      deployment({ deletionTimestamp: '2026-11-28T16:00:00Z' }),
      "the operator's Deployment has been deleted",
    ],
    ['and when it is gone, while the operator lives on', undefined, "the operator's Deployment has been deleted"],
  ])('%s', (_, own, want) => {
    expect(disarmOrder(own)).toBe(want);
  });
});
