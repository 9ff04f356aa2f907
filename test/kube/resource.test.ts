import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeResource } from '../../src/api/kinds.ts';
import { apiVersion, LEASES, NAMESPACES, PODS, resourcePath } from '../../src/kube/resource.ts';

describe('resourcePath', () => {
  test.each([
    ['a collection of all namespaces', PODS, {}, '/api/v1/pods'],
    ['a collection of one namespace', PODS, { namespace: 'shop' }, '/api/v1/namespaces/shop/pods'],
    [
      'an object of a group',
      LEASES,
      { namespace: 'a', name: 'b' },
      '/apis/coordination.k8s.io/v1/namespaces/a/leases/b',
    ],
    ['an object of the whole cluster', NAMESPACES, { name: 'shop' }, '/api/v1/namespaces/shop'],
    [
      'a subresource',
      probeResource('DynamicLog'),
      { namespace: 'a', name: 'b', subresource: 'status' },
      '/apis/davylamp.dev/v1alpha1/namespaces/a/dynamiclogs/b/status',
    ],
  ])('leads to %s', (_what, resource, place, want) => {
    expect(resourcePath(resource, place)).toBe(want);
  });

  test('lets no name lead out of its segment', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        fc.pre(name !== '' && name !== '.' && name !== '..');
        const path = resourcePath(PODS, { namespace: 'shop', name });
        const url = new URL(path, 'https://host');
        expect(url.pathname.split('/')).toHaveLength(7);
        expect(url.search + url.hash).toBe('');
      }),
    );
  });

  test.each(['', '.', '..'])('refuses %j as a name', (name) => {
    expect(() => resourcePath(PODS, { namespace: 'shop', name })).toThrow(RangeError);
  });

  test('refuses a namespace where there are none', () => {
    expect(() => resourcePath(NAMESPACES, { namespace: 'shop' })).toThrow('namespaces have no namespace');
  });
});

test('apiVersion has no group for the core group', () => {
  expect([apiVersion(PODS), apiVersion(LEASES)]).toEqual(['v1', 'coordination.k8s.io/v1']);
});
