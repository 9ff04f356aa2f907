import { conditionOf, mergeConditions } from '../../api/conditions.ts';
import type { DynamicLogStatus } from '../../api/dynamiclog.ts';
import type { Probe } from '../../api/kinds.ts';
import { describeLocation } from '../../api/probe.ts';
import { REASON_NAMES, type Reason } from '../../api/reasons.ts';
import type { SnapshotStatus } from '../../api/snapshot.ts';
import { type InstanceState, type InstanceStatus, MAX_INSTANCES, type ProbeStatus } from '../../api/status.ts';
import type { Judgment } from '../../policy/judge.ts';
import type { ApprovalFacts } from '../../policy/rule.ts';
import type { Lifecycle } from './decide.ts';
import { isBeingTakenOut, type Leftovers } from './desired/unreachable-processes.ts';
import type { Observations } from './observed/observations.ts';
import { approvalStatus } from './status/approval.ts';
import { conditionsOf } from './status/conditions.ts';
import { firstSorted } from './status/first-sorted.ts';
import { instancesOf, type JudgedPod, judgedPod } from './status/instances.ts';
import type { NoPods } from './status/no-pods.ts';
import { policyStatus } from './status/policy.ts';
import { type Summary, summarize } from './status/summary.ts';
import type { MatchedPod, Said } from './status/verdict.ts';

export interface StatusInput {
  readonly probe: Probe;
  readonly judgment: Judgment;
  readonly approval?: ApprovalFacts | undefined;
  /** The status that the object has, or will have as soon as the cache has caught up. */
  readonly base: ProbeStatus | undefined;
  readonly lifecycle: Lifecycle;
  /** ISO 8601. */
  readonly armedTime: string;
  readonly expirationTime: string | undefined;
  readonly pods: readonly MatchedPod[];
  readonly observations: Observations;
  /** Why there are no pods, when there are none. */
  readonly noPods?: NoPods;
  /** Processes that may still have the probe after it is over. */
  readonly leftovers: Leftovers;
  /** Whether the probe is over and out of every process. */
  readonly isOut?: boolean;
  /** ISO 8601. */
  readonly now: string;
}

export type RenderedStatus = DynamicLogStatus | SnapshotStatus;

/** Renders all that is known of a probe as the status of its object. Pure: the same input gives the same status. Nothing else does this. */
export function renderStatus(input: StatusInput): RenderedStatus {
  const { probe, judgment, base, lifecycle, armedTime, expirationTime, observations, now } = input;
  const { generation } = probe.metadata;
  const { summary, ...shown } = lifecycle.active ? renderActive(input) : renderInactive(input, lifecycle);
  const desired = conditionsOf({ probe, judgment, active: lifecycle.active, summary, expirationTime });
  return withoutUndefined({
    observedGeneration: generation,
    armedTime,
    expirationTime,
    ...policyStatus(probe, judgment),
    approval: input.approval && approvalStatus(probe, input.approval),
    ...observations.toStatus(),
    ...shown,
    conditions: mergeConditions(base?.conditions ?? [], desired, generation, now),
  });
}

type Shown = Pick<ProbeStatus, 'location' | 'pods' | 'instances' | 'retiredHits'> & { readonly summary: Summary };

function renderActive({ probe, judgment, pods, observations, noPods }: StatusInput): Shown {
  const judged = pods.map((matched) => judgedPod(matched, observations));
  const count = (state: string) => judged.filter((pod) => pod.state === state).length;
  // The instances that are shown are those of the pods that come first, so only of these are instances made.
  const shown = firstSorted(judged, MAX_INSTANCES, byFirstInstance);
  const ranked = shown.flatMap((pod) =>
    instancesOf(pod, observations).map((instance) => ({ instance, rank: rankOf(pod, instance) })),
  );
  const byRank = (a: (typeof ranked)[0], b: (typeof ranked)[0]) => a.rank - b.rank || byProcess(a.instance, b.instance);
  const instances = firstSorted(ranked, MAX_INSTANCES, byRank).map(({ instance }) => instance);
  const attached = pods.filter(({ pod }) => pod.hasAgent && !pod.isInjected).length;
  return {
    summary: summarize(judged, ({ reason }) => toReason(reason), noPods, {
      hitsPerSecond: judgment.outcome === 'Accepted' ? judgment.effective.spec.limits.hitsPerSecond : 0,
      reported: observations.hits,
      dropped: observations.droppedFor('RateLimited'),
    }),
    location: boundLocation(judged, observations) ?? observations.location ?? describeLocation(probe.spec.location),
    pods: {
      ...{ matched: pods.length, armed: count('Armed'), waiting: count('Waiting'), failed: count('Failed') },
      attached: attached === 0 ? undefined : attached,
    },
    instances: instances.length === 0 ? undefined : instances,
  };
}

