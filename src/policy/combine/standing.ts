import type { Probe } from '../../api/kinds.ts';
import { describePolicy, type PolicyView } from '../policy-view.ts';
import type { Denial } from './rules.ts';

/** A probe without an end needs a policy that allows it, and none that forbids it. One that bounds the time to live must itself allow it. */
export function deniedStanding({ spec }: Pick<Probe, 'spec'>, policies: readonly PolicyView[]): Denial[] {
  if (spec.standing !== true) return [];
  const field = 'spec.standing';
  const instead = 'give spec.ttlSeconds in the place of spec.standing';
  const denials = policies.flatMap((policy) => {
    const { standing, maxima } = policy.spec;
    const message =
      standing === 'Forbidden'
        ? 'a probe without an end is not allowed'
        : standing === undefined && maxima?.ttlSeconds !== undefined
          ? `it must end after ${maxima.ttlSeconds} s at most`
          : undefined;
    return message === undefined ? [] : [{ policy: describePolicy(policy), field, message: `${message}; ${instead}` }];
  });
  if (denials.length > 0 || policies.some((policy) => policy.spec.standing === 'Allowed')) return denials;
  const [first] = policies;
  const policy = first === undefined ? 'no policy' : describePolicy(first);
  return [{ policy, field, message: `no policy allows a probe without an end; ${instead}` }];
}
