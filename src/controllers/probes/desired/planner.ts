import type { Probe } from '../../../api/kinds.ts';
import { hitLimit } from '../../../api/kinds.ts';
import type { Target } from '../../../api/probe.ts';
import { REASONS } from '../../../api/reasons.ts';
import type { Fleet, PodRecordView, ProcessView } from '../../../gateway/fleet/fleet.ts';
import type { Informer } from '../../../kube/informer.ts';
import { matchesTarget } from '../../../pods/matches-target.ts';
import { isRunning, type ObservedPod } from '../../../pods/observed-pod.ts';
import { effectiveSpec, NO_POLICIES } from '../../../policy/effective-spec.ts';
import { toWireProbe } from '../../../protocol/to-wire-probe.ts';
import {
  type AgentFacts,
  decideLifecycle,
  decidePod,
  type Lifecycle,
  type PodDecision,
  type PodFacts,
  type WhyNotInjected,
} from '../decide.ts';
import type { Observations, ProcessReport } from '../observed/observations.ts';
import { type NoPods, whyNoPods } from '../status/no-pods.ts';
import { judgePod, type MatchedPod, type PodVerdict } from '../status/verdict.ts';
import { SETTLE_MS } from '../status/write-gate.ts';
import type { Holder } from './hit-grants.ts';
import type { PlannedPod } from './planned-pods.ts';
import type { ProbeRecord } from './probe-record.ts';
import { SharedValues } from './shared-values.ts';
import { valuesOfTarget } from './target-index.ts';
import { isBeingTakenOut, isCarried, type Leftovers, leftoversOf, NO_LEFTOVERS } from './unreachable-processes.ts';

/** What was decided for a probe, and the states of its pods. */
export interface PodDecisions {
  readonly lifecycle: Lifecycle;
  readonly pods: readonly MatchedPod[];
  /** Why there are no pods, when there are none. */
  readonly noPods: NoPods | undefined;
  /** None while the probe is active. */
  readonly leftovers: Leftovers;
  /** Milliseconds since 1970: when the limit is divided even if agents that may hold parts of it have not come back; else undefined. */
  readonly dividesTime: number | undefined;
}

/** Shown for a pod that has too many probes. The probe stays desired there, so that it is sent when there is room. */
const NO_ROOM: PodDecision = {
  assigned: false,
  state: 'Waiting',
  reason: 'TooManyProbes',
  message: `${REASONS.TooManyProbes.means} ${REASONS.TooManyProbes.do}`,
};

/** The decision of a pod for which nothing was decided yet. */
const UNDECIDED: PodDecision = { assigned: false, state: 'Pending', reason: 'Progressing' };
const UNASSIGNED: PodDecision = { assigned: false, state: 'Pending', reason: 'Progressing' };

export interface PlannerOptions {
  /** With indexes `namespace` and `target` (target-index.ts). */
  readonly pods: Pick<Informer<ObservedPod>, 'by' | 'count'>;
  readonly fleet: Fleet;
  /** Why every probe is to be out of every process; undefined when probes may be armed. */
  disarmOrder(): string | undefined;
  /** Whether the pod's agent can trust the gateway. */
  readonly isTrusting: (pod: ObservedPod) => boolean;
  readonly whyNotInjected?: WhyNotInjected;
  /** When the operator started, milliseconds since 1970. */
  readonly startTime: number;
}