/** Where it is bound in the first pod where it is. */
function boundLocation(judged: readonly JudgedPod[], observations: Observations): string | undefined {
  const isBound = ({ state, location }: Said) => state === 'Armed' && location !== undefined;
  let first: JudgedPod | undefined;
  for (const pod of judged) {
    if (pod.said.some(isBound) && (first === undefined || byName(pod, first) < 0)) first = pod;
  }
  const instances = first === undefined ? [] : instancesOf(first, observations);
  return firstSorted(instances.filter(isBound), 1, byUrgency)[0]?.location;
}

/**
 * Where the instance stands among all: by urgency. In a pod where the probe is armed, processes and threads that never load the file come
 * last, as there can be many.
 */
function rankOf(pod: JudgedPod, { state }: Pick<Said, 'state'>): number {
  const isIdle = pod.state === 'Armed' && state === 'Waiting';
  return URGENCY.indexOf(state) + (isIdle ? URGENCY.length : 0);
}

function byFirstInstance(a: JudgedPod, b: JudgedPod): number {
  return firstRank(a) - firstRank(b) || byName(a, b);
}

function firstRank(pod: JudgedPod): number {
  let first = Number.POSITIVE_INFINITY;
  for (const said of pod.said) first = Math.min(first, rankOf(pod, said));
  return first;
}

function byName({ matched: a }: JudgedPod, { matched: b }: JudgedPod): number {
  return a.pod.metadata.name.localeCompare(b.pod.metadata.name);
}

/** The status of a probe that is over. Once it is out of every process, its pods and instances stay as they were then. */
function renderInactive(
  { probe, base, pods, observations, leftovers, isOut }: StatusInput,
  { reason, message, stalled }: Exclude<Lifecycle, { active: true }>,
): Shown {
  const reconciling = isOut !== true && isBeingTakenOut(pods, leftovers);
  const told = stalled ? message : `${message}; ${whereItIs(reconciling, leftovers)}.`;
  const everywhere = { is: false, reason, message: told };
  const summary = { armed: false, reason, message: told, stalled, reconciling, everywhere };
  const location = observations.location ?? base?.location ?? describeLocation(probe.spec.location);
  if (stalled) return { summary, location };
  if (isOver(probe, base, reason)) {
    // retiredHits stays too: with hits of the instances added, the next operator would count those twice.
    return { summary, location, pods: base?.pods, instances: base?.instances, retiredHits: base?.retiredHits };
  }
  const unclear = new Set(leftovers.instances.map(({ instanceID }) => instanceID));
  const clean = observations.live().filter(({ instanceID }) => !unclear.has(instanceID));
  const removed: InstanceStatus[] = clean.map((one) => {
    const { podName, containerName, processID, threadID, instanceID, hits, location: place } = one;
    return { podName, containerName, processID, threadID, instanceID, state: 'Removed', reason, location: place, hits };
  });
  const instances = [...leftovers.instances, ...removed];
  return {
    summary,
    location,
    pods: { matched: pods.length, armed: 0, waiting: unclearPods(leftovers), failed: 0 },
    instances: instances.length === 0 ? undefined : firstSorted(instances, MAX_INSTANCES, byUrgency),
  };
}

function whereItIs(reconciling: boolean, leftovers: Leftovers): string {
  const [first] = leftovers.instances;
  if (first === undefined) return `the probe is ${reconciling ? 'being taken out' : 'out of every process'}`;
  const pods = unclearPods(leftovers);
  const where = pods === 1 ? first.podName : `${first.podName} and ${pods - 1} more`;
  return `the probe may still be in ${where}: ${first.message?.replace(/\.$/, '')}`;
}

const unclearPods = ({ instances }: Leftovers): number => new Set(instances.map(({ podName }) => podName)).size;

/** Whether the status says already that the probe ended for this reason and is out of every process. */
function isOver(probe: Probe, base: ProbeStatus | undefined, reason: Reason): boolean {
  if (base?.observedGeneration !== probe.metadata.generation) return false;
  const { conditions } = base;
  return (
    conditionOf(conditions, 'Armed')?.reason === reason && conditionOf(conditions, 'Reconciling')?.status === 'False'
  );
}

const URGENCY: readonly InstanceState[] = ['Failed', 'Waiting', 'Pending', 'Suspended', 'Armed', 'Removed'];

function byUrgency(a: InstanceStatus, b: InstanceStatus): number {
  return URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state) || byProcess(a, b);
}

function byProcess(a: InstanceStatus, b: InstanceStatus): number {
  return (
    a.podName.localeCompare(b.podName) ||
    (a.containerName ?? '').localeCompare(b.containerName ?? '') ||
    (a.processID ?? 0) - (b.processID ?? 0) ||
    (a.threadID ?? 0) - (b.threadID ?? 0)
  );
}

const REASONS_BY_NAME = new Map<string | undefined, Reason>(REASON_NAMES.map((name) => [name, name]));

function toReason(text: string | undefined): Reason {
  return REASONS_BY_NAME.get(text) ?? 'InternalError';
}

/** The status without undefined members, as it is in JSON, so that it can be compared with that of the API server. */
function withoutUndefined(status: RenderedStatus): RenderedStatus {
  return JSON.parse(JSON.stringify(status)) as RenderedStatus;
}
