import type { Logger } from 'pino';
import { z } from 'zod';
import { isAlreadyExists, isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { SECRETS } from '../../kube/resource.ts';
import { Authority } from './authority.ts';
import { AUTHORITY_SECRET, ROTATE_ANNOTATION } from './authority-secret.ts';

/** An authority gets its successor when the last third of its validity begins. */
const RENEWAL_SHARE = 2 / 3;
/** How long predecessors are kept at least: pods that were injected just before a rotation are in no cache yet. */
const OVERLAP_MILLISECONDS = 3_600_000;

const metadataSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

export interface AuthorityKeeperOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly log: Logger;
  /** Whether a pod trusts one of the earlier authorities and not the present one; by their fingerprints. */
  isNeeded(earlier: ReadonlySet<string>, present: string): boolean;
  /** The authority, or the predecessors that are trusted beside it, have changed. */
  onChanged(authority: Authority): void | Promise<void>;
  readonly now?: () => number;
}

/**
 * Keeps the Secret and the authority of this replica the same. A Secret that was deleted is written again, because every running pod
 * trusts its authority; one that was changed, by another replica or from a backup, is taken over; one whose authority is to be rotated gets
 * the next. Each write names the version that was read, so that only one of several replicas succeeds.
 */
export class AuthorityKeeper {
  readonly #options: AuthorityKeeperOptions;
  #held: Authority;

  constructor(held: Authority, options: AuthorityKeeperOptions) {
    this.#held = held;
    this.#options = options;
  }

  get authority(): Authority {
    return this.#held;
  }

  /** Compares with the Secret once; called so often that replicas do not differ for long. @throws ApiError, {@link AuthorityUnusable} */
  async look(): Promise<void> {
    const { client, namespace, log } = this.#options;
    const ref = { namespace, name: AUTHORITY_SECRET };
    let secret: unknown;
    try {
      secret = await client.get(SECRETS, ref);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await client.create(SECRETS, { namespace }, this.#held.toSecret(namespace)).catch((failure: unknown) => {
        if (!isAlreadyExists(failure)) throw failure;
      });
      log.warn(
        { secret: ref },
        'the Secret of the authority was deleted and is there again: pods that run trust no other',
      );
      return;
    }
    const found = await Authority.fromSecret(secret, namespace);
    if (!found.equals(this.#held)) await this.#take(found);
    const { metadata } = metadataSchema.parse(secret);
    const next = await this.#next(metadata.annotations);
    if (next === undefined) return;
    const body = next.toSecret(namespace, metadata.resourceVersion);
    try {
      await client.replace(SECRETS, ref, body);
    } catch (error) {
      // Another replica was faster; the next look takes its authority over.
      if (isConflict(error) || isNotFound(error)) return;
      throw error;
    }
    await this.#take(next);
  }

  async #take(authority: Authority): Promise<void> {
    const before = this.#held;
    this.#held = authority;
    try {
      await this.#options.onChanged(authority);
    } catch (error) {
      // So that the next look finds the difference again and repeats this.
      this.#held = before;
      throw error;
    }
    const { fingerprint, predecessors } = authority;
    this.#options.log.info(
      { fingerprint, predecessors: predecessors.length },
      'certificates come from another authority now',
    );
  }

  async #next(annotations: Record<string, string> | undefined): Promise<Authority | undefined> {
    const now = (this.#options.now ?? Date.now)();
    const { notBefore, notAfter, predecessors, fingerprint } = this.#held;
    const order = annotations?.[ROTATE_ANNOTATION];
    const due = notBefore.getTime() + (notAfter.getTime() - notBefore.getTime()) * RENEWAL_SHARE;
    if ((order !== undefined && order !== 'false') || now >= due) return await this.#held.successor();
    if (predecessors.length === 0 || now < notBefore.getTime() + OVERLAP_MILLISECONDS) return undefined;
    const earlier = new Set([...this.#held.fingerprints].filter((one) => one !== fingerprint));
    return this.#options.isNeeded(earlier, fingerprint) ? undefined : await this.#held.alone();
  }
}
