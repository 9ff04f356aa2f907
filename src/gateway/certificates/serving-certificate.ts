import type { Authority, Leaf } from './authority.ts';

/** How often it is checked whether a leaf needs renewal. One timer for the whole time would exceed the limit of Node.js timers. */
const CHECK_MILLISECONDS = 3_600_000;

/** Names under which the operator's servers are reached; one leaf serves both. */
export function servingNames(namespace: string): string[] {
  return ['davylamp-gateway', 'davylamp-webhook'].flatMap((service) => [
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ]);
}

/** A leaf is renewed when two thirds of its validity have passed. */
export function needsRenewal(leaf: Pick<Leaf, 'notBefore' | 'notAfter'>, now: number): boolean {
  const begin = leaf.notBefore.getTime();
  return now >= begin + ((leaf.notAfter.getTime() - begin) * 2) / 3;
}

export interface ServingCertificateOptions {
  /** The authority that issues the next leaf. */
  authority(): Authority;
  readonly dnsNames: readonly string[];
  readonly signal: AbortSignal;
  /** Called with every leaf after the first. */
  onRenewed(leaf: Leaf): void;
  /** Called when renewal failed; the next check tries again. */
  onError(error: unknown): void;
}

/**
 * Issues the first leaf and goes on to renew it until `signal` aborts.
 * @returns the first leaf, and `renew`, to be called when the authority has changed.
 */
export async function keepServingCertificate(
  options: ServingCertificateOptions,
): Promise<{ first: Leaf; renew(): Promise<void> }> {
  const { authority, dnsNames, signal } = options;
  const first = await authority().issue(dnsNames);
  let current = first;
  const renew = async (): Promise<void> => {
    current = await authority().issue(dnsNames);
    if (!signal.aborted) options.onRenewed(current);
  };
  const timer = setInterval(async () => {
    if (needsRenewal(current, Date.now())) await renew().catch(options.onError);
  }, CHECK_MILLISECONDS);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return { first, renew };
}
