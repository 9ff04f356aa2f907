import { expect, inject, test } from 'vitest';
import { KubeClient } from '../../src/kube/client.ts';
import { probeResource } from '../../src/kube/resource.ts';

test('the API server is there and serves the kinds', async () => {
  const client = KubeClient.fromDefault({ kubeconfig: inject('kubeconfig') });
  expect((await client.list(probeResource('Snapshot'))).items).toEqual([]);
  await client.close();
});
