import type { Probe } from '../api/kinds.ts';

/** What somebody has ordered about the probes of a namespace, or of the cluster. */
export interface Policy {
  /** The probe with a spec that asks for the same or for less; the very same object where the policy has nothing to say. */
  narrow<P extends Probe>(probe: P): P;
}

/** No kind of policy can be created yet. */
export const NO_POLICIES: readonly Policy[] = [];

/**
 * The probe with the spec that counts, as its policies leave it, one after the other. Whoever sends a probe, measures it against its
 * limits or checks it asks here first. Without a policy it is the very same object.
 */
export function effectiveSpec<P extends Probe>(probe: P, policies: readonly Policy[]): P {
  return policies.reduce((narrowed, policy) => policy.narrow(narrowed), probe);
}
