import type { Probe } from '../api/kinds.ts';

/** A policy for the probes of a namespace or of the cluster. */
export interface Policy {
  /** The probe with a spec that asks for the same or less; the same object where the policy changes nothing. */
  narrow<P extends Probe>(probe: P): P;
}

/** No kind of policy can be created yet. */
export const NO_POLICIES: readonly Policy[] = [];

/**
 * The probe with the spec that counts: each policy narrows it in turn. It must be called before a probe is sent, checked or measured
 * against its limits. Without a policy the result is the same object.
 */
export function effectiveSpec<P extends Probe>(probe: P, policies: readonly Policy[]): P {
  return policies.reduce((narrowed, policy) => policy.narrow(narrowed), probe);
}
