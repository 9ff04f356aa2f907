import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ObjectStore, objectKey, splitObjectKey } from '../../src/kube/object-store.ts';

interface Pod {
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string };
  labels: string[];
}
const pod = (name: string, labels: string[]): Pod => ({
  metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1' },
  labels,
});

describe('ObjectStore', () => {
  test('answers by any index what a search through all objects would', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const label = fc.constantFrom('x', 'y', 'z');
    const step = fc.oneof(fc.record({ set: name, labels: fc.uniqueArray(label) }), fc.record({ delete: name }));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const store = new ObjectStore<Pod>({ label: (object) => object.labels });
        const want = new Map<string, Pod>();
        for (const step of steps) {
          if ('set' in step) {
            const object = pod(step.set, step.labels);
            store.set(objectKey('shop', step.set), object);
            want.delete(step.set);
            want.set(step.set, object);
          } else {
            store.delete(objectKey('shop', step.delete));
            want.delete(step.delete);
          }
        }
        expect(store.list()).toEqual([...want.values()]);
        for (const value of ['x', 'y', 'z']) {
          const wantFound = [...want.values()].filter((object) => object.labels.includes(value));
          expect(new Set(store.by('label', value))).toEqual(new Set(wantFound));
        }
      }),
    );
  });

  test('knows no index that it was not given', () => {
    expect(() => new ObjectStore<Pod>().by('label', 'x')).toThrow('no index "label"');
  });
});

test('a key is split into what it was made of', () => {
  expect(splitObjectKey(objectKey('shop', 'orders'))).toEqual({ namespace: 'shop', name: 'orders' });
  expect(splitObjectKey(objectKey(undefined, 'node-1'))).toEqual({ namespace: '', name: 'node-1' });
});
