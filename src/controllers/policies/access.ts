import { z } from 'zod';
import { GROUP } from '../../api/kinds.ts';
import { POLICY_RESOURCES } from '../../api/resources.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ConcurrencyLimit } from '../../kube/concurrency-limit.ts';
import { SUBJECT_ACCESS_REVIEWS } from '../../kube/resource.ts';
import type { PolicyView } from '../../policy/policy-view.ts';
import type { Requester } from '../../policy/requester.ts';

/** The verbs of RBAC that policies know. */
export type PolicyVerb = 'use' | 'approve';

/** A question to the API server's authorizer. */
export interface AccessQuestion {
  readonly requester: Requester;
  readonly verb: PolicyVerb;
  readonly policy: PolicyView;
  /** Namespace of the probe, also for a policy of the cluster: so a RoleBinding can grant it there. */
  readonly namespace: string;
}

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

interface Answer {
  allowed: boolean | undefined;
  /** Milliseconds since 1970. */
  askedAt: number;
  pending: Promise<boolean> | undefined;
}

/** How often it is looked whether rights have changed on which running probes rely; that cannot be watched. */
export const RECHECK_MS = 10_000;
/** What is older is asked for again then. */
const OLD_MS = RECHECK_MS / 2;
/** Admission relies on answers that are no older. */
const FRESH_MS = 5_000;
const RETRY_MS = 2_000;
const MOST_ANSWERS = 10_000;
const CONCURRENT_REVIEWS = 16;

/**
 * Who may use or approve by which policy, as SubjectAccessReviews say. `get` tells at once what is known, and asks anew what is old: the
 * answer that changed something is told to `onChange`. An error changes nothing, and is asked again.
 */
export class Access {
  readonly #client: Pick<KubeClient, 'create'>;
  readonly #onChange: (question: AccessQuestion) => void;
  readonly #onError: (error: unknown) => void;
  readonly #now: () => number;
  readonly #answers = new Map<string, Answer>();
  readonly #reviews = new ConcurrencyLimit(CONCURRENT_REVIEWS);

  constructor(options: {
    client: Pick<KubeClient, 'create'>;
    onChange(question: AccessQuestion): void;
    onError(error: unknown): void;
    now?: () => number;
  }) {
    this.#client = options.client;
    this.#onChange = options.onChange;
    this.#onError = options.onError;
    this.#now = options.now ?? Date.now;
  }

  /** Undefined while it is not known. */
  get(question: AccessQuestion): boolean | undefined {
    const answer = this.#answerTo(question);
    const age = this.#now() - answer.askedAt;
    if (answer.pending === undefined && age > (answer.allowed === undefined ? RETRY_MS : OLD_MS)) {
      void this.#ask(question, answer).catch(() => undefined);
    }
    return answer.allowed;
  }

  /** @throws ApiError where the API server could not be asked. */
  async know(question: AccessQuestion): Promise<boolean> {
    const answer = this.#answerTo(question);
    if (answer.pending !== undefined) return answer.pending;
    const isFresh = answer.allowed !== undefined && this.#now() - answer.askedAt <= FRESH_MS;
    return isFresh && answer.allowed !== undefined ? answer.allowed : this.#ask(question, answer);
  }

  #answerTo(question: AccessQuestion): Answer {
    const key = keyOf(question);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size < MOST_ANSWERS) break;
      this.#answers.delete(oldest);
    }
    const fresh: Answer = { allowed: undefined, askedAt: Number.NEGATIVE_INFINITY, pending: undefined };
    this.#answers.set(key, fresh);
    return fresh;
  }

  #ask(question: AccessQuestion, answer: Answer): Promise<boolean> {
    answer.askedAt = this.#now();
    answer.pending = this.#reviews.run(() => this.#review(question));
    return answer.pending.then(
      (allowed) => {
        answer.pending = undefined;
        const isNews = answer.allowed !== allowed;
        answer.allowed = allowed;
        if (isNews) this.#onChange(question);
        return allowed;
      },
      (error: unknown) => {
        answer.pending = undefined;
        this.#onError(error);
        throw error;
      },
    );
  }

  async #review({ requester, verb, policy, namespace }: AccessQuestion): Promise<boolean> {
    const { username: user, uid, groups } = requester;
    const resourceAttributes = {
      group: GROUP,
      resource: POLICY_RESOURCES[policy.kind].plural,
      name: policy.name,
      verb,
      namespace,
    };
    const spec = { user, uid, groups, resourceAttributes };
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
    return reviewSchema.parse(await this.#client.create(SUBJECT_ACCESS_REVIEWS, {}, body)).status.allowed;
  }
}

function keyOf({ requester, verb, policy, namespace }: AccessQuestion): string {
  const { username, uid, groups } = requester;
  return JSON.stringify([verb, policy.kind, policy.namespace, policy.name, namespace, username, uid, groups]);
}
