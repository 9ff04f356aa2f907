import type { Judgment } from '../../../policy/judge.ts';
import type { PolicyView } from '../../../policy/policy-view.ts';
import { type EnforcingPod, enforcingPods } from './enforced-rules.ts';
import type { ProbeRecord } from './probe-record.ts';
import { leftoversOf } from './unreachable-processes.ts';

/** What was decided of one probe, for who counts over all of them. Nothing is copied: it is made for each reading. */
export interface JudgedProbe {
  readonly namespace: string;
  /** Undefined before it was decided for the first time. */
  readonly judgment: Judgment | undefined;
  /** Policies without whose approval it still waits, or whose quota has no room for it. */
  readonly missing: readonly PolicyView[];
  /** The version of Policies by which it was decided; negative before. */
  readonly version: number;
  /** Whether the decision is kept from before until the API server has said who may use a policy. */
  readonly isWaiting: boolean;
  /** Whether no process has it. */
  readonly isOut: boolean;
  /** When that was found, milliseconds since 1970; undefined where it was found by an earlier operator, or never was otherwise. */
  readonly outTime: number | undefined;
  /** Whether only an earlier operator can have let it into processes. */
  readonly isRestored: boolean;
  /** The processes that may have it: for each of its pods, so that who reads them can pause in between. */
  carriers(now: number): Iterable<Carriers>;
  /** Changes whenever {@link enforcing} says something else, where a policy with redaction governs it. */
  readonly rulesVersion: number;
  /** The pods in whose code it is, with the rules of redaction that are in force there. */
  enforcing(now: number): Iterable<EnforcingPod>;
}

/** Processes of one pod, by names that are unique among all pods. */
export interface Carriers {
  /** Which report a state of the probe. */
  readonly reported: readonly string[];
  /** Of which it is not known that they are without it. */
  readonly possible: readonly string[];
}

export function judgedProbe(record: ProbeRecord): JudgedProbe {
  const { planned } = record;
  const { hasBeenActive, isOld } = record;
  const isOut = record.isOut || !(hasBeenActive || isOld);
  return {
    namespace: record.effective.metadata.namespace,
    judgment: planned.judgment,
    missing: record.exceeded === undefined ? (record.approval?.missing ?? []) : [record.exceeded],
    version: planned.decisions?.version ?? -1,
    isWaiting: planned.decisions?.isWaiting === true,
    isOut,
    outTime: hasBeenActive || isOld ? record.outTime : undefined,
    isRestored: !hasBeenActive,
    carriers: (now) => (isOut ? [] : carriersOf(record, now)),
    rulesVersion: planned.rulesVersion,
    enforcing: (now) => (isOut ? [] : enforcingPods(record, now)),
  };
}

function* carriersOf({ planned, observations, expireTime }: ProbeRecord, now: number): Generator<Carriers> {
  for (const one of planned.byUID.values()) {
    const pod = one.read();
    const nameOf = ({ instanceID }: { instanceID?: string | undefined }) => `${one.podUID} ${instanceID ?? ''}`;
    if (!pod.connected) {
      const { instances } = leftoversOf([pod], observations, expireTime, now);
      yield { reported: [], possible: instances.map(nameOf) };
    } else if (pod.processes.length === 0) {
      // To an agent that has just started, the processes of its pod may not have connected yet.
      yield { reported: [], possible: observations.liveOf(pod.pod.metadata.name).map(nameOf) };
    } else {
      const reported = pod.processes.filter(({ state }) => state !== undefined);
      const silent = pod.processes.filter(({ acknowledged, state }) => state === undefined && !acknowledged);
      const names = (views: typeof reported) => views.map(({ process }) => nameOf(process));
      yield { reported: names(reported), possible: names(silent) };
    }
  }
}

interface Told {
  readonly judgment: Judgment | undefined;
  readonly missing: readonly PolicyView[];
  readonly version: number;
  readonly rulesVersion: number;
  readonly isOut: boolean;
}

/** Tells whether a plan has changed anything that is counted, since most change nothing of it. */
export class JudgmentNews {
  readonly #told = new WeakMap<ProbeRecord, Told>();

  /** Called after each plan. @returns whether the decision is another one than at the last call. */
  take(record: ProbeRecord): boolean {
    const { judgment, missing, version, rulesVersion, isOut } = judgedProbe(record);
    const before = this.#told.get(record);
    this.#told.set(record, { judgment, missing, version, rulesVersion, isOut });
    // Its processes let go of it one after the other.
    const isLeaving = !isOut && judgment?.policies.some(({ spec }) => spec.stopped !== undefined) === true;
    return (
      isLeaving ||
      before?.version !== version ||
      before.rulesVersion !== rulesVersion ||
      before.isOut !== isOut ||
      !isSameList(before.missing, missing) ||
      !isSame(before.judgment, judgment)
    );
  }
}

/** Decisions are kept from plan to plan, and with them what they consist of. */
function isSame(a: Judgment | undefined, b: Judgment | undefined): boolean {
  if (a?.outcome !== b?.outcome || !isSameList(a?.policies, b?.policies)) return false;
  return isSameList(denialsOf(a), denialsOf(b));
}

const denialsOf = (judgment: Judgment | undefined) =>
  judgment === undefined || judgment.outcome === 'Undecided' ? [] : judgment.denials;

function isSameList(a: readonly unknown[] = [], b: readonly unknown[] = []): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
