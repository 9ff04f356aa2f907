import type { Decider } from '../decider.ts';

/** A probe reports so many hits over all processes, and no more. */
export const hitLimit: Decider = ({ hits, hitLimit: limit }) => {
  if (hits < limit) return undefined;
  return { reason: 'HitLimitReached', message: `The limit of ${limit} over all processes is reached`, stalled: false };
};
