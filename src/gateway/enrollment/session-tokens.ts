import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AuthenticationRefused } from '../agents/authenticate.ts';
import type { AttachedIdentity } from '../agents/identity.ts';

/** What every session token begins with. */
export const SESSION_PREFIX = 'davylamp-session.';
/** What the key of the tokens is derived for. Another form of token needs another purpose. */
export const SESSION_KEY_PURPOSE = 'davylamp session tokens 1';

/** A pod that its agent loses for longer is attached to anew. */
const LIFETIME_SECONDS = 3600;
/** Longest token; the frame that carries it has the same bound. */
const MAX_TOKEN_LENGTH = 2048;
/** HMAC-SHA256 in base64url. */
const MAC_LENGTH = 43;

/** Bounds of Kubernetes for the names. Short members, as each token is one header of a request. */
const payloadSchema = z.strictObject({
  v: z.literal(1),
  ns: z.string().min(1).max(63),
  pod: z.string().min(1).max(253),
  uid: z.string().min(1).max(64),
  container: z.string().min(1).max(63),
  /** Seconds since 1970. */
  exp: z.int(),
});

export interface SessionTokensOptions {
  /** The key that counts now: {@link Authority.deriveKey} for {@link SESSION_KEY_PURPOSE}. */
  key(): Buffer;
  /** Milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Tokens with which an attached agent that was let in once comes back: after a cut, to a restarted operator, to another replica. Nothing is
 * kept of them; all replicas have the key, which comes from the certificate authority that they share.
 *
 * When the authority is rotated, its new key counts at once. Agents with a token of the old one are refused when they come back, and end;
 * those that stay connected get a token of the new one in time.
 */
export class SessionTokens {
  readonly #options: SessionTokensOptions;
  readonly #now: () => number;

  constructor(options: SessionTokensOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  issue({ namespace, podName, podUID, containerName }: AttachedIdentity): string {
    const payload: z.infer<typeof payloadSchema> = {
      ...{ v: 1, ns: namespace, pod: podName, uid: podUID, container: containerName },
      exp: Math.floor(this.#now() / 1000) + LIFETIME_SECONDS,
    };
    const signed = SESSION_PREFIX + Buffer.from(JSON.stringify(payload)).toString('base64url');
    return `${signed}.${this.#mac(signed)}`;
  }

  /** @throws {AuthenticationRefused} */
  read(token: string): AttachedIdentity {
    const payload = this.#payloadOf(token);
    if (payload === undefined) throw new AuthenticationRefused(401, 'the session token is not one of this gateway');
    const { ns, pod, uid, container, exp } = payload;
    if (this.#now() >= exp * 1000) throw new AuthenticationRefused(401, 'the session token has expired');
    return { namespace: ns, podName: pod, podUID: uid, containerName: container };
  }

  /** Nothing is parsed before its length and its signature are right. */
  #payloadOf(token: string): z.infer<typeof payloadSchema> | undefined {
    const end = token.length - MAC_LENGTH - 1;
    if (token.length > MAX_TOKEN_LENGTH || end < SESSION_PREFIX.length || token[end] !== '.') return undefined;
    const signed = token.slice(0, end);
    // Texts are compared, not the bytes that they stand for: several texts in base64url stand for the same bytes.
    const given = Buffer.from(token.slice(end + 1));
    const wanted = Buffer.from(this.#mac(signed));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    const text = Buffer.from(signed.slice(SESSION_PREFIX.length), 'base64url').toString();
    return payloadSchema.safeParse(JSON.parse(text)).data;
  }

  #mac(signed: string): string {
    return createHmac('sha256', this.#options.key()).update(signed).digest('base64url');
  }
}
