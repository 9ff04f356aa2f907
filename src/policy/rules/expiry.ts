import type { Rule } from '../rule.ts';

/** A probe may be in processes until it expires. */
export const expiry: Rule = ({ now, expireTime }) => {
  if (now < expireTime) return undefined;
  return { reason: 'Expired', message: `Expired at ${new Date(expireTime).toISOString()}`, stalled: false };
};
