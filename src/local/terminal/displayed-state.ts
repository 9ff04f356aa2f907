import { countResults } from '../../api/kinds.ts';
import { REASONS, type Reason } from '../../api/reasons.ts';
import { OVER_PROCESS_BUDGET } from '../../protocol/budget-message.ts';
import type { ProbeState } from '../../protocol/state.ts';
import type { SessionProbe } from '../session.ts';

/** The state of a probe over all processes, in one mark and one sentence. */
export interface DisplayedState {
  readonly mark: 'armed' | 'waiting' | 'failed' | 'paused' | 'ended';
  readonly text: string;
  readonly reason?: Reason;
  /** Where the probe is bound. */
  readonly location?: string;
}

/**
 * The most informative state wins: armed in one process counts more than waiting in another (an npm or a shell in between
 * never loads the file). Undefined while there is nothing to say.
 */
export function displayedState({ probe, hits, ended, processes }: SessionProbe): DisplayedState | undefined {
  const states = processes.map(({ state }) => state);
  const location = states.find((state) => state.location !== undefined)?.location;
  if (ended === 'Expired') return { mark: 'ended', text: `expired after ${probe.spec.ttlSeconds} s`, location };
  if (ended === 'HitLimitReached') {
    return { mark: 'ended', text: `done: ${countResults(probe.kind, hits)} taken, out of the code`, location };
  }
  const of = (name: ProbeState['state']): ProbeState | undefined => states.find(({ state }) => state === name);
  const armed = of('Armed');
  const suspended = of('Suspended');
  // A sampled probe goes in and out of the code several times a second, which people see as one state.
  const sampled = [armed, suspended].find((state) => state?.reason === 'Sampled' || state?.reason === 'BudgetExceeded');
  if (sampled !== undefined) {
    const budget = probe.spec.limits.cpuMillisecondsPerSecond;
    const text = sampled.message?.includes(OVER_PROCESS_BUDGET)
      ? `sampled: ${OVER_PROCESS_BUDGET}`
      : `sampled: it costs more than its CPU budget of ${budget} ms per second (spec.limits)`;
    return { mark: 'paused', text, reason: 'Sampled', location };
  }
  if (armed !== undefined) {
    if (armed.reason !== 'Armed') return { mark: 'paused', ...explain(armed), location };
    const count = states.filter(({ state }) => state === 'Armed').length;
    const where = count === 1 ? 'armed' : `armed in ${count} processes`;
    const failure = hits === 0 ? failureOf(states) : undefined;
    return {
      mark: 'armed',
      text: failure === undefined ? where : `${where}, but no hit counts: ${failure.text}`,
      location,
    };
  }
  if (suspended !== undefined) return { mark: 'paused', ...explain(suspended), location };
  const waiting = of('Waiting');
  const failed = of('Failed');
  if (failed !== undefined) return { mark: 'failed', ...explain(failed) };
  if (waiting !== undefined) return { mark: 'waiting', ...explain(waiting) };
  return undefined;
}

/** Why hits whose condition cannot be evaluated do not count, and how many there were. */
export function failureOf(
  states: readonly ProbeState[],
): { readonly text: string; readonly count: number } | undefined {
  for (const { message = '' } of states) {
    const found = /^(\w+: the condition: .*?) \((\d+) hits?\)(?:; .*)?$/s.exec(message);
    if (found?.[1] !== undefined) return { text: found[1], count: Number(found[2]) };
  }
  return undefined;
}

const explain = ({ reason, message }: ProbeState): { text: string; reason: Reason } => ({
  reason,
  text: `${reason}: ${message ?? REASONS[reason].means}`,
});
