import { ONE_TIME_PREFIX, type OneTimeCredentials } from '../enrollment/one-time-credentials.ts';
import { SESSION_PREFIX, type SessionTokens } from '../enrollment/session-tokens.ts';
import { AuthenticationRefused, type Authenticator } from './authenticate.ts';
import type { AttachedIdentity, PodIdentity } from './identity.ts';

export interface UnionAuthenticatorOptions {
  readonly serviceAccounts: Pick<Authenticator, 'authenticate'>;
  readonly oneTime: Pick<OneTimeCredentials, 'use'>;
  readonly sessions: Pick<SessionTokens, 'read'>;
  /** Whether the pod with that name and UID runs, is not being deleted, and has that ephemeral container, which has not ended. */
  isPresent(identity: AttachedIdentity): boolean;
}

/**
 * Finds out which pod an agent speaks for, by whichever credential it has: an attached agent a one-time credential, then a session token; an
 * injected one the token of its pod's ServiceAccount.
 */
export class UnionAuthenticator {
  readonly #options: UnionAuthenticatorOptions;

  constructor(options: UnionAuthenticatorOptions) {
    this.#options = options;
  }

  /** @throws {AuthenticationRefused} */
  async authenticate(token: string): Promise<PodIdentity> {
    const { serviceAccounts, oneTime, sessions } = this.#options;
    if (token.startsWith(ONE_TIME_PREFIX)) return this.#present(oneTime.use(token));
    if (token.startsWith(SESSION_PREFIX)) return this.#present(sessions.read(token));
    return await serviceAccounts.authenticate(token);
  }

  /** The API server ends the tokens of a pod with the pod. For what it has not issued, this is asked instead; a one-time credential is used up before. */
  #present(identity: AttachedIdentity): AttachedIdentity {
    if (this.#options.isPresent(identity)) return identity;
    throw new AuthenticationRefused(403, 'the container of the credential does not run, or its pod is gone');
  }
}
