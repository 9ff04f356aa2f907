import { createHash, randomBytes } from 'node:crypto';
import { AuthenticationRefused } from '../agents/authenticate.ts';
import type { AttachedIdentity } from '../agents/identity.ts';

/** What every one-time credential begins with, so that it is recognized: by the gateway, and by who searches for secrets in a log. */
export const ONE_TIME_PREFIX = 'davylamp-once.';

/** How long a credential may be used: it is made when the agent's container runs, and the agent dials as soon as it has read it. */
const LIFETIME_MILLISECONDS = 60_000;
/** How long a credential is known after it was made, so that one that comes too late or again is told from one that never was. */
const REMEMBERED_MILLISECONDS = 3_600_000;
const MAX_ENTRIES = 10_000;
/** 256 bits in base64url. */
const TOKEN_LENGTH = ONE_TIME_PREFIX.length + 43;

export interface OneTimeCredentialsOptions {
  /** A credential was presented again after its one use: somebody has a copy of it, or the pod's agent did not hear that it was let in. */
  onReuse(identity: AttachedIdentity): void;
  /** Milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

interface Entry {
  readonly identity: AttachedIdentity;
  readonly issuedAt: number;
  isUsed: boolean;
}

/**
 * Credentials with which an attached agent connects for the first time. Each is good for one pod, once, for a minute. Only their hashes are
 * kept, in this process alone: those of a replica that ended or no longer leads are void.
 */
export class OneTimeCredentials {
  readonly #options: OneTimeCredentialsOptions;
  readonly #now: () => number;
  /** By hash, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  /** Hash of the unused credential of each pod. */
  readonly #unused = new Map<string, string>();

  constructor(options: OneTimeCredentialsOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Makes a credential for the pod of `identity`; an earlier one that was not used is void from then on. */
  issue(identity: AttachedIdentity): string {
    const token = ONE_TIME_PREFIX + randomBytes(32).toString('base64url');
    const hash = hashOf(token);
    const earlier = this.#unused.get(identity.podUID);
    if (earlier !== undefined) this.#forget(earlier);
    this.#entries.set(hash, { identity, issuedAt: this.#now(), isUsed: false });
    this.#unused.set(identity.podUID, hash);
    this.#forgetOld();
    return token;
  }

  /** Uses the credential up. @throws {AuthenticationRefused} when it may not be used, or was. */
  use(token: string): AttachedIdentity {
    const hash = token.length === TOKEN_LENGTH ? hashOf(token) : '';
    const entry = this.#entries.get(hash);
    if (entry === undefined) throw new AuthenticationRefused(401, 'the one-time credential is not known here');
    const { identity } = entry;
    if (entry.isUsed) {
      this.#options.onReuse(identity);
      throw new AuthenticationRefused(401, 'the one-time credential was used before');
    }
    if (this.#now() >= entry.issuedAt + LIFETIME_MILLISECONDS) {
      throw new AuthenticationRefused(401, 'the one-time credential has expired');
    }
    entry.isUsed = true;
    this.#unused.delete(identity.podUID);
    return identity;
  }

  #forgetOld(): void {
    const oldest = this.#now() - REMEMBERED_MILLISECONDS;
    for (const [hash, { issuedAt }] of this.#entries) {
      if (issuedAt > oldest && this.#entries.size <= MAX_ENTRIES) return;
      this.#forget(hash);
    }
  }

  #forget(hash: string): void {
    const entry = this.#entries.get(hash);
    this.#entries.delete(hash);
    if (entry !== undefined && this.#unused.get(entry.identity.podUID) === hash) {
      this.#unused.delete(entry.identity.podUID);
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
