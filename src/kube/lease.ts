import { z } from 'zod';
import { isConflict, isNotFound } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { LEASES } from './resource.ts';
import { microTime } from './time.ts';

const leaseSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().default(''),
      leaseDurationSeconds: z.number().default(0),
      acquireTime: z.string().optional(),
      renewTime: z.string().optional(),
      leaseTransitions: z.number().default(0),
    })
    .default({ holderIdentity: '', leaseDurationSeconds: 0, leaseTransitions: 0 }),
});

export type Lease = z.infer<typeof leaseSchema>;

/** One Lease object: who leads, and since when that was last confirmed. Written only over the version that was read. */
export class LeaseRecord {
  readonly #client: KubeClient;
  readonly #ref: { namespace: string; name: string };

  constructor(client: KubeClient, ref: { namespace: string; name: string }) {
    this.#client = client;
    this.#ref = ref;
  }

  async read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      return leaseSchema.parse(await this.#client.get(LEASES, this.#ref, { signal }));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * @param seen the version to write over; undefined to create.
   * @param holder empty to release.
   * @returns the Lease as written; undefined if another replica was faster.
   */
  async write(
    seen: Lease | undefined,
    holder: string,
    durationSeconds: number,
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    const now = microTime();
    const isSame = seen?.spec.holderIdentity === holder;
    const transitions = seen?.spec.leaseTransitions ?? 0;
    const body = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...this.#ref, resourceVersion: seen?.metadata.resourceVersion },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: durationSeconds,
        acquireTime: isSame ? (seen.spec.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: isSame || seen === undefined || holder === '' ? transitions : transitions + 1,
      },
    };
    try {
      const answer = seen
        ? await this.#client.replace(LEASES, this.#ref, body, { signal })
        : await this.#client.create(LEASES, { namespace: this.#ref.namespace }, body, { signal });
      return leaseSchema.parse(answer);
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return undefined;
      throw error;
    }
  }
}
