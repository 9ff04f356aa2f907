import { z } from 'zod';
import type { KubeClient } from '../kube/client.ts';
import { SERVICES } from '../kube/resource.ts';

/** Name of the Service under which agents reach the gateway. */
const GATEWAY_SERVICE = 'davylamp-gateway';

const serviceSchema = z.object({ spec: z.object({ clusterIP: z.union([z.ipv4(), z.ipv6()]).optional() }) });

/**
 * The address of the gateway's Service, for agents in pods that use the DNS of their node (hostNetwork, dnsPolicy Default or None).
 * @returns undefined when there is no such Service, as when the operator runs outside of a cluster.
 */
export async function gatewayAddress(client: KubeClient, namespace: string): Promise<string | undefined> {
  const service = await client.get(SERVICES, { namespace, name: GATEWAY_SERVICE }).catch(() => undefined);
  const parsed = serviceSchema.safeParse(service);
  return parsed.success ? parsed.data.spec.clusterIP : undefined;
}
