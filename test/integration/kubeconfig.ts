import { inject } from 'vitest';

/** Path of an administrator's kubeconfig for the API server of this worker, which no other test file uses at the same time. */
export function kubeconfigOfWorker(): string {
  const kubeconfigs = inject('kubeconfigs');
  const kubeconfig = kubeconfigs[Number(process.env.VITEST_POOL_ID) - 1];
  if (kubeconfig === undefined) {
    throw new Error(`worker ${process.env.VITEST_POOL_ID} has no API server; there are ${kubeconfigs.length}`);
  }
  return kubeconfig;
}
