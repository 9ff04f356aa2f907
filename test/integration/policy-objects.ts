import { policyResource } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { PODS } from '../../src/kube/resource.ts';
import type { PodRef } from './pod-token.ts';

const OF_NAMESPACE = policyResource('InstrumentationPolicy');
const OF_CLUSTER = policyResource('ClusterInstrumentationPolicy');

/** Policies in a real API server. Those of the cluster have selectors for the namespace of the test, and are deleted with the others. */
export class PolicyObjects {
  readonly #client: KubeClient;
  readonly #namespace: string;
  readonly #names = { ofCluster: new Set<string>(), ofNamespace: new Set<string>() };

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  async apply(name: string, spec: object): Promise<void> {
    const body = { apiVersion: 'davylamp.dev/v1alpha1', kind: OF_NAMESPACE.kind, metadata: { name }, spec };
    this.#names.ofNamespace.add(name);
    await this.#client.apply(OF_NAMESPACE, { namespace: this.#namespace, name }, body, {
      fieldManager: 'kubectl',
      force: true,
    });
  }

  /** For the namespace of the test only. */
  async applyToCluster(name: string, spec: object): Promise<void> {
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': this.#namespace } };
    const whole = { namespaceSelector, ...spec };
    const body = { apiVersion: 'davylamp.dev/v1alpha1', kind: OF_CLUSTER.kind, metadata: { name }, spec: whole };
    this.#names.ofCluster.add(name);
    await this.#client.apply(OF_CLUSTER, { name }, body, { fieldManager: 'kubectl', force: true });
  }

  async get(name: string): Promise<unknown> {
    return await this.#client.get(OF_NAMESPACE, { namespace: this.#namespace, name });
  }

  async delete(name: string): Promise<void> {
    this.#names.ofNamespace.delete(name);
    await this.#client.delete(OF_NAMESPACE, { namespace: this.#namespace, name });
  }

  async deleteAll(): Promise<void> {
    const { ofCluster, ofNamespace } = this.#names;
    for (const name of ofNamespace) await this.#client.delete(OF_NAMESPACE, { namespace: this.#namespace, name });
    for (const name of ofCluster) await this.#client.delete(OF_CLUSTER, { name });
    ofCluster.clear();
    ofNamespace.clear();
  }

  async label(pod: PodRef, labels: Record<string, string>): Promise<void> {
    await this.#client.mergePatch(PODS, pod, { metadata: { labels } });
  }
}
