import type { DesiredCondition } from '../../../api/conditions.ts';
import type { Probe } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import type { Judgment } from '../../../policy/judge.ts';
import { policyCondition } from './policy.ts';
import type { Summary } from './summary.ts';

export interface ConditionInput {
  readonly probe: Probe;
  readonly judgment: Judgment;
  /** Whether the probe is to be in any process at all. */
  readonly active: boolean;
  readonly summary: Summary;
  /** ISO 8601; undefined for a standing probe. */
  readonly expirationTime: string | undefined;
}

/** With which a probe has done its work: whoever waits for it, as GitOps tools do by the rules of kstatus, need not wait any longer. */
const DONE: readonly Reason[] = ['Expired', 'HitLimitReached'];

/** All conditions of a probe, decided in one place from the lifecycle and the summary of its pods. */
export function conditionsOf({ probe, judgment, active, summary, expirationTime }: ConditionInput): DesiredCondition[] {
  const { armed, reason, message, stalled, everywhere } = summary;
  const expired = !active && reason === 'Expired';
  const isDone = !active && !summary.reconciling && DONE.includes(reason);
  const truth = (is: boolean) => (is ? 'True' : 'False');
  return [
    { type: 'Ready', status: truth(armed || isDone), reason, message },
    summary.reconciling
      ? { type: 'Reconciling', status: 'True', reason: 'Progressing', message: 'Some processes have not answered yet.' }
      : { type: 'Reconciling', status: 'False', reason, message: 'Every connected agent has answered.' },
    { type: 'Stalled', status: truth(stalled), reason, message },
    { type: 'Armed', status: truth(armed), reason, message },
    { type: 'ArmedEverywhere', status: truth(everywhere.is), reason: everywhere.reason, message: everywhere.message },
    policyCondition(judgment),
    sinksResolved(probe),
    expired
      ? { type: 'Expired', status: 'True', reason: 'Expired', message }
      : { type: 'Expired', status: 'False', reason: 'NotExpired', message: notExpired(expirationTime) },
  ];
}

function notExpired(expirationTime: string | undefined): string {
  return expirationTime === undefined ? 'It stands: it has no end.' : `It expires at ${expirationTime}.`;
}

function sinksResolved(probe: Probe): DesiredCondition {
  const names = (probe.spec.sinkRefs ?? []).map(({ kind, name }) => `${kind} ${name}`);
  if (names.length === 0) {
    return { type: 'SinksResolved', status: 'True', reason: 'SinksResolved', message: 'No sink is referred to.' };
  }
  const message = `Not found: ${names.join(', ')}. Results reach status and the log of the agent.`;
  return { type: 'SinksResolved', status: 'False', reason: 'SinkNotFound', message };
}
