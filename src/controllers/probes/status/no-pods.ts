import type { Target } from '../../../api/probe.ts';
import { REASONS, type Reason } from '../../../api/reasons.ts';
import { matchesTarget } from '../../../pods/matches-target.ts';
import type { ObservedPod } from '../../../pods/observed-pod.ts';

/** Why a probe has no pod to go into. */
export interface NoPods {
  readonly reason: Extract<Reason, 'NoPodsMatched' | 'PodsNotRunning'>;
  readonly message: string;
}

/** Most names that are listed. */
const MAX_NAMED = 3;
/** UTF-16 units up to which texts are compared by distance; longer ones only by what they have in common. */
const MAX_COMPARED = 64;

/**
 * Why the probe has no pod: matching pods do not run, or none matches; then with similar names, as the target may have a typing error.
 * @param pods of the probe's namespace, none of which matches and runs.
 */
export function whyNoPods(target: Target, pods: readonly ObservedPod[]): NoPods {
  const matching = pods.filter((pod) => matchesTarget(target, pod));
  if (matching.length > 0) {
    const named = matching.slice(0, MAX_NAMED).map(({ metadata: { name, deletionTimestamp }, phase }) => {
      return `${name} ${deletionTimestamp === undefined ? `is ${phase}` : 'is being deleted'}`;
    });
    const more = matching.length > MAX_NAMED ? `, and ${matching.length - MAX_NAMED} more` : '';
    const count = matching.length === 1 ? '1 pod matches and does' : `${matching.length} pods match and do`;
    return { reason: 'PodsNotRunning', message: `${count} not run: ${named.join(', ')}${more}.` };
  }
  const detail = target.workloadRef === undefined ? ofSelector(target, pods) : ofWorkload(target.workloadRef, pods);
  return { reason: 'NoPodsMatched', message: detail ?? REASONS.NoPodsMatched.means };
}

/** The message for a workload. Workloads are known only by their pods, so one without pods looks like one that does not exist. */
function ofWorkload({ kind, name }: NonNullable<Target['workloadRef']>, pods: readonly ObservedPod[]): string {
  const workloads = new Map<string, { kind: string; name: string }>();
  for (const pod of pods) for (const one of workloadsOf(pod)) workloads.set(`${one.kind} ${one.name}`, one);
  const similar = [...workloads.values()]
    .map((one) => ({ ...one, distance: distance(one.name, name) }))
    .filter((one) => isSimilar(one.name, name, one.distance))
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, MAX_NAMED)
    .map((one) => `${one.kind} ${one.name}`);
  const hint = similar.length === 0 ? '' : ` Similar: ${similar.join(', ')}.`;
  return `No pod of the namespace belongs to a ${kind} ${name}; there is none, or it has no pods.${hint}`;
}

function workloadsOf({ owner, metadata }: ObservedPod): { kind: string; name: string }[] {
  if (owner === undefined) return [];
  const hash = metadata.labels['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return [{ kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) }];
  }
  const scheduled = owner.kind === 'Job' ? /^(.+)-\d{6,12}$/.exec(owner.name)?.[1] : undefined;
  return scheduled === undefined ? [owner] : [{ kind: 'CronJob', name: scheduled }];
}

/** The message for a selector: the label for which no pod has the wanted value, and the most similar values that exist. */
function ofSelector({ selector }: Target, pods: readonly ObservedPod[]): string | undefined {
  for (const [key, wanted] of Object.entries(selector?.matchLabels ?? {})) {
    const values = [
      ...new Set(pods.map(({ metadata }) => metadata.labels[key]).filter((value) => value !== undefined)),
    ];
    if (values.includes(wanted)) continue;
    const similar = values
      .map((value) => ({ value, distance: distance(value, wanted) }))
      .filter((one) => isSimilar(one.value, wanted, one.distance))
      .sort((a, b) => a.distance - b.distance || a.value.localeCompare(b.value))
      .slice(0, MAX_NAMED)
      .map(({ value }) => `${key}=${value}`);
    const hint = similar.length === 0 ? '' : ` Similar: ${similar.join(', ')}.`;
    return `No pod of the namespace has the label ${key}=${wanted}.${hint}`;
  }
  return undefined;
}

function isSimilar(a: string, b: string, edits: number): boolean {
  return edits <= Math.max(2, Math.floor(b.length / 4)) || a.includes(b) || (a.length > 2 && b.includes(a));
}

/** Levenshtein distance: how many characters must be added, removed or replaced. */
function distance(a: string, b: string): number {
  if (a.length > MAX_COMPARED || b.length > MAX_COMPARED) return a === b ? 0 : MAX_COMPARED;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, left] of [...a].entries()) {
    const next = [index + 1];
    for (const [at, right] of [...b].entries()) {
      const exchanged = (row[at] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(exchanged, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
