import { isInCode } from '../../../api/instance-state.ts';
import { REASONS, type Reason } from '../../../api/reasons.ts';
import { OVER_PROCESS_BUDGET } from '../../../protocol/budget-message.ts';
import type { JudgedPod } from './instances.ts';
import type { NoPods } from './no-pods.ts';
import type { Said } from './verdict.ts';

/** The state of an active probe over all its pods, as the conditions show it. */
export interface Summary {
  readonly armed: boolean;
  readonly reason: Reason;
  readonly message: string;
  /** Whether only a change of the object or of the workload can arm it. */
  readonly stalled: boolean;
  /** Whether some connected process has not answered yet. */
  readonly reconciling: boolean;
  /** Whether it is armed in every pod that matches, and where not. */
  readonly everywhere: { readonly is: boolean; readonly reason: Reason; readonly message: string };
}

/** Reasons for which waiting helps: the probe arms itself when the cause passes. */
const PASSING: readonly Reason[] = [
  'ProcessInDistress',
  'RuntimeBusyDebugger',
  'FileNotLoaded',
  'ContextNotSupported',
  'FunctionNotFound',
  'NoSupportedRuntime',
  'AgentDisconnected',
  'Progressing',
];

/** What is said of one instance, and of which pod. */
type Instance = Said & { readonly podName: string };

/** Hits within and above limits.hitsPerSecond, over all pods. */
export interface HitRate {
  readonly hitsPerSecond: number;
  readonly reported: number;
  readonly dropped: number;
}

/** The summary mentions hits above the rate limit if they are a larger share than this. */
const MOST_DROPPED = 0.1;

/** Summarizes the verdicts of all matched pods in one reason: that of armed ones if there are any, else the most informative. */
export function summarize(
  verdicts: readonly JudgedPod[],
  reasonOf: (instance: Instance) => Reason,
  noPods: NoPods = { reason: 'NoPodsMatched', message: REASONS.NoPodsMatched.means },
  rate?: HitRate,
): Summary {
  const reconciling = verdicts.some(({ isSettled }) => !isSettled);
  if (verdicts.length === 0) {
    return { armed: false, ...noPods, stalled: false, reconciling, everywhere: { is: false, ...noPods } };
  }
  const armed = verdicts.filter(({ state }) => state === 'Armed');
  const missing = verdicts.filter(({ state }) => state !== 'Armed').flatMap(allOf);
  const everywhere = inEveryPod(verdicts.length, armed.length, missing, reasonOf);
  if (armed.length > 0) {
    const reason = armedReason(armed.flatMap(inCode), reasonOf);
    const message = tellArmed(armed, verdicts.length, missing, reason, reasonOf, tellOverRate(rate));
    return { armed: true, reason, message, stalled: false, reconciling, everywhere };
  }
  const reason = mostTelling(missing.map(reasonOf));
  const example = missing.find((instance) => reasonOf(instance) === reason);
  const detail = example?.message === undefined ? '' : ` ${example.podName}: ${example.message}`;
  const message = `${verdicts.length === 1 ? 'Not armed' : `Armed in none of ${verdicts.length} pods`}: ${tally(missing, reasonOf)}.${detail}`;
  const stalled = verdicts.every(({ state }) => state === 'Failed') && !reconciling;
  return { armed: false, reason, message, stalled, reconciling, everywhere };
}

function inEveryPod(
  all: number,
  armed: number,
  missing: readonly Instance[],
  reasonOf: (instance: Instance) => Reason,
): Summary['everywhere'] {
  const message = `Armed in ${armed} of ${all} pods${missing.length === 0 ? '' : `; elsewhere ${tally(missing, reasonOf)}`}.`;
  if (missing.length === 0) return { is: true, reason: 'Armed', message };
  return { is: false, reason: mostTelling(missing.map(reasonOf)), message };
}

