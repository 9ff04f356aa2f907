import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadManifests } from '../../src/local/manifests/manifests.ts';

const root = join(import.meta.dirname, '..', '..');
const { probes, issues } = await loadManifests([join(root, 'examples')]);

describe('the example manifests', () => {
  it('are all right', () => {
    expect(issues).toEqual([]);
    expect(probes.map(({ probe }) => probe.metadata.name)).toEqual([
      'customer-hash',
      'large-orders',
      'orders-placed',
      'discounted-order',
    ]);
  });

  it.each([
    ['customer-hash', 'return receipt;'],
    ['large-orders', 'const receipt: Receipt = { order: order.id, amount, discount };'],
    ['discounted-order', 'return receipt;'],
  ])('%s stands on the line that it is about', async (name, wantCode) => {
    const location = probes.find(({ probe }) => probe.metadata.name === name)?.probe.spec.location;
    const source = await readFile(join(root, 'examples', 'orders', location?.file ?? ''), 'utf8');

    expect(source.split('\n')[(location?.line ?? 0) - 1]?.trim()).toBe(wantCode);
  });
});
