import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import type { TestProject } from 'vitest/node';
import { z } from 'zod';
import { KubeClient } from '../../src/kube/client.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../src/kube/resource.ts';
import { ApiServer } from './api-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Paths of administrators' kubeconfigs, each for an API server of its own with Davylamp's CRDs in it; one for each worker. */
    kubeconfigs: readonly string[];
  }
}

/** A real API server for each worker, since some tests run a whole operator on it; a test that restarts one starts its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { maxWorkers } = project.vitest.config;
  const started = await Promise.allSettled(Array.from({ length: maxWorkers }, ready));
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async () => {
    await Promise.all(servers.map((api) => api.stop()));
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  project.provide(
    'kubeconfigs',
    servers.map((api) => api.kubeconfig),
  );
  return stop;
}

async function ready(): Promise<ApiServer> {
  const api = await ApiServer.start();
  try {
    await installCrds(api.kubeconfig);
  } catch (error) {
    await api.stop();
    throw error;
  }
  return api;
}

const crdSchema = z.object({
  metadata: z.looseObject({ name: z.string() }),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).optional() }).optional(),
});

/** Applies crds/ and waits until the API server serves every kind. */
export async function installCrds(kubeconfig: string): Promise<void> {
  const client = KubeClient.fromDefault({ kubeconfig });
  const signal = AbortSignal.timeout(60_000);
  try {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    for (const path of globSync('crds/*.yaml', { cwd: root })) {
      const crd = load(readFileSync(root + path, 'utf8'));
      const { name } = crdSchema.parse(crd).metadata;
      await client.apply(CUSTOM_RESOURCE_DEFINITIONS, { name }, crd, { fieldManager: 'test' });
      const watch = client.watchStream(CUSTOM_RESOURCE_DEFINITIONS, {
        fieldSelector: `metadata.name=${name}`,
        timeoutSeconds: 30,
        signal,
      });
      for await (const { object } of watch) {
        const conditions = crdSchema.safeParse(object).data?.status?.conditions ?? [];
        if (conditions.some(({ type, status }) => type === 'Established' && status === 'True')) break;
      }
    }
  } finally {
    await client.close();
  }
}
