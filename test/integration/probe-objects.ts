import { z } from 'zod';
import { KINDS, PROBE_KINDS, type Probe, probeResource } from '../../src/api/kinds.ts';
import type { KubeClient } from '../../src/kube/client.ts';

/** A probe of the orders service, at one of its lines. @param spec what it has besides. */
export function probeBody(kind: Probe['kind'], name: string, spec: object): object {
  const target = { selector: { matchLabels: { app: 'orders' } } };
  const location = { file: 'src/orders.ts', line: 42 };
  return { apiVersion: 'davylamp.dev/v1alpha1', kind, metadata: { name }, spec: { target, location, ...spec } };
}

/** Probes in a real API server, as a person with kubectl meets them. */
export class ProbeObjects {
  readonly namespace: string;
  readonly #client: KubeClient;

  constructor(client: KubeClient, namespace: string) {
    this.#client = client;
    this.namespace = namespace;
  }

  /** Creates it, or changes its spec. */
  async apply(kind: Probe['kind'], name: string, spec: object): Promise<Probe> {
    const body = probeBody(kind, name, spec);
    const ref = { namespace: this.namespace, name };
    return parse(
      kind,
      await this.#client.apply(probeResource(kind), ref, body, { fieldManager: 'kubectl', force: true }),
    );
  }

  /** Writes status as an earlier operator would have. */
  async writeStatus(probe: Probe, status: object): Promise<void> {
    const { kind, metadata } = probe;
    const body = { apiVersion: probe.apiVersion, kind, metadata: { name: metadata.name }, status };
    const ref = { namespace: this.namespace, name: metadata.name };
    await this.#client.applyStatus(probeResource(kind), ref, body, { fieldManager: 'davylamp-operator', force: true });
  }

  async delete({ kind, metadata: { name } }: Probe): Promise<void> {
    await this.#client.delete(probeResource(kind), { namespace: this.namespace, name });
  }

  async get(kind: Probe['kind'], name: string): Promise<Probe> {
    return parse(kind, await this.#client.get(probeResource(kind), { namespace: this.namespace, name }));
  }

  /** Every version of the object from now on, the present one first; ends with `signal`. */
  async *versions(kind: Probe['kind'], name: string, signal: AbortSignal): AsyncGenerator<Probe> {
    const first = await this.get(kind, name);
    yield first;
    const watch = this.#client.watchStream(probeResource(kind), {
      namespace: this.namespace,
      fieldSelector: `metadata.name=${name}`,
      resourceVersion: first.metadata.resourceVersion,
      timeoutSeconds: 60,
      signal,
    });
    for await (const { type, object } of watch) if (type === 'MODIFIED') yield parse(kind, object);
  }

  /** The first version for which `is` holds. @throws after 20 s, with the last status that was seen. */
  async until(kind: Probe['kind'], name: string, is: (probe: Probe) => boolean): Promise<Probe> {
    const stop = AbortSignal.timeout(60_000);
    let last: Probe | undefined;
    try {
      for await (const probe of this.versions(kind, name, stop)) {
        last = probe;
        if (is(probe)) return probe;
      }
    } catch (error) {
      if (!stop.aborted) throw error;
    }
    throw new Error(`${kind} ${name} did not get there; its status is ${JSON.stringify(last?.status, null, 1)}`);
  }
}

function parse(kind: Probe['kind'], raw: unknown): Probe {
  return KINDS[kind].schema.parse(raw);
}

export function conditionOf(probe: Probe, type: string) {
  return probe.status?.conditions?.find((condition) => condition.type === type);
}

export function isArmed(probe: Probe): boolean {
  return conditionOf(probe, 'Armed')?.status === 'True';
}

const listSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })),
});

/** Of every namespace, for tests that are about the whole cluster. */
export async function deleteAllProbes(client: KubeClient): Promise<void> {
  for (const kind of PROBE_KINDS) {
    const { items } = listSchema.parse(await client.list(probeResource(kind)));
    for (const { metadata } of items) await client.delete(probeResource(kind), metadata);
  }
}
