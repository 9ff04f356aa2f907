import { type DesiredCondition, mergeConditions } from '../../api/conditions.ts';
import { cutText } from '../../api/cut-text.ts';
import type { PolicyStatus } from '../../api/policy.ts';
import { timeOf } from '../../kube/time.ts';
import { problemOf } from '../../policy/check-policy.ts';
import type { Conflict } from '../../policy/conflicts.ts';
import { endSentence } from '../../policy/one-line.ts';
import type { PolicyObject } from './policy-object.ts';
import type { PolicyCounts } from './tally.ts';

/** The part of a policy's status that the leader writes; every replica adds to deniedRequests (denied-requests.ts). */
export type LedStatus = Omit<PolicyStatus, 'deniedRequests'>;

export interface StopFacts {
  /** Since when this operator knows it as stopped, milliseconds since 1970. */
  readonly since: number;
  /** Whether status is of an earlier stop, between which and this one probes were let in. */
  readonly isAgain: boolean;
}

export interface PolicyStatusInput {
  readonly object: PolicyObject;
  /** The status that it has. */
  readonly base: LedStatus | undefined;
  readonly counts: PolicyCounts;
  readonly conflicts: readonly Conflict[];
  /** Whether agents may not have come back yet that an earlier operator had heard of. */
  readonly isSettling: boolean;
  /** Undefined while it is not stopped. */
  readonly stop: StopFacts | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const MOST_CONFLICTS = 16;

/** What status says of a policy, from what is counted for it. */
export function renderPolicyStatus(input: PolicyStatusInput): LedStatus {
  const { object, base, counts, conflicts, now } = input;
  const { governed, denied, held } = counts;
  const { generation } = object.metadata;
  const shown = conflicts.slice(0, MOST_CONFLICTS).map(({ policy, message }) => ({
    policy: cutText(policy, 320),
    message: cutText(message, 512),
  }));
  const stop = stopStatus(input);
  return {
    observedGeneration: generation,
    probes: { governed, denied, held },
    ...redactionStatus(input),
    ...(stop && { stop }),
    ...(shown.length > 0 && { conflicts: shown }),
    conditions: mergeConditions(base?.conditions ?? [], conditionsOf(input, stop), generation, timeOf(now)),
  };
}

/** While agents come back, what an earlier operator has counted is more than what is known of them. */
function redactionStatus({ object, base, counts, isSettling }: PolicyStatusInput): Partial<LedStatus> {
  if (object.view.spec.redaction === undefined) return {};
  const { redactions, moreRedactions } = base ?? {};
  if (!isSettling || redactions === undefined) return counts.redactions.toStatus();
  return { redactions, ...(moreRedactions !== undefined && { moreRedactions }) };
}

/** Nothing is said of processes before every probe is decided, or what is not counted yet would be taken for clean. */
function stopStatus({ object, base, counts, stop }: PolicyStatusInput): PolicyStatus['stop'] {
  if (object.view.spec.stopped === undefined) return undefined;
  const known = stop?.isAgain === true ? undefined : base?.stop;
  if (counts.isDeciding) return known;
  const processes = counts.carriers.size;
  if (processes > 0) return { processes };
  // Rounded up: not all were without them at the beginning of the second.
  const cleanTime = Math.max(stop?.since ?? 0, counts.outTime);
  const lastCleanTime = known?.lastCleanTime ?? timeOf(Math.ceil(cleanTime / 1000) * 1000);
  return { processes, lastCleanTime };
}

function conditionsOf({ object: { view }, counts }: PolicyStatusInput, stop: PolicyStatus['stop']): DesiredCondition[] {
  const problem = problemOf(view);
  if (problem !== undefined) {
    const said = {
      reason: 'PolicyInvalid',
      message: `It cannot be enforced, so it denies everything that it is about: ${problem}`,
    } as const;
    return [
      { type: 'Ready', status: 'False', ...said },
      { type: 'Reconciling', status: 'False', ...said },
      { type: 'Stalled', status: 'True', ...said },
    ];
  }
  const { stopped } = view.spec;
  const why = stopped === undefined ? '' : ` ${endSentence(`It has stopped all its probes: ${stopped.reason}`)}`;
  const enforced = { reason: 'PolicyEnforced', message: `It is in force.${why}` } as const;
  const said = counts.isDeciding
    ? ({ reason: 'Progressing', message: 'Some probes are not decided yet by what it says now.' } as const)
    : enforced;
  const isLeaving = stopped !== undefined && stop?.lastCleanTime === undefined;
  return [
    { type: 'Ready', status: counts.isDeciding ? 'False' : 'True', ...said },
    isLeaving && !counts.isDeciding
      ? {
          type: 'Reconciling',
          status: 'True',
          reason: 'Progressing',
          message: 'Some processes have not reported yet that they are without its probes.',
        }
      : { type: 'Reconciling', status: counts.isDeciding ? 'True' : 'False', ...said },
    { type: 'Stalled', status: 'False', ...said },
  ];
}
