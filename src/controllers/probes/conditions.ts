import type { ConditionWish } from '../../api/conditions.ts';
import type { Probe } from '../../api/kinds.ts';
import type { Lifecycle } from './decide.ts';
import type { Summary } from './summary.ts';

export interface ConditionInput {
  readonly probe: Probe;
  readonly lifecycle: Lifecycle;
  /** Of the pods. For a probe that is not active only `reconciling` counts: whether it is still in some process. */
  readonly summary: Summary;
  /** ISO 8601. */
  readonly expirationTime: string;
}

/** All conditions of a probe, decided in one place from the lifecycle and the summary of its pods. */
export function conditionsOf({ probe, lifecycle, summary, expirationTime }: ConditionInput): ConditionWish[] {
  const { reason, message } = lifecycle.active ? summary : lifecycle;
  const armed = lifecycle.active && summary.armed;
  const stalled = lifecycle.active ? summary.stalled : lifecycle.stalled;
  const expired = !lifecycle.active && lifecycle.reason === 'Expired';
  const truth = (is: boolean) => (is ? 'True' : 'False');
  return [
    { type: 'Ready', status: truth(armed), reason, message },
    summary.reconciling
      ? { type: 'Reconciling', status: 'True', reason: 'Progressing', message: 'Some processes have not answered yet.' }
      : { type: 'Reconciling', status: 'False', reason, message: 'Every connected agent has answered.' },
    { type: 'Stalled', status: truth(stalled), reason, message },
    { type: 'Armed', status: truth(armed), reason, message },
    { type: 'PolicyAccepted', status: 'True', reason: 'PolicyAccepted', message: 'No policy forbids the probe.' },
    sinksResolved(probe),
    expired
      ? { type: 'Expired', status: 'True', reason: 'Expired', message }
      : { type: 'Expired', status: 'False', reason, message: `It expires at ${expirationTime}.` },
  ];
}

function sinksResolved(probe: Probe): ConditionWish {
  const names = (probe.spec.sinkRefs ?? []).map(({ kind, name }) => `${kind} ${name}`);
  if (names.length === 0) {
    return { type: 'SinksResolved', status: 'True', reason: 'SinksResolved', message: 'No sink is referred to.' };
  }
  const message = `Not found: ${names.join(', ')}. Results reach status and the log of the agent.`;
  return { type: 'SinksResolved', status: 'False', reason: 'SinkNotFound', message };
}
