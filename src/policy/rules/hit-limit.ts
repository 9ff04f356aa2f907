import type { Rule } from '../rule.ts';

/** A probe is over once all processes together have reported as many hits as its limit allows. */
export const hitLimit: Rule = ({ hits, hitLimit: limit }) => {
  if (hits < limit) return undefined;
  return { reason: 'HitLimitReached', message: `The limit of ${limit} over all processes is reached`, stalled: false };
};
