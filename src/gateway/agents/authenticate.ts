import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { KubeClient } from '../../kube/client.ts';
import { ConcurrencyLimit } from '../../kube/concurrency-limit.ts';
import { TOKEN_REVIEWS } from '../../kube/resource.ts';
import { GATEWAY_AUDIENCE } from '../../protocol/gateway-messages.ts';
import type { PodIdentity } from './identity.ts';

export type { PodIdentity } from './identity.ts';

/**
 * A token is reviewed once in this time, however often its agent dials. A revoked token is accepted for so long, and for the ten
 * seconds for which the API server caches its answer.
 */
const CACHE_MILLISECONDS = 10_000;
const CACHE_ENTRIES = 20_000;
const MAX_TOKEN_LENGTH = 16_384;
/** Requests that the API server takes from one client at a time without making it wait; thousands of agents may come back at once. */
const MAX_REVIEWS_AT_A_TIME = 64;
const POD_NAME = 'authentication.kubernetes.io/pod-name';
const POD_UID = 'authentication.kubernetes.io/pod-uid';

/**
 * The connection is refused. `status` is the HTTP status of the answer: 401 for a token that is not valid (wrong audience, expired, used,
 * no token), 403 for a valid one that is not bound to a pod or whose pod is gone, 503 when the API server could not be asked.
 */
export class AuthenticationRefused extends Error {
  readonly status: 401 | 403 | 503;

  constructor(status: 401 | 403 | 503, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

const reviewSchema = z.object({
  status: z.object({
    authenticated: z.boolean().default(false),
    error: z.string().optional(),
    audiences: z.array(z.string()).default([]),
    user: z
      .object({ username: z.string().default(''), extra: z.record(z.string(), z.array(z.string())).default({}) })
      .default({ username: '', extra: {} }),
  }),
});

/** Finds out by a TokenReview of the API server which pod a token belongs to, or why it is refused. */
export class Authenticator {
  readonly #client: KubeClient;
  readonly #now: () => number;
  readonly #answers = new Map<string, { asked: { until: number }; identity: Promise<PodIdentity> }>();
  readonly #reviews = new ConcurrencyLimit(MAX_REVIEWS_AT_A_TIME);

  constructor(client: KubeClient, now: () => number = Date.now) {
    this.#client = client;
    this.#now = now;
  }

  /** @throws {AuthenticationRefused} */
  authenticate(token: string): Promise<PodIdentity> {
    // The cache has the hash, so that no token stays in memory longer than its request.
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.#answers.get(key);
    if (known !== undefined && known.asked.until > this.#now()) return known.identity;
    // No end while the review waits for its turn, so that an agent that dials again waits for the same review.
    const asked = { until: Number.POSITIVE_INFINITY };
    const identity = this.#reviews.run(() => {
      asked.until = this.#now() + CACHE_MILLISECONDS;
      return this.#review(token);
    });
    this.#answers.delete(key);
    this.#answers.set(key, { asked, identity });
    identity.catch((error: unknown) => {
      // If the API server could not be asked, the next attempt asks again; a refusal is cached.
      if (!(error instanceof AuthenticationRefused) || error.status === 503) this.#answers.delete(key);
    });
    this.#forgetOld();
    return identity;
  }

  async #review(token: string): Promise<PodIdentity> {
    if (token === '' || token.length > MAX_TOKEN_LENGTH) throw new AuthenticationRefused(401, 'no usable token');
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [GATEWAY_AUDIENCE] },
    };
    let answer: unknown;
    try {
      answer = await this.#client.create(TOKEN_REVIEWS, {}, body);
    } catch (cause) {
      throw new AuthenticationRefused(503, 'the API server could not be asked about the token', { cause });
    }
    const parsed = reviewSchema.safeParse(answer);
    if (!parsed.success) throw new AuthenticationRefused(503, 'the API server answered with something else');
    return podIdentity(parsed.data.status);
  }

  #forgetOld(): void {
    for (const [key, { asked }] of this.#answers) {
      if (asked.until > this.#now() && this.#answers.size <= CACHE_ENTRIES) return;
      this.#answers.delete(key);
    }
  }
}

function podIdentity(status: z.infer<typeof reviewSchema>['status']): PodIdentity {
  if (!status.authenticated) {
    throw new AuthenticationRefused(
      401,
      `the token is not valid: ${status.error ?? 'the API server does not say why'}`,
    );
  }
  // An API server that does not support audiences authenticates the token for its own audience and names none.
  if (!status.audiences.includes(GATEWAY_AUDIENCE)) {
    throw new AuthenticationRefused(401, `the token is not for the audience ${GATEWAY_AUDIENCE}`);
  }
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(status.user.username) ?? [];
  const [podName] = status.user.extra[POD_NAME] ?? [];
  const [podUID] = status.user.extra[POD_UID] ?? [];
  if (!namespace || !podName || !podUID) {
    throw new AuthenticationRefused(403, 'the token is not bound to a pod');
  }
  return { namespace, podName, podUID };
}
