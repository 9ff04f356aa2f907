import type { Fleet, PodRecordView, ProcessView } from '../../../gateway/fleet/fleet.ts';
import type { PodShare } from '../../../gateway/fleet/pod-grants.ts';
import type { ObservedPod } from '../../../pods/observed-pod.ts';
import type { Judgment } from '../../../policy/judge.ts';
import type { WireProbe } from '../../../protocol/wire-probe.ts';
import type { PodDecision } from '../decide.ts';
import type { MatchedPod, PodVerdict } from '../status/verdict.ts';
import type { Holder } from './hit-grants.ts';
import type { PolicyKey, ProbeDecisions } from './probe-decisions.ts';

/** The decision of a pod for which nothing was decided yet. */
const UNDECIDED: PodDecision = { assigned: false, state: 'Pending', reason: 'Progressing' };

/** Of which probe its pods are planned, and where it is read what their agents report. */
export interface PlannedProbe {
  readonly fleet: Pick<Fleet, 'pod' | 'share'>;
  readonly uid: string;
  readonly generation: number;
  readonly containerName: string | undefined;
  /** When the operator started, milliseconds since 1970. */
  readonly startTime: number;
}

/**
 * What the last plan of a probe read and decided of one matched pod, so that the next one reads only pods that have changed. There is one for
 * each pod of each probe, 200,000 with ten thousand pods and twenty probes in each, so it has only what plans need: what the processes report
 * is read in the Fleet when it is shown.
 */
export class PlannedPod implements MatchedPod, Holder {
  pod: ObservedPod;
  readonly #probe: PlannedProbe;
  /** The Fleet's version of the pod when the members below were read; negative before. */
  heardVersion = -1;
  isConnected = false;
  /** Languages that the processes declare for which the probe is meant. */
  languages: readonly string[] = [];
  /** Results that its agents dropped from their own buffer, counted since the operator started. */
  drops = 0;
  /** Whether its agent has reported its use of the limit. */
  isHeard = false;
  /** Whether an earlier agent of the pod may have written results that are not known yet. */
  isAwaitingEarlier = false;
  knowsGrants = true;
  isUnknown = false;
  hits: number | undefined;
  /** Whether the limit was divided since these members were read. */
  isObserved = false;
  /** Whether `decided` is from before the members above were read. */
  isStale = true;
  decided: PodDecision = UNDECIDED;
  /** Name of the rules of redaction that are to be in force there. */
  redactionHash: string | undefined;
  /** Which policies for some pods are about it; undefined before that is known. */
  policyKey: PolicyKey | undefined;
  /** The same when the probe was assigned to it the last time. */
  assignedKey: PolicyKey | undefined;
  /** Whether the probe is assigned to it in the Fleet. */
  isAssigned = false;
  decision: PodDecision = UNDECIDED;
  verdict: PodVerdict | undefined;
  /** Which rules of redaction its processes enforce (enforced-rules.ts); empty where no policy has any. */
  enforced = '';
  /** The Fleet's version of the pod, and the decision, from which the three members above were made. */
  shownVersion = -1;
  shownDecided: PodDecision | undefined;

  constructor(pod: ObservedPod, probe: PlannedProbe) {
    this.pod = pod;
    this.#probe = probe;
  }

  get podUID(): string {
    return this.pod.metadata.uid;
  }

  get share(): PodShare | undefined {
    const { fleet, uid, generation } = this.#probe;
    return fleet.share(this.podUID, uid, generation);
  }

  get connected(): boolean {
    return this.#view?.connected === true;
  }

  get processes(): readonly ProcessView[] {
    return processesOf(this.#probe, this.#view);
  }

  get acknowledged(): boolean {
    return hasAcknowledged(this.#view, this.processes);
  }

  get isUnseen(): boolean {
    return this.#view === undefined;
  }

  get isFromBefore(): boolean {
    return this.#view?.hasReported === false;
  }

  get lastSeenTime(): number {
    return lastSeenTimeOf(this.#view, this.#probe);
  }

  /** All of it as it is now, read once. */
  read(): MatchedPod {
    const view = this.#view;
    const processes = processesOf(this.#probe, view);
    return {
      pod: this.pod,
      decision: this.decision,
      connected: view?.connected === true,
      lastSeenTime: lastSeenTimeOf(view, this.#probe),
      isUnseen: view === undefined,
      isFromBefore: view?.hasReported === false,
      acknowledged: hasAcknowledged(view, processes),
      processes,
      redactionHash: this.redactionHash,
    };
  }

  get #view(): PodRecordView | undefined {
    return this.#probe.fleet.pod(this.podUID);
  }
}

function hasAcknowledged(view: PodRecordView | undefined, processes: readonly ProcessView[]): boolean {
  return processes.length > 0 ? processes.every(({ acknowledged }) => acknowledged) : view?.acknowledged === true;
}

/** If the agent has not connected since the operator started, only an earlier operator may have seen it. */
function lastSeenTimeOf(view: PodRecordView | undefined, { startTime }: PlannedProbe): number {
  return view === undefined ? startTime : (view.disconnectedAt ?? Date.now());
}

/** The processes for which the probe is meant; a process that does not know its container is one of them. */
export function processesOf(
  { uid, containerName: wanted }: Pick<PlannedProbe, 'uid' | 'containerName'>,
  view: PodRecordView | undefined,
): readonly ProcessView[] {
  const views = view?.forProbe(uid) ?? [];
  if (wanted === undefined) return views;
  return views.filter(({ process: { containerName: its } }) => its === undefined || its === wanted);
}

/** The results of the last plan of one generation of a probe. */
export class PlannedPods {
  readonly byUID = new Map<string, PlannedPod>();
  decisions: ProbeDecisions | undefined;
  /** What policies say of it over all pods. */
  judgment: Judgment | undefined;
  /** The probe as it is sent to the pods of each key. */
  wires: ReadonlyMap<PolicyKey, WireProbe> | undefined;
  /** Hits that were counted when the limit was divided last; undefined when it must be divided anew. */
  dividedAt: number | undefined;
  /** The verdict about the pod that was judged last: about the next one, the same is said in most cases. */
  lastVerdict: PodVerdict | undefined;
  /** The same of `enforced`. */
  lastEnforced = '';
  /** Grows when `enforced` of any pod changes, and when one is gone. */
  rulesVersion = 0;
  /** False before the first plan. */
  isBegun = false;
}
