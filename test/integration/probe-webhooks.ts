import type { KubeClient } from '../../src/kube/client.ts';
import { SERVICES } from '../../src/kube/resource.ts';

const SERVICE = 'davylamp-webhook';

/** The Service by whose name the API server calls the webhooks of an operator on this machine, as the certificate has that name. */
export async function applyWebhookService(client: KubeClient, namespace: string): Promise<void> {
  const spec = { type: 'ExternalName', externalName: 'localhost' };
  const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: SERVICE }, spec };
  await client.apply(SERVICES, { namespace, name: SERVICE }, body, { fieldManager: 'test', force: true });
}

export interface ProbeWebhook {
  readonly name: string;
  /** Namespace of the operator. */
  readonly home: string;
  readonly path: string;
  readonly port: number;
  readonly caPem: string;
  /** Whose probes are reviewed. */
  readonly namespace: string;
}

/** A webhook for probes, as the chart registers it. */
export function probeWebhook({ name, home, path, port, caPem, namespace }: ProbeWebhook): object {
  return {
    name,
    clientConfig: {
      service: { name: SERVICE, namespace: home, path, port },
      caBundle: Buffer.from(caPem).toString('base64'),
    },
    admissionReviewVersions: ['v1'],
    sideEffects: 'NoneOnDryRun',
    failurePolicy: 'Fail',
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    rules: [
      {
        apiGroups: ['davylamp.dev'],
        apiVersions: ['v1alpha1'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['dynamiclogs', 'snapshots'],
      },
    ],
  };
}
