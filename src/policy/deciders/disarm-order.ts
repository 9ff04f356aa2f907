import type { Decider } from '../decider.ts';

/** While Davylamp is uninstalled, or somebody orders it, no probe is in any process. */
export const disarmOrder: Decider = ({ disarmed }) => {
  if (disarmed === undefined) return undefined;
  const message = `Every probe is to be out of every process (${disarmed})`;
  return { reason: 'AllDisarmed', message, stalled: false };
};
