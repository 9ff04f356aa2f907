import type { Probe } from '../../../api/kinds.ts';
import { hitLimit } from '../../../api/kinds.ts';
import { REASONS } from '../../../api/reasons.ts';
import type { Fleet, ProcessView } from '../../../gateway/fleet/fleet.ts';
import type { Informer } from '../../../kube/informer.ts';
import { matchesTarget } from '../../../pods/matches-target.ts';
import { isRunning, type ObservedPod } from '../../../pods/observed-pod.ts';
import type { WireProbe } from '../../../protocol/probe.ts';
import { toWireProbe } from '../../../protocol/wire-probe.ts';
import {
  type AgentFacts,
  decideLifecycle,
  decidePod,
  type Lifecycle,
  type PodDecision,
  type PodFacts,
  type WhyNotInjected,
} from '../decide.ts';
import type { Observations } from '../observed/observations.ts';
import { type NoPods, whyNoPods } from '../status/no-pods.ts';
import type { MatchedPod } from '../status/verdict.ts';
import { SETTLE_MS } from '../status/write-gate.ts';
import { isBeingTakenOut, isCarried, type Leftovers, leftoversOf, NO_LEFTOVERS } from './leftovers.ts';
import type { ProbeRecord } from './record.ts';
import type { Holder } from './shares.ts';

/** What was decided for a probe, and where its pods stand with that. */
export interface PodDecisions {
  readonly lifecycle: Lifecycle;
  readonly pods: readonly MatchedPod[];
  /** Why there are no pods, when there are none. */
  readonly noPods: NoPods | undefined;
  /** None while the probe is active. */
  readonly leftovers: Leftovers;
  /** Milliseconds since 1970: when the limit is divided at the latest, while agents are awaited that may hold parts of it. */
  readonly dividesTime: number | undefined;
}

/** It stays desired, so that it gets in when there is room; what is shown is that there is none. */
const NO_ROOM: PodDecision = {
  assigned: false,
  state: 'Waiting',
  reason: 'TooManyProbes',
  message: `${REASONS.TooManyProbes.means} ${REASONS.TooManyProbes.do}`,
};

const UNASSIGNED: PodDecision = { assigned: false, state: 'Pending', reason: 'Progressing' };

export interface PlannerOptions {
  /** With an index `namespace`. */
  readonly pods: Pick<Informer<ObservedPod>, 'by'>;
  readonly fleet: Fleet;
  /** Why every probe is to be out of every process; undefined when nothing speaks against probes. */
  disarmOrder(): string | undefined;
  /** Whether the agent of the pod can trust the gateway. */
  readonly isTrusting: (pod: ObservedPod) => boolean;
  readonly whyNotInjected?: WhyNotInjected;
  /** Of the operator, milliseconds since 1970. */
  readonly startTime: number;
}