/**
 * Gathers the facts for the decisions about a probe, and writes these into the Fleet, all in memory. What was read of a pod is kept from
 * one plan to the next (planned-pods.ts), so that only pods that have changed are read again.
 */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #languages = new SharedValues<readonly string[]>();
  readonly #decisions = new SharedValues<PodDecision>();
  readonly #verdicts = new SharedValues<PodVerdict>();

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /**
   * Decides anew from what is known now, and assigns the probe in the Fleet.
   * @param now milliseconds since 1970.
   */
  plan(asked: Probe, record: ProbeRecord, now: number): PodDecisions {
    const probe = effectiveSpec(asked, NO_POLICIES);
    const { planned, expireTime, observations } = record;
    const { pods: heard, isNews } = this.#hear(probe, record, now);
    const issues = record.issuesIn(new Set(heard.flatMap(({ languages }) => languages)), probe);
    const holders = heard.map(({ holder }) => holder);
    const isCounted = record.isRestored || holders.some(({ knowsGrants }) => !knowsGrants);
    const hits = hitsAgainstLimit(record, holders, isCounted);
    const disarmed = this.#options.disarmOrder();
    const lifecycle = decideLifecycle({ issues, now, expireTime, hits, hitLimit: hitLimit(probe), disarmed });
    const isMoved = this.#decide(probe, record, heard, lifecycle, now);
    const settledTime = this.#options.startTime + SETTLE_MS;
    const isSettling = now < settledTime && holders.some(({ isUnknown }) => isUnknown);
    if (isSettling) {
      planned.dividedAt = undefined;
    } else {
      const counted = isCounted ? observations.hits : 0;
      // Without news the division would be the same, unless a pod's earlier agent wrote results that become known only after some time.
      const isSame = !isNews && !isMoved && planned.dividedAt === counted;
      if (!isSame || holders.some(isAwaitingEarlier)) {
        const sharing = holders.filter(({ podUID, knowsGrants }) => knowsGrants && planned.assigned.has(podUID));
        this.#options.fleet.grant(record.uid, record.grants.divide(sharing, counted));
      }
      planned.dividedAt = counted;
    }
    const pods = heard.map((pod) => this.#show(probe, record, pod, lifecycle, now));
    const leftovers = lifecycle.active ? NO_LEFTOVERS : leftoversOf(pods, observations, expireTime, now);
    record.isOut = !lifecycle.active && isOut(record, pods, leftovers);
    const noPods =
      pods.length > 0
        ? undefined
        : whyNoPods(probe.spec.target, this.#options.pods.by('namespace', probe.metadata.namespace));
    return {
      lifecycle,
      pods,
      noPods,
      leftovers: record.isOut ? NO_LEFTOVERS : leftovers,
      dividesTime: isSettling ? settledTime : undefined,
    };
  }

  /** Processes that may still have the probe and cannot be reached now. */
  leftovers(probe: Probe, { observations, expireTime, isOut }: ProbeRecord, now: number): Leftovers {
    if (isOut) return NO_LEFTOVERS;
    const pods = this.#matched(probe).map((pod) => this.#matchedPod(probe, pod, UNASSIGNED, now));
    return leftoversOf(pods, observations, expireTime, now);
  }

  #matchedPod(probe: Probe, pod: ObservedPod, decision: PodDecision, now: number): MatchedPod {
    const view = this.#options.fleet.pod(pod.metadata.uid);
    const processes = this.#processesOf(probe, view);
    return {
      pod,
      decision,
      connected: view?.connected === true,
      // If the agent has not connected since the operator started, only an earlier operator may have seen it.
      lastSeenTime: view === undefined ? this.#options.startTime : (view.disconnectedAt ?? now),
      isUnseen: view === undefined,
      acknowledged: processes.length > 0 ? processes.every((one) => one.acknowledged) : view?.acknowledged === true,
      processes,
    };
  }

  #matched({ metadata, spec: { target } }: Probe, record?: ProbeRecord): ObservedPod[] {
    return this.#candidates(target, metadata.namespace).filter((pod) => {
      const isKnown = record?.planned.byUID.get(pod.metadata.uid)?.pod === pod;
      return isKnown || (isRunning(pod) && matchesTarget(target, pod));
    });
  }

  /** Reads what agents report of the pods that match now. @returns them in their order. */
  #hear(probe: Probe, record: ProbeRecord, now: number): { pods: PlannedPod[]; isNews: boolean } {
    const { uid, generation, observations, grants, planned } = record;
    const { fleet } = this.#options;
    const names = new Set(observations.touchedPods);
    const news = new Map<string, { view: PodRecordView | undefined; processes: ProcessView[] }>();
    const unheard = new Set<string>();
    const reports: ProcessReport[] = [];
    const matched = this.#matched(probe, record);
    for (const pod of matched) {
      const { name: podName, uid: podUID } = pod.metadata;
      const known = planned.byUID.get(podUID);
      const isKnown = known?.pod === pod && known.heardVersion === fleet.versionOf(podUID);
      if (isKnown && !observations.touchedPods.has(podName)) continue;
      const view = fleet.pod(podUID);
      const processes = this.#processesOf(probe, view);
      news.set(podUID, { view, processes });
      names.add(podName);
      if (processes.length === 0) unheard.add(podName);
      for (const { process, state } of processes) {
        reports.push({ podName, process, state: state?.generation === generation ? state : undefined });
      }
    }
    const gone = this.#forgetUnmatched(record, matched);
    for (const podName of gone) names.add(podName);
    observations.observe(reports, unheard, planned.isBegun ? names : undefined);
    for (const podUID of grants.podUIDs()) {
      if (!planned.byUID.has(podUID) || news.has(podUID)) grants.observe(podUID, fleet.share(podUID, uid, generation));
    }
    let drops = 0;
    const pods = matched.map((pod): PlannedPod => {
      const podUID = pod.metadata.uid;
      const known = planned.byUID.get(podUID);
      const fresh = news.get(podUID);
      let heard: PlannedPod;
      if (known !== undefined && fresh === undefined) {
        heard = known;
        if (isAwaitingEarlier(known.holder)) heard.holder = this.#holder(record, pod, fleet.pod(podUID), probe, now);
      } else {
        const view = fresh?.view;
        heard = {
          pod,
          heardVersion: fleet.versionOf(podUID),
          isConnected: view?.connected === true,
          languages: this.#languages.share([...new Set(fresh?.processes.map(({ process }) => process.language))]),
          drops: fleet.agentDropped(podUID, uid),
          holder: this.#holder(record, pod, view, probe, now),
          decision: UNDECIDED,
          shown: undefined,
        };
        planned.byUID.set(podUID, heard);
      }
      drops += heard.drops;
      return heard;
    });
    observations.setLosses(fleet.lostResults(uid), drops);
    const isNews = news.size > 0 || gone.length > 0 || !planned.isBegun;
    planned.isBegun = true;
    return { pods, isNews };
  }

  /** Forgets pods that no longer match. @returns their names. */
  #forgetUnmatched({ planned }: ProbeRecord, matched: readonly ObservedPod[]): string[] {
    const known = matched.filter(({ metadata }) => planned.byUID.has(metadata.uid)).length;
    if (known === planned.byUID.size) return [];
    const present = new Set(matched.map(({ metadata }) => metadata.uid));
    const gone: string[] = [];
    for (const [podUID, { pod }] of planned.byUID) {
      if (present.has(podUID)) continue;
      planned.byUID.delete(podUID);
      gone.push(pod.metadata.name);
    }
    return gone;
  }

  /** Decides for each pod, and assigns the probe in the Fleet. @returns whether it is assigned to other pods than before. */
  #decide(
    probe: Probe,
    { uid, expireTime, planned }: ProbeRecord,
    pods: readonly PlannedPod[],
    { active }: Lifecycle,
    now: number,
  ): boolean {
    const isFirst = planned.wire === undefined;
    let assigned = 0;
    let moved = 0;
    for (const pod of pods) {
      if (!active) pod.decision = UNASSIGNED;
      // For a pod that is not connected the decision also depends on facts outside of the Fleet and its versions.
      else if (!pod.isConnected || pod.decision === UNASSIGNED || pod.decision === UNDECIDED) {
        const decision = decidePod(probe.spec.target, pod.pod, this.#agentOf(pod.pod), this.#factsOf(pod.pod));
        if (!isSameDecision(decision, pod.decision)) pod.decision = this.#decisions.share(decision);
      }
      if (!pod.decision.assigned) continue;
      assigned += 1;
      if (!planned.assigned.has(pod.pod.metadata.uid)) moved += 1;
    }
    // Sent with the whole limit, whatever is used: grants enforce it over all processes, and a number that changed with every hit or
    // every restart of the operator would make agents place the probe again.
    const wire = planned.wire ?? toWireProbe(probe, { now, expireTime });
    planned.wire = wire;
    if (!isFirst && moved === 0 && assigned === planned.assigned.size) return false;
    const podUIDs = pods.filter(({ decision }) => decision.assigned).map(({ pod }) => pod.metadata.uid);
    planned.assigned = new Set(podUIDs);
    this.#options.fleet.assign(uid, new Map(podUIDs.map((podUID) => [podUID, wire])));
    return true;
  }

  /** What status shows of the pod. Called after `assign`, since an acknowledgment of the earlier desired state does not count. */
  #show(
    probe: Probe,
    { uid, generation }: ProbeRecord,
    planned: PlannedPod,
    { active }: Lifecycle,
    now: number,
  ): MatchedPod {
    const { pod, decision, shown } = planned;
    const { fleet } = this.#options;
    const version = fleet.versionOf(pod.metadata.uid);
    if (shown !== undefined && shown.version === version && shown.decision === decision) return shown.matched;
    const isLeftOut = decision.assigned && fleet.isLeftOut(pod.metadata.uid, uid);
    const plain = this.#matchedPod(probe, pod, isLeftOut ? NO_ROOM : decision, now);
    const matched = active ? { ...plain, verdict: this.#verdicts.share(judgePod(plain, generation)) } : plain;
    planned.shown = { matched, version, decision };
    return matched;
  }

  /** The facts about the pod that dividing the limit needs. */
  #holder(record: ProbeRecord, pod: ObservedPod, view: PodRecordView | undefined, probe: Probe, now: number): Holder {
    const { uid, generation, observations } = record;
    const podUID = pod.metadata.uid;
    const share = this.#options.fleet.share(podUID, uid, generation);
    const processes = view?.connected === true ? this.#processesOf(probe, view) : [];
    const hasAnswered = processes.length > 0 && processes.every(({ acknowledged }) => acknowledged);
    const isHeard = share?.isHeard === true;
    const isOld =
      pod.metadata.creationTimestamp === undefined ||
      Date.parse(pod.metadata.creationTimestamp) < this.#options.startTime;
    const hasHadTime = now > (view?.connectedAt ?? now) + SETTLE_MS;
    return {
      podUID,
      share,
      // An agent of an older version reports no usage; only the counts of its processes are known.
      knowsGrants: isHeard || !hasAnswered,
      isConnected: view?.connected === true,
      isUnknown: record.isRestored && isOld && !isHeard && !hasAnswered,
      // Counts of processes are needed only to find out what earlier agents of the pod wrote.
      hits:
        hasAnswered && share !== undefined && share.earlier > 0
          ? this.#hitsOf(pod, observations, hasHadTime)
          : undefined,
    };
  }

  /** All pods that the target may match: those of the value in the index that has the fewest. */
  #candidates(target: Target, namespace: string): ObservedPod[] {
    const { pods } = this.#options;
    const values = valuesOfTarget(target, namespace).map((value) => ({ value, count: pods.count('target', value) }));
    const [fewest] = values.sort((a, b) => a.count - b.count);
    return fewest === undefined ? pods.by('namespace', namespace) : pods.by('target', fewest.value);
  }

  #hitsOf({ metadata }: ObservedPod, observations: Observations, hasHadTime: boolean): number | undefined {
    return observations.hitsOfPod(metadata.name) ?? (hasHadTime ? Number.POSITIVE_INFINITY : undefined);
  }

  #factsOf(pod: ObservedPod): PodFacts {
    const { isTrusting, whyNotInjected } = this.#options;
    return { isDistrusting: !isTrusting(pod), whyNotInjected };
  }

  #agentOf(pod: ObservedPod): AgentFacts | undefined {
    const view = this.#options.fleet.pod(pod.metadata.uid);
    if (view === undefined) return undefined;
    return { connected: view.connected, processContainers: view.processes.map(({ process }) => process.containerName) };
  }

  /** The processes for which the probe is meant; a process that does not know its container is one of them. */
  #processesOf(probe: Probe, view: PodRecordView | undefined): ProcessView[] {
    const wanted = probe.spec.target.containerName;
    const views = view?.forProbe(probe.metadata.uid) ?? [];
    if (wanted === undefined) return views;
    return views.filter(({ process: { containerName: its } }) => its === undefined || its === wanted);
  }
}

