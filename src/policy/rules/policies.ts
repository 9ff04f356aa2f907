import { describeDenial } from '../judge.ts';
import { describePolicy } from '../policy-view.ts';
import type { Rule } from '../rule.ts';

/** What the policies that govern the probe say; the first denial is told, and how many more there are. */
export const policies: Rule = ({ judgment }) => {
  switch (judgment?.outcome) {
    case 'Denied': {
      const [first, ...others] = judgment.denials;
      const more = others.length === 0 ? '' : ` And ${others.length} more.`;
      return { reason: 'PolicyDenied', message: `${describeDenial(first)}${more}`, stalled: true };
    }
    case 'Undecided': {
      const names = judgment.policies.map(describePolicy).join(', ') || 'the policies of its namespace';
      const message = `It is not known yet whether the requester may use ${names}`;
      return { reason: 'PolicyUndecided', message, stalled: false };
    }
    case 'Accepted': {
      const [stop] = judgment.stops;
      if (stop?.spec.stopped === undefined) return undefined;
      const message = `${describePolicy(stop)} has stopped all its probes: ${stop.spec.stopped.reason}`;
      return { reason: 'Stopped', message, stalled: false };
    }
    default:
      return undefined;
  }
};