/** Gathers what the decisions about a probe need, and carries them into the Fleet. All of it is in memory and takes no time. */
export class Planner {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /**
   * Decides anew from what is known now, and tells the Fleet what is desired.
   * @param now milliseconds since 1970.
   */
  plan(probe: Probe, record: ProbeRecord, now: number): PodDecisions {
    const { target } = probe.spec;
    const matched = this.#matched(probe);
    this.#observe(probe, record, matched);
    const issues = record.issuesIn(this.#languagesOf(probe, matched), probe);
    const { expireTime, observations } = record;
    const holders = this.#holders(probe, record, matched, now);
    const isCounted = record.isRestored || holders.some(({ knowsGrants }) => !knowsGrants);
    const hits = hitsAgainstLimit(record, holders, isCounted);
    const disarmed = this.#options.disarmOrder();
    const lifecycle = decideLifecycle({ issues, now, expireTime, hits, hitLimit: hitLimit(probe), disarmed });
    const desired = new Map<string, WireProbe>();
    const decisions = matched.map((pod) => {
      const decision = lifecycle.active ? decidePod(target, pod, this.#agentOf(pod), this.#factsOf(pod)) : UNASSIGNED;
      // The whole limit, whatever is used up: it is grants that hold it over all processes, and a number that changed with every hit or
      // every restart of the operator would make agents place the probe again.
      if (decision.assigned) desired.set(pod.metadata.uid, toWireProbe(probe, { now, expireTime }));
      return { pod, decision };
    });
    const settledTime = this.#options.startTime + SETTLE_MS;
    const isSettling = now < settledTime && holders.some(({ isUnknown }) => isUnknown);
    const grants = isSettling
      ? new Map<string, number>()
      : record.shares.divide(
          holders.filter(({ podUID, knowsGrants }) => knowsGrants && desired.has(podUID)),
          isCounted ? observations.hits : 0,
        );
    this.#options.fleet.assign(record.uid, desired, grants);
    const shown = (pod: ObservedPod, decision: PodDecision): PodDecision =>
      decision.assigned && this.#options.fleet.isLeftOut(pod.metadata.uid, record.uid) ? NO_ROOM : decision;
    const pods = decisions.map(({ pod, decision }) => this.#matchedPod(probe, pod, shown(pod, decision), now));
    const leftovers = lifecycle.active ? NO_LEFTOVERS : leftoversOf(pods, observations, expireTime, now);
    record.isOut = !lifecycle.active && isOut(record, pods, leftovers);
    const noPods =
      pods.length > 0 ? undefined : whyNoPods(target, this.#options.pods.by('namespace', probe.metadata.namespace));
    return {
      lifecycle,
      pods,
      noPods,
      leftovers: record.isOut ? NO_LEFTOVERS : leftovers,
      dividesTime: isSettling ? settledTime : undefined,
    };
  }

  /** Processes that nobody reaches now, as far as they may carry the probe. */
  leftovers(probe: Probe, { observations, expireTime, isOut }: ProbeRecord, now: number): Leftovers {
    if (isOut) return NO_LEFTOVERS;
    const pods = this.#matched(probe).map((pod) => this.#matchedPod(probe, pod, UNASSIGNED, now));
    return leftoversOf(pods, observations, expireTime, now);
  }

  /** After `assign`: an acknowledgment of the desired state before does not count. */
  #matchedPod(probe: Probe, pod: ObservedPod, decision: PodDecision, now: number): MatchedPod {
    const view = this.#options.fleet.pod(pod.metadata.uid);
    const processes = this.#processesOf(probe, pod);
    return {
      pod,
      decision,
      connected: view?.connected === true,
      // An agent that has not come since the operator started was seen by an earlier one, if at all.
      lastSeenTime: view === undefined ? this.#options.startTime : (view.disconnectedAt ?? now),
      isUnseen: view === undefined,
      acknowledged: processes.length > 0 ? processes.every((one) => one.acknowledged) : view?.acknowledged === true,
      processes,
    };
  }

  #matched({ metadata, spec: { target } }: Probe): ObservedPod[] {
    return this.#options.pods
      .by('namespace', metadata.namespace)
      .filter((pod) => isRunning(pod) && matchesTarget(target, pod));
  }

  /** Pods among which the limit is divided. */
  #holders(probe: Probe, record: ProbeRecord, matched: readonly ObservedPod[], now: number): Holder[] {
    const { uid, generation, observations, shares } = record;
    const shareOf = (podUID: string) => this.#options.fleet.share(podUID, uid, generation);
    for (const podUID of shares.podUIDs()) shares.observe(podUID, shareOf(podUID));
    return matched.map((pod): Holder => {
      const podUID = pod.metadata.uid;
      const view = this.#options.fleet.pod(podUID);
      const share = shareOf(podUID);
      const processes = view?.connected === true ? this.#processesOf(probe, pod) : [];
      const hasAnswered = processes.length > 0 && processes.every(({ acknowledged }) => acknowledged);
      const isHeard = share?.isHeard === true;
      const isOld =
        pod.metadata.creationTimestamp === undefined ||
        Date.parse(pod.metadata.creationTimestamp) < this.#options.startTime;
      const hasHadTime = now > (view?.connectedAt ?? now) + SETTLE_MS;
      return {
        podUID,
        share,
        // An agent of an older version says nothing of them; what its processes count is all that is known.
        knowsGrants: isHeard || !hasAnswered,
        isConnected: view?.connected === true,
        isUnknown: record.isRestored && isOld && !isHeard && !hasAnswered,
        // Only an agent before the present one leaves a question that processes have to answer.
        hits:
          hasAnswered && share !== undefined && share.earlier > 0
            ? this.#hitsOf(pod, observations, hasHadTime)
            : undefined,
      };
    });
  }

  #hitsOf({ metadata }: ObservedPod, observations: Observations, hasHadTime: boolean): number | undefined {
    return observations.hitsOfPod(metadata.name) ?? (hasHadTime ? Number.POSITIVE_INFINITY : undefined);
  }

  #observe(probe: Probe, { uid, generation, observations }: ProbeRecord, matched: readonly ObservedPod[]): void {
    const unheard = new Set<string>();
    const reports = matched.flatMap((pod) => {
      const podName = pod.metadata.name;
      const views = this.#processesOf(probe, pod);
      if (views.length === 0) unheard.add(podName);
      return views.map(({ process, state }) => {
        return { podName, process, state: state?.generation === generation ? state : undefined };
      });
    });
    observations.observe(reports, unheard);
    const drops = matched.reduce((sum, pod) => sum + this.#options.fleet.agentDropped(pod.metadata.uid, uid), 0);
    observations.setLosses(this.#options.fleet.lostResults(uid), drops);
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

  /** What the processes declare that the probe is meant for; empty while none is known. */
  #languagesOf(probe: Probe, matched: readonly ObservedPod[]): ReadonlySet<string> {
    return new Set(matched.flatMap((pod) => this.#processesOf(probe, pod).map(({ process }) => process.language)));
  }

  /** Those that the probe is meant for: a process that does not know its container may be any. */
  #processesOf(probe: Probe, pod: ObservedPod): ProcessView[] {
    const wanted = probe.spec.target.containerName;
    const views = this.#options.fleet.pod(pod.metadata.uid)?.forProbe(probe.metadata.uid) ?? [];
    return views.filter(({ process: { containerName: its } }) => {
      return wanted === undefined || its === undefined || its === wanted;
    });
  }
}

/** Once it is out of every process, those that come and go do not concern it, unless one says that it has it all the same. */
function isOut(
  { isOut: wasOut, observations }: ProbeRecord,
  pods: readonly MatchedPod[],
  leftovers: Leftovers,
): boolean {
  if (wasOut) return !isCarried(pods);
  // An agent that has just started may not have heard of the processes of its pod yet.
  const isUnheard = pods.some(({ pod, connected, processes }) => {
    return (
      connected && processes.length === 0 && observations.live().some(({ podName }) => podName === pod.metadata.name)
    );
  });
  return !isUnheard && !isBeingTakenOut(pods, leftovers);
}

/**
 * What counts against the limit: what agents say that they reported, and hits that are counted where not all say so.
 * @param isCounted what agents say is not all that there was.
 */
function hitsAgainstLimit(
  { shares, observations }: ProbeRecord,
  holders: readonly Holder[],
  isCounted: boolean,
): number {
  const spent = shares.spent(new Set(holders.map(({ podUID }) => podUID)));
  const isKnown = !isCounted && holders.length > 0 && holders.every(({ share }) => share?.isHeard === true);
  return isKnown ? spent : Math.max(spent, observations.hits);
}
