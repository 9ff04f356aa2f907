import type { Rule } from '../rule.ts';

/** While there is an order to disarm, as when Davylamp is uninstalled, no probe may be in any process. */
export const disarmAll: Rule = ({ disarmed }) => {
  if (disarmed === undefined) return undefined;
  const message = `Every probe is to be out of every process (${disarmed})`;
  return { reason: 'AllDisarmed', message, stalled: false };
};
