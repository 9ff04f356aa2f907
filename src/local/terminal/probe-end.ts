import { countResults } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import type { SessionProbe } from '../session.ts';
import { displayedState, failureOf } from './displayed-state.ts';

/** What became of a probe, in one sentence, at the end of the run. */
export function endOf(probe: SessionProbe): string {
  const count = countResults(probe.probe.kind, probe.hits);
  const dropped = dropsOf(probe);
  const told = `${count}${dropped === '' ? '' : `; dropped ${dropped}`}`;
  if (probe.ended !== undefined || probe.hits > 0) return told;
  const state = displayedState({ ...probe, processes: probe.lastProcesses });
  if (state === undefined) return 'no process took it before the end';
  if (state.mark === 'waiting' || state.mark === 'failed') return `never armed: ${state.text}`;
  if (state.mark === 'paused') return `${told}; ${state.text}`;
  const failure = failureOf(probe.lastProcesses.map(({ state }) => state));
  if (dropped !== '') return failure === undefined ? told : `${told}: ${failure.text.replace(/^\w+: /, '')}`;
  const { condition } = probe.probe.spec;
  return condition === undefined
    ? `${count}: armed, but the line was not reached`
    : `${count}: armed, but the line was not reached with a condition that is true`;
}

/** How many hits became no result, by reason: `3 (RateLimited)`. */
function dropsOf({ lastProcesses }: SessionProbe): string {
  const counts = new Map<Reason, number>();
  for (const { reason, count } of lastProcesses.flatMap(({ state }) => state.dropped)) {
    counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return [...counts].map(([reason, count]) => `${count} (${reason})`).join(', ');
}
