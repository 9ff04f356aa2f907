import { REASONS } from '../../api/reasons.ts';
import { MAX_MESSAGE } from '../../protocol/limits.ts';
import { describeEnforcement, lackingFor } from '../../protocol/needed-enforcement.ts';
import type { ProbeState, ProcessInfo } from '../../protocol/state.ts';
import type { WireProbe } from '../../protocol/wire-probe.ts';

/** Whether the process's runtime enforces all that keeps something of the probe from being seen; else it must not get it. */
export function isEnforcedBy(probe: WireProbe, { enforces }: ProcessInfo): boolean {
  return lackingFor(probe, enforces).length === 0;
}

/**
 * The states of the probes that the process does not get, being too old for them.
 * @param probes that are meant for the process.
 * @param reported what its runtime says. A probe that is among it came before it needed anything; what is said of it counts until it is out.
 */
export function refusedStates(
  probes: readonly WireProbe[],
  { enforces }: ProcessInfo,
  reported: readonly ProbeState[],
): ProbeState[] {
  return probes.flatMap((probe) => {
    const { uid, generation } = probe;
    const lacking = lackingFor(probe, enforces);
    if (lacking.length === 0 || reported.some((state) => state.uid === uid)) return [];
    const what = `The runtime in the process is of an older version and does not enforce ${describeEnforcement(lacking)}.`;
    const message = `${what} ${REASONS.RuntimeTooOld.do}`.slice(0, MAX_MESSAGE);
    return [{ uid, generation, state: 'Failed', reason: 'RuntimeTooOld', message, hits: 0, dropped: [] }];
  });
}
