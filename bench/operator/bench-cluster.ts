import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KINDS, type Probe, probeResource } from '../../src/api/kinds.ts';
import { Authority } from '../../src/gateway/certificates/authority.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { LEASES, PODS } from '../../src/kube/resource.ts';
import { ApiServer } from '../../test/integration/api-server.ts';
import { installCrds } from '../../test/integration/global-setup.ts';
import { SERVICE_ACCOUNTS } from '../../test/integration/pod-token.ts';

const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
export const OPERATOR_NAMESPACE = 'davylamp-system';
export const NAMESPACE = 'bench';
const TIMEOUT_MILLISECONDS = 600_000;
/** Requests that are made at a time. */
const CONCURRENCY = 48;

export interface BenchPod {
  readonly name: string;
  readonly uid: string;
}

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string };
}

/** A real API server with pods, which nobody runs, and probes. */
export class BenchCluster {
  readonly client: KubeClient;
  readonly #api: ApiServer;

  constructor(api: ApiServer) {
    this.#api = api;
    this.client = KubeClient.fromDefault({ kubeconfig: api.kubeconfig });
  }

  static async start(): Promise<BenchCluster> {
    const api = await ApiServer.start();
    await installCrds(api.kubeconfig);
    const cluster = new BenchCluster(api);
    for (const name of [OPERATOR_NAMESPACE, NAMESPACE]) {
      await cluster.client.create(NAMESPACES, {}, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    return cluster;
  }

  get kubeconfig(): string {
    return this.#api.kubeconfig;
  }

  /** The key that signs tokens of service accounts. */
  get keyFile(): string {
    return join(dirname(this.#api.kubeconfig), 'service-account.key');
  }

  async createServiceAccount(name: string): Promise<{ name: string; uid: string }> {
    const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
    const made = (await this.client.create(SERVICE_ACCOUNTS, { namespace: NAMESPACE }, body)) as Stored;
    return { name, uid: made.metadata.uid };
  }

  /** Running pods with an agent's container, each of one of `apps` applications. */
  async createPods(
    prefix: string,
    count: number,
    labels: (index: number) => Record<string, string>,
  ): Promise<BenchPod[]> {
    return await inParallel(count, async (index) => {
      const body = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${prefix}-${index}`, labels: labels(index) },
        spec: {
          serviceAccountName: 'bench',
          initContainers: [{ name: 'davylamp', image: 'agent', restartPolicy: 'Always' }],
          containers: [{ name: 'app', image: 'orders' }],
        },
      };
      const { metadata } = (await this.client.create(PODS, { namespace: NAMESPACE }, body)) as Stored;
      const ref = { namespace: NAMESPACE, name: metadata.name, subresource: 'status' };
      await this.client.mergePatch(PODS, ref, { status: { phase: 'Running' } });
      return { name: metadata.name, uid: metadata.uid };
    });
  }

  /** One change of a label for each pod, again and again. */
  async changePods(pods: readonly BenchPod[], rounds: number): Promise<void> {
    await inParallel(pods.length * rounds, async (index) => {
      const name = pods[index % pods.length]?.name ?? '';
      const body = { metadata: { labels: { round: `${index}-${Date.now()}` } } };
      await this.client.mergePatch(PODS, { namespace: NAMESPACE, name }, body);
    });
  }

  async createProbes(from: number, to: number, labels: (index: number) => Record<string, string>): Promise<void> {
    await inParallel(to - from, (at) => this.applyProbe(`probe-${from + at}`, labels(from + at), 'order {order.id}'));
  }

  /** @param more of the spec, in the place of what it has unless given. */
  async applyProbe(
    name: string,
    matchLabels: Record<string, string>,
    message: string,
    more: object = {},
  ): Promise<void> {
    const body = {
      apiVersion: 'davylamp.dev/v1alpha1',
      kind: 'DynamicLog',
      metadata: { name },
      spec: {
        target: { selector: { matchLabels } },
        location: { file: 'src/orders.ts', line: 42 },
        message,
        ttlSeconds: 3600,
        ...more,
      },
    };
    const options = { fieldManager: 'kubectl', force: true };
    await this.client.apply(probeResource('DynamicLog'), { namespace: NAMESPACE, name }, body, options);
  }

  async deleteProbe(name: string): Promise<void> {
    await this.client.delete(probeResource('DynamicLog'), { namespace: NAMESPACE, name });
  }

  async probe(name: string): Promise<Probe> {
    return KINDS.DynamicLog.schema.parse(
      await this.client.get(probeResource('DynamicLog'), { namespace: NAMESPACE, name }),
    );
  }

  async probes(): Promise<Probe[]> {
    const { items } = await this.client.list(probeResource('DynamicLog'), { namespace: NAMESPACE });
    return items.map((item) => KINDS.DynamicLog.schema.parse(item));
  }

  /** Looks every five seconds, as an answer with thousands of probes takes the API server half a second. @throws Error after ten minutes. */
  async until(what: string, is: (probes: readonly Probe[]) => boolean): Promise<void> {
    const deadline = performance.now() + TIMEOUT_MILLISECONDS;
    while (!is(await this.probes())) {
      if (performance.now() > deadline) throw new Error(`${what}: not in time`);
      await delay(5000);
    }
  }

  async authority(): Promise<string> {
    return (await Authority.load(this.client, OPERATOR_NAMESPACE)).caPem;
  }

  async leaseTransitions(): Promise<number> {
    const ref = { namespace: OPERATOR_NAMESPACE, name: 'davylamp-operator' };
    const lease = (await this.client.get(LEASES, ref)) as { spec?: { leaseTransitions?: number } };
    return lease.spec?.leaseTransitions ?? 0;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.#api.stop();
  }
}

async function inParallel<T>(count: number, each: (index: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  let next = 0;
  const workers = Array.from({ length: Math.min(CONCURRENCY, count) }, async () => {
    while (next < count) {
      const index = next;
      next += 1;
      done[index] = await each(index);
    }
  });
  await Promise.all(workers);
  return done;
}
