import { z } from 'zod';
import type { KubeClient } from '../../src/kube/client.ts';
import { NAMESPACES } from '../../src/kube/resource.ts';

const namedSchema = z.object({ metadata: z.object({ name: z.string() }) });

/** A new namespace for one test, so that tests cannot meet. It goes with the server. @returns its name. */
export async function createNamespace(client: KubeClient): Promise<string> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { generateName: 'test-' } };
  return namedSchema.parse(await client.create(NAMESPACES, {}, body)).metadata.name;
}
