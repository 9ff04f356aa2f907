import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { policyResource } from '../../api/resources.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { PolicyView } from '../../policy/policy-view.ts';
import type { PolicyObject } from './policy-object.ts';

/** Of its own, so that the status that the leader applies does not remove the count, and another replica's applies add to it. */
const FIELD_MANAGER = 'davylamp-admission';
/** How often counts are written while there are new ones. */
const WRITE_MS = 3000;
/** Tries to write one count before it waits for the next time. */
const MOST_TRIES = 10;

export interface DeniedRequestsOptions {
  readonly client: Pick<KubeClient, 'get' | 'mergePatch'>;
  /** The object of the policy; undefined for the default policy, and for one that is gone. */
  find(policy: PolicyView): PolicyObject | undefined;
  onError(error: unknown): void;
}

interface Count {
  readonly policy: PolicyView;
  requests: number;
}

const objectSchema = z.object({
  metadata: z.object({ uid: z.string(), resourceVersion: z.string() }),
  status: z.object({ deniedRequests: z.int().min(0).catch(0).default(0) }).optional(),
});

/**
 * Requests that this replica's admission has refused, by the policies that deny them, added to their status every few seconds. Each replica
 * adds its own, over the version that it has read, so that none of two that write at the same time is lost.
 */
export class DeniedRequests {
  readonly #options: DeniedRequestsOptions;
  /** By the uid of the policy: one that has its name later begins at none. */
  readonly #counts = new Map<string, Count>();
  #writing: Promise<void> = Promise.resolve();

  constructor(options: DeniedRequestsOptions) {
    this.#options = options;
  }

  /** Counts one request that all of these deny. */
  add(policies: readonly PolicyView[]): void {
    for (const policy of policies) {
      const uid = this.#options.find(policy)?.metadata.uid;
      if (uid === undefined) continue;
      const known = this.#counts.get(uid) ?? { policy, requests: 0 };
      known.requests += 1;
      this.#counts.set(uid, known);
    }
  }

  /** Writes counts from now on, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(WRITE_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.write();
    }
  }

  /** Writes what is counted; what cannot be written now stays counted. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      for (const [uid, count] of [...this.#counts]) {
        try {
          await this.#writeOne(uid, count);
        } catch (error) {
          this.#options.onError(error);
        }
      }
    });
    return this.#writing;
  }

  async #writeOne(uid: string, count: Count): Promise<void> {
    const { requests } = count;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#addTo(uid, count.policy, requests);
        break;
      } catch (error) {
        if (isNotFound(error)) break;
        if (!isConflict(error) || tries >= MOST_TRIES) throw error;
      }
    }
    // More may have come meanwhile.
    count.requests -= requests;
    if (count.requests === 0) this.#counts.delete(uid);
  }

  async #addTo(uid: string, { kind, namespace, name }: PolicyView, requests: number): Promise<void> {
    const { client } = this.#options;
    const ref = { namespace, name };
    const { metadata, status } = objectSchema.parse(await client.get(policyResource(kind), ref));
    if (metadata.uid !== uid) return;
    const { resourceVersion } = metadata;
    const deniedRequests = (status?.deniedRequests ?? 0) + requests;
    const body = { metadata: { resourceVersion }, status: { deniedRequests } };
    const options = { fieldManager: FIELD_MANAGER };
    await client.mergePatch(policyResource(kind), { ...ref, subresource: 'status' }, body, options);
  }
}
