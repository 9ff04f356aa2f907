import { REQUESTED_BY, REQUESTED_BY_GROUPS, REQUESTED_BY_UID } from '../api/annotations.ts';
import type { ObjectMeta } from '../api/kubernetes.ts';
import type { HoldsUse } from './governs.ts';
import type { PolicyView } from './policy-view.ts';

/** Who asked for a probe, as the API server authenticated them when the spec was written. */
export interface Requester {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
}

/** @returns undefined for an object from before requesters were recorded. */
export function requesterOf({ annotations = {} }: Pick<ObjectMeta, 'annotations'>): Requester | undefined {
  const username = annotations[REQUESTED_BY];
  if (username === undefined || username === '') return undefined;
  const groups = annotations[REQUESTED_BY_GROUPS] ?? '';
  return { username, uid: annotations[REQUESTED_BY_UID], groups: groups === '' ? [] : groups.split('\n') };
}

/** The annotations that say this; for {@link requesterOf}. */
export function annotationsOf({ username, uid, groups }: Requester): Record<string, string> {
  return {
    [REQUESTED_BY]: username,
    ...(uid !== undefined && uid !== '' && { [REQUESTED_BY_UID]: uid }),
    ...(groups.length > 0 && { [REQUESTED_BY_GROUPS]: groups.join('\n') }),
  };
}

/**
 * Whether a requester holds the verb `use`, as `ask` knows it. One that is unknown may be anybody: policies for users govern it, and those
 * that are for their users only deny it.
 */
export function holdsUseOf(
  requester: Requester | undefined,
  ask: (requester: Requester, policy: PolicyView) => boolean | undefined,
): HoldsUse {
  if (requester === undefined) return ({ spec }) => spec.requesters === 'Users';
  return (policy) => ask(requester, policy);
}
