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
    /** Path of an administrator's kubeconfig for the one API server of all integration tests, with Davylamp's CRDs in it. */
    kubeconfig: string;
  }
}

/** One real API server for all integration tests; a test that restarts one starts its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const api = await ApiServer.start();
  try {
    await installCrds(api.kubeconfig);
  } catch (error) {
    await api.stop();
    throw error;
  }
  project.provide('kubeconfig', api.kubeconfig);
  return () => api.stop();
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
