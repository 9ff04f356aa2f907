import { expect, it } from 'vitest';
import { areCompatible, canMeet } from '../../src/policy/can-meet.ts';
import { clusterPolicy, policy } from './fixtures.ts';

const labelsOf = (namespace: string) => (namespace === 'shop' ? { team: 'shop' } : undefined);
const expression = (operator: string, values?: string[]) =>
  clusterPolicy('p', { podSelector: { matchExpressions: [{ key: 'tier', operator, values }] } }).spec.podSelector;

it('policies of two namespaces never meet, and one of the cluster meets that of a namespace which it selects', () => {
  const own = policy('a', {});
  expect(canMeet(own, policy('b', {}), labelsOf)).toBe(true);
  expect(canMeet(own, policy('b', {}, 'other'), labelsOf)).toBe(false);
  for (const [team, want] of [
    ['shop', true],
    ['pay', false],
  ] as const) {
    const ofCluster = clusterPolicy('c', { namespaceSelector: { matchLabels: { team } } });
    expect(canMeet(own, ofCluster, labelsOf)).toBe(want);
    expect(canMeet(ofCluster, own, labelsOf)).toBe(want);
    // Of a namespace whose labels are not known nothing is certain.
    expect(canMeet(ofCluster, policy('b', {}, 'new'), labelsOf)).toBe(false);
  }
  expect(canMeet(clusterPolicy('c', {}), policy('b', {}, 'new'), labelsOf)).toBe(true);
});

it('two policies of the cluster meet where some namespace could have the labels that both select', () => {
  const of = (team: string) => clusterPolicy(team, { namespaceSelector: { matchLabels: { team } } });
  expect(canMeet(of('shop'), of('pay'), labelsOf)).toBe(false);
  expect(canMeet(of('shop'), clusterPolicy('all', {}), labelsOf)).toBe(true);
});

it('policies for some pods meet where some pod could have the labels that both select', () => {
  const [a, b] = ['web', 'db'].map((tier) => policy(tier, { podSelector: { matchLabels: { tier } } }));
  if (a === undefined || b === undefined) throw new Error('two policies');
  expect(canMeet(a, b, labelsOf)).toBe(false);
  expect(canMeet(a, { ...a, name: 'other' }, labelsOf)).toBe(true);
  expect(canMeet(a, policy('all', {}), labelsOf)).toBe(true);
});

it('selectors exclude each other by any of their operators', () => {
  const web = { matchLabels: { tier: 'web' } };
  for (const [operator, values, want] of [
    ['In', ['web', 'db'], true],
    ['In', ['db'], false],
    ['NotIn', ['web'], false],
    ['NotIn', ['db'], true],
    ['Exists', undefined, true],
    ['DoesNotExist', undefined, false],
  ] as const) {
    const other = expression(operator, values === undefined ? undefined : [...values]);
    expect(areCompatible([web, other]), operator).toBe(want);
    expect(areCompatible([other, web]), operator).toBe(want);
  }
  expect(areCompatible([expression('Exists'), expression('DoesNotExist')])).toBe(false);
  expect(areCompatible([expression('In', ['web']), expression('NotIn', ['web'])])).toBe(false);
  expect(areCompatible([expression('NotIn', ['web']), expression('DoesNotExist')])).toBe(true);
  expect(areCompatible([])).toBe(true);
});