/** The message of an armed probe: above all whether it is sampled or out of the code for a while, and until when. */
function tellArmed(
  armed: readonly JudgedPod[],
  all: number,
  missing: readonly Instance[],
  reason: Reason,
  reasonOf: (instance: Instance) => Reason,
  overLimit: string,
): string {
  const pods = (count: number) => (all === 1 ? '1 pod' : `${count} of ${all} pods`);
  const elsewhere = missing.length === 0 ? '' : `; elsewhere ${tally(missing, reasonOf)}`;
  if (reason === 'Armed') return `Armed in ${pods(armed.length)}${elsewhere}${overLimit}.`;
  const concerned = armed.filter((verdict) => inCode(verdict).some((instance) => reasonOf(instance) === reason));
  const instances = concerned.flatMap(inCode).filter((instance) => reasonOf(instance) === reason);
  const rest = armed.length - concerned.length;
  const others = rest === 0 ? '' : `; armed in ${rest}`;
  const where = `in ${pods(concerned.length)}${detailOf(instances)}${others}${elsewhere}${overLimit}`;
  return `${verb(reason, instances)} ${where}.`;
}

/** Says that many hits were above the rate limit; empty when there were few. */
function tellOverRate(rate: HitRate | undefined): string {
  if (rate === undefined || rate.dropped === 0) return '';
  const all = rate.reported + rate.dropped;
  if (rate.dropped <= all * MOST_DROPPED) return '';
  return `; ${rate.dropped} of ${all} hits were over ${rate.hitsPerSecond} per second (limits.hitsPerSecond)`;
}

/** Begins the message, and names the budget: the probe's can be raised; for that of the process other probes must be removed. */
function verb(reason: Reason, instances: readonly Instance[]): string {
  const isOfProcess = instances.every(({ message }) => message?.includes(OVER_PROCESS_BUDGET) === true);
  if (reason === 'Sampled') return isOfProcess ? 'Sampled for the CPU budget of all probes of its process,' : 'Sampled';
  if (reason !== 'BudgetExceeded') return `Armed with ${reason}`;
  return isOfProcess
    ? 'With the other probes of its process over their CPU budget together, and out of the code'
    : 'Over its CPU budget and out of the code';
}

/** The smallest sampled share, with its pod, and the latest return time. */
function detailOf(instances: readonly Instance[]): string {
  const shared = instances.filter(({ sampledShare }) => sampledShare !== undefined);
  const [least] = shared.toSorted((a, b) => (a.sampledShare ?? 1) - (b.sampledShare ?? 1));
  const [latest] = instances
    .filter(({ returnTime }) => returnTime !== undefined)
    .toSorted((a, b) => (b.returnTime ?? '').localeCompare(a.returnTime ?? ''));
  const told = [
    least?.sampledShare === undefined
      ? undefined
      : `in the code ${percent(least.sampledShare)} of the time${shared.length > 1 ? ` where it is least, ${least.podName}` : ''}`,
    latest?.returnTime === undefined ? undefined : `back at ${latest.returnTime}`,
    shared.length === 0 && latest === undefined ? instances[0]?.message : undefined,
  ].filter((part) => part !== undefined);
  return told.length === 0 ? '' : ` (${told.join('; ')})`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

function allOf({ matched, said }: JudgedPod): Instance[] {
  const podName = matched.pod.metadata.name;
  return said.map((one) => ({ ...one, podName }));
}

function inCode(pod: JudgedPod): Instance[] {
  return allOf(pod).filter(({ state }) => isInCode(state));
}

/** The reason of an armed probe. Any other than `Armed` comes first, as counts are then incomplete. */
function armedReason(instances: readonly Instance[], reasonOf: (instance: Instance) => Reason): Reason {
  const reasons = instances.map(reasonOf);
  return (
    reasons.find((reason) => reason === 'BudgetExceeded') ?? reasons.find((reason) => reason !== 'Armed') ?? 'Armed'
  );
}

/** A failure comes before waiting; among failures, the most frequent one; else the first in {@link PASSING}. */
function mostTelling(reasons: readonly Reason[]): Reason {
  const failures = reasons.filter((reason) => !PASSING.includes(reason));
  if (failures.length > 0) return mostFrequent(failures);
  return PASSING.find((reason) => reasons.includes(reason)) ?? 'Progressing';
}

function mostFrequent(reasons: readonly Reason[]): Reason {
  const [first] = [...countBy(reasons)].sort(([, a], [, b]) => b - a);
  return first?.[0] ?? 'Progressing';
}

function tally(instances: readonly Instance[], reasonOf: (instance: Instance) => Reason): string {
  const counts = [...countBy(instances.map(reasonOf))].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
  return counts.map(([reason, count]) => (count === 1 ? reason : `${count} ${reason}`)).join(', ');
}

function countBy(reasons: readonly Reason[]): Map<Reason, number> {
  const counts = new Map<Reason, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
