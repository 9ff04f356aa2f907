import type { Decider } from '../decider.ts';

/** A probe lives until its time is over. */
export const expiry: Decider = ({ now, expireTime }) => {
  if (now < expireTime) return undefined;
  return { reason: 'Expired', message: `Expired at ${new Date(expireTime).toISOString()}`, stalled: false };
};