/** Whether an earlier agent of the pod may have written results that are not known yet. */
function isAwaitingEarlier({ share }: Holder): boolean {
  return share !== undefined && share.earlier > 0;
}

function isSameDecision(a: PodDecision, b: PodDecision): boolean {
  return a.assigned === b.assigned && a.state === b.state && a.reason === b.reason && a.message === b.message;
}

/** Whether the probe is out of every process. Once it is, it stays so, unless a process reports that it has the probe. */
function isOut(
  { isOut: wasOut, observations }: ProbeRecord,
  pods: readonly MatchedPod[],
  leftovers: Leftovers,
): boolean {
  if (wasOut) return !isCarried(pods);
  // To an agent that has just started, the processes of its pod may not have connected yet.
  const isUnheard = pods.some(({ pod, connected, processes }) => {
    return connected && processes.length === 0 && observations.liveOf(pod.metadata.name).length > 0;
  });
  return !isUnheard && !isBeingTakenOut(pods, leftovers);
}

/**
 * Hits that count against the limit: those that agents have reported by their usage, or counted hits where that does not cover all.
 * @param isCounted whether there may be hits that the usage does not cover.
 */
function hitsAgainstLimit(
  { grants, observations }: ProbeRecord,
  holders: readonly Holder[],
  isCounted: boolean,
): number {
  const spent = grants.spent(new Set(holders.map(({ podUID }) => podUID)));
  const isKnown = !isCounted && holders.length > 0 && holders.every(({ share }) => share?.isHeard === true);
  return isKnown ? spent : Math.max(spent, observations.hits);
}
