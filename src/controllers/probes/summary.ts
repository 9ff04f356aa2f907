import { REASONS, type Reason } from '../../api/reasons.ts';
import type { InstanceState, InstanceStatus } from '../../api/status.ts';
import type { PodVerdict } from './verdict.ts';

/** What a person wants to know first of an active probe. */
export interface Summary {
  readonly armed: boolean;
  readonly reason: Reason;
  readonly message: string;
  /** Nothing but a change of the object or of the workload will arm it. */
  readonly stalled: boolean;
  /** Some connected process has not answered yet. */
  readonly reconciling: boolean;
}

/** Reasons for which waiting helps: the probe arms itself when the cause passes. */
const PASSING: readonly Reason[] = [
  'RuntimeBusyDebugger',
  'FileNotLoaded',
  'ContextNotSupported',
  'FunctionNotFound',
  'NoSupportedRuntime',
  'AgentDisconnected',
  'Progressing',
];

/** Summarizes the verdicts of all matched pods in one reason: that of the armed ones if there are any, else the most telling. */
export function summarize(verdicts: readonly PodVerdict[], reasonOf: (instance: InstanceStatus) => Reason): Summary {
  const reconciling = verdicts.some(({ isSettled }) => !isSettled);
  if (verdicts.length === 0) {
    return {
      armed: false,
      reason: 'NoPodsMatched',
      message: REASONS.NoPodsMatched.means,
      stalled: false,
      reconciling,
    };
  }
  const armed = verdicts.filter(({ state }) => state === 'Armed');
  const instances = verdicts.flatMap((verdict) => verdict.instances);
  if (armed.length > 0) {
    const reason = armedReason(instances, reasonOf);
    const others = tally(
      verdicts.filter(({ state }) => state !== 'Armed').flatMap((verdict) => verdict.instances),
      reasonOf,
    );
    const message = `Armed in ${verdicts.length === 1 ? '1 pod' : `${armed.length} of ${verdicts.length} pods`}${others === '' ? '' : `; elsewhere ${others}`}.`;
    return { armed: true, reason, message, stalled: false, reconciling };
  }
  const reason = mostTelling(instances.map(reasonOf));
  const example = instances.find((instance) => reasonOf(instance) === reason);
  const detail = example?.message === undefined ? '' : ` ${example.podName}: ${example.message}`;
  const message = `${verdicts.length === 1 ? 'Not armed' : `Armed in none of ${verdicts.length} pods`}: ${tally(instances, reasonOf)}.${detail}`;
  const stalled = verdicts.every(({ state }) => state === 'Failed') && !reconciling;
  return { armed: false, reason, message, stalled, reconciling };
}

/** Being over the budget anywhere makes counts incomplete, so it is said before the plain `Armed`. */
function armedReason(instances: readonly InstanceStatus[], reasonOf: (instance: InstanceStatus) => Reason): Reason {
  const inCode: readonly InstanceState[] = ['Armed', 'Suspended'];
  const reasons = instances.filter(({ state }) => inCode.includes(state)).map(reasonOf);
  return (
    reasons.find((reason) => reason === 'BudgetExceeded') ?? reasons.find((reason) => reason !== 'Armed') ?? 'Armed'
  );
}

/** A failure says more than waiting; among equals, what most instances say. */
function mostTelling(reasons: readonly Reason[]): Reason {
  const failures = reasons.filter((reason) => !PASSING.includes(reason));
  if (failures.length > 0) return mostFrequent(failures);
  return PASSING.find((reason) => reasons.includes(reason)) ?? 'Progressing';
}

function mostFrequent(reasons: readonly Reason[]): Reason {
  const [first] = [...countBy(reasons)].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? 'Progressing';
}

function tally(instances: readonly InstanceStatus[], reasonOf: (instance: InstanceStatus) => Reason): string {
  const counts = [...countBy(instances.map(reasonOf))].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  return counts.map(([reason, count]) => (count === 1 ? reason : `${count} ${reason}`)).join(', ');
}

function countBy(reasons: readonly Reason[]): Map<Reason, number> {
  const counts = new Map<Reason, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
