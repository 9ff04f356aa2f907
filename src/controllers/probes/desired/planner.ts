import { isDeepStrictEqual } from 'node:util';
import { hitLimit } from '../../../api/effective-probe.ts';
import type { Probe } from '../../../api/kinds.ts';
import type { Target } from '../../../api/probe.ts';
import { REASONS } from '../../../api/reasons.ts';
import type { Fleet, PodRecordView, ProcessView } from '../../../gateway/fleet/fleet.ts';
import { isSameJson } from '../../../gateway/fleet/same-json.ts';
import type { Informer } from '../../../kube/informer.ts';
import { matchesTarget } from '../../../pods/matches-target.ts';
import { isRunning, type ObservedPod } from '../../../pods/observed-pod.ts';
import { workloadsOfProbe } from '../../../pods/workloads-of-probe.ts';
import { approvalState } from '../../../policy/approvals.ts';
import type { Decision } from '../../../policy/decide.ts';
import { describeDenial, type Judgment } from '../../../policy/judge.ts';
import { describePolicy } from '../../../policy/policy-view.ts';
import { quotaClaims, quotaUse } from '../../../policy/quota.ts';
import { requesterOf } from '../../../policy/requester.ts';
import { lackingFor } from '../../../protocol/needed-enforcement.ts';
import { redactionHash } from '../../../protocol/redaction-hash.ts';
import { toWireProbe } from '../../../protocol/to-wire-probe.ts';
import type { WireProbe } from '../../../protocol/wire-probe.ts';
import type { AttachView } from '../../attach/view.ts';
import type { Policies } from '../../policies/policies.ts';
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
import { keyOf } from '../probe-key.ts';
import { type NoPods, whyNoPods } from '../status/no-pods.ts';
import { judgePod, type MatchedPod, type PodVerdict } from '../status/verdict.ts';
import { SETTLE_MS } from '../status/write-gate.ts';
import { enforcedRules, keyOfRules } from './enforced-rules.ts';
import { PlannedPod, type PlannedPods, type PlannedProbe, processesOf } from './planned-pods.ts';
import { type PolicyKey, ProbeDecisions } from './probe-decisions.ts';
import type { ProbeRecord } from './probe-record.ts';
import type { QuotaLedger } from './quota-ledger.ts';
import { SharedValues } from './shared-values.ts';
import { valuesOfTarget } from './target-index.ts';
import { isBeingTakenOut, isCarried, type Leftovers, leftoversOf, NO_LEFTOVERS } from './unreachable-processes.ts';

/** What was decided for a probe, and the states of its pods. */
export interface PodDecisions {
  readonly lifecycle: Lifecycle;
  readonly pods: readonly MatchedPod[];
  /** What policies say of it. */
  readonly judgment: Judgment;
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

const UNASSIGNED: PodDecision = { assigned: false, state: 'Pending', reason: 'Progressing' };
const NO_LANGUAGES: readonly string[] = [];
/** Languages whose lists are kept; processes declare them as texts of their own. */
const MAX_LANGUAGES = 100;

export interface PlannerOptions {
  /** With indexes `namespace` and `target` (target-index.ts). */
  readonly pods: Pick<Informer<ObservedPod>, 'by' | 'count'>;
  readonly fleet: Fleet;
  readonly policies: Pick<Policies, 'version' | 'of' | 'decide'>;
  readonly quotas: Pick<QuotaLedger, 'claim' | 'release'>;
  /** Why every probe is to be out of every process; undefined when probes may be armed. */
  disarmOrder(): string | undefined;
  /** Whether the pod's agent can trust the gateway. */
  readonly isTrusting: (pod: ObservedPod) => boolean;
  readonly whyNotInjected?: WhyNotInjected;
  /** Whether and how an agent comes into a pod that was not injected; undefined where nothing adds one. */
  readonly attachView?: (pod: ObservedPod, containerName: string | undefined) => AttachView;
  /** When the operator started, milliseconds since 1970. */
  readonly startTime: number;
}

/**
 * Gathers the facts for the decisions about a probe, and writes these into the Fleet, all in memory. What was read of a pod is kept from
 * one plan to the next (planned-pods.ts), so that only pods that have changed are read again.
 */
export class Planner {
  readonly #options: PlannerOptions;
  /** Lists of one language, by the language: processes of a pod rarely have several. */
  readonly #languages = new Map<string, readonly string[]>();
  readonly #decisions = new SharedValues<PodDecision>();
  readonly #verdicts = new SharedValues<PodVerdict>();
  readonly #hashes = new WeakMap<WireProbe, { readonly hash: string | undefined }>();

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /**
   * Decides anew from what is known now, and assigns the probe in the Fleet.
   * @param now milliseconds since 1970.
   */
  plan(probe: Probe, record: ProbeRecord, now: number): PodDecisions {
    const { planned, observations } = record;
    const { pods, isNews, isGone } = this.#hear(probe, record, now);
    const { judgment, isRuled } = this.#askPolicies(probe, record, pods, now);
    const { expireTime, effective } = record;
    const heard = factsOf(pods);
    const issues = record.issuesIn(heard.languages);
    const isCounted = record.isRestored || !heard.isGranted;
    const hits = hitsAgainstLimit(record, pods.length > 0 && heard.isHeard && !isCounted);
    const disarmed = this.#options.disarmOrder();
    const { approval } = record;
    const facts = { issues, judgment, approval, now, expireTime, hits, hitLimit: hitLimit(effective), disarmed };
    const lifecycle = this.#withinQuota(probe, record, pods, decideLifecycle(facts));
    const isMoved = this.#decide(record, pods, lifecycle, isGone, isRuled, now);
    const settledTime = this.#options.startTime + SETTLE_MS;
    const isSettling = now < settledTime && heard.isUnknown;
    if (isSettling) {
      planned.dividedAt = undefined;
    } else {
      const counted = isCounted ? observations.hits : 0;
      // Without news the division would be the same, unless a pod's earlier agent wrote results that become known only after some time.
      const isSame = !isNews && !isMoved && planned.dividedAt === counted;
      if (!isSame || heard.isAwaitingEarlier) {
        const sharing = pods.filter(({ isAssigned, knowsGrants }) => knowsGrants && isAssigned);
        this.#options.fleet.grant(record.uid, record.grants.divide(sharing, counted));
        for (const pod of sharing) pod.isObserved = true;
      }
      planned.dividedAt = counted;
    }
    for (const pod of pods) this.#show(record, pod, lifecycle);
    const leftovers = lifecycle.active ? NO_LEFTOVERS : leftoversOf(pods, observations, expireTime, now);
    record.hasBeenActive ||= lifecycle.active;
    const wasOut = record.isOut;
    record.isOut = !lifecycle.active && isOut(record, pods, leftovers);
    if (record.isOut !== wasOut) record.outTime = record.isOut ? now : undefined;
    const noPods =
      pods.length > 0
        ? undefined
        : whyNoPods(probe.spec.target, this.#options.pods.by('namespace', probe.metadata.namespace));
    return {
      lifecycle,
      pods,
      noPods,
      leftovers: record.isOut ? NO_LEFTOVERS : leftovers,
      judgment,
      dividesTime: isSettling ? settledTime : undefined,
    };
  }

  /** Processes that may still have the probe and cannot be reached now. */
  leftovers(probe: Probe, record: ProbeRecord, now: number): Leftovers {
    if (record.isOut) return NO_LEFTOVERS;
    const of = this.#plannedProbe(probe);
    const pods = this.#matched(probe).map((pod) => new PlannedPod(pod, of));
    return leftoversOf(pods, record.observations, record.expireTime, now);
  }

  /** Languages of the processes for which a probe would be meant that may not exist yet. */
  languagesFor(probe: Probe): ReadonlySet<string> {
    const of = this.#plannedProbe(probe);
    const views = this.#matched(probe).flatMap((pod) => processesOf(of, this.#options.fleet.pod(pod.metadata.uid)));
    return new Set(views.map(({ process }) => process.language));
  }

  #plannedProbe({ metadata: { uid, generation }, spec: { target } }: Probe): PlannedProbe {
    const { fleet, startTime } = this.#options;
    return { fleet, uid, generation, containerName: target.containerName, startTime };
  }

  #matched({ metadata, spec: { target } }: Probe, record?: ProbeRecord): ObservedPod[] {
    return this.#candidates(target, metadata.namespace).filter((pod) => {
      const isKnown = record?.planned.byUID.get(pod.metadata.uid)?.pod === pod;
      return isKnown || (isRunning(pod) && matchesTarget(target, pod));
    });
  }

  /** Reads what agents report of the pods that match now. @returns them in their order. */
  #hear(probe: Probe, record: ProbeRecord, now: number): { pods: PlannedPod[]; isNews: boolean; isGone: boolean } {
    const { uid, generation, observations, grants, planned } = record;
    const { fleet } = this.#options;
    const of = this.#plannedProbe(probe);
    const names = new Set(observations.touchedPods);
    const unheard = new Set<string>();
    const reports: ProcessReport[] = [];
    const news: {
      readonly known: PlannedPod;
      readonly view: PodRecordView | undefined;
      readonly processes: readonly ProcessView[];
    }[] = [];
    const pods: PlannedPod[] = [];
    for (const pod of this.#matched(probe, record)) {
      const { name: podName, uid: podUID } = pod.metadata;
      const known = planned.byUID.get(podUID) ?? new PlannedPod(pod, of);
      pods.push(known);
      const version = fleet.versionOf(podUID);
      const isKnown = known.heardVersion === version && known.pod === pod;
      if (isKnown && !observations.touchedPods.has(podName)) continue;
      if (known.heardVersion < 0) planned.byUID.set(podUID, known);
      const view = fleet.pod(podUID);
      const processes = processesOf(of, view);
      known.pod = pod;
      known.heardVersion = version;
      known.isConnected = view?.connected === true;
      known.languages = this.#languagesOf(processes);
      known.drops = fleet.agentDropped(podUID, uid);
      known.isStale = true;
      news.push({ known, view, processes });
      names.add(podName);
      if (processes.length === 0) unheard.add(podName);
      for (const { process, state } of processes) {
        reports.push({ podName, process, state: state?.generation === generation ? state : undefined });
      }
    }
    const gone = forgetUnmatched(record, pods);
    for (const { pod } of gone) names.add(pod.metadata.name);
    observations.observe(reports, unheard, planned.isBegun ? names : undefined);
    for (const podUID of grants.podUIDs()) {
      if (!planned.byUID.has(podUID)) grants.observe(podUID, fleet.share(podUID, uid, generation));
    }
    for (const { known, view, processes } of news) {
      this.#readHolder(known, record, view, processes, now);
    }
    let drops = 0;
    for (const pod of pods) {
      drops += pod.drops;
      // What its earlier agents wrote may become known only after some time, without a change in the Fleet.
      if (pod.isAwaitingEarlier) this.#readHolder(pod, record, fleet.pod(pod.podUID), pod.processes, now);
    }
    observations.setLosses(fleet.lostResults(uid), drops);
    const isNews = news.length > 0 || gone.length > 0 || !planned.isBegun;
    planned.isBegun = true;
    return { pods, isNews, isGone: gone.some(({ isAssigned }) => isAssigned) };
  }

  /** Decides for each pod, and assigns the probe in the Fleet. @returns whether it is assigned to other pods than before. */
  #decide(
    record: ProbeRecord,
    pods: readonly PlannedPod[],
    { active }: Lifecycle,
    isGone: boolean,
    isRuled: boolean,
    now: number,
  ): boolean {
    const { uid, planned, effective } = record;
    const { target } = effective.spec;
    const before = planned.wires;
    if (before === undefined || isRuled) planned.wires = this.#wiresOf(record, pods, now);
    let isMoved = isGone;
    for (const pod of pods) {
      if (!active) pod.decided = UNASSIGNED;
      else if (isRuled || pod.isStale || pod.decided === UNASSIGNED || this.#dependsOnMore(pod)) {
        const agent = this.#agentOf(pod, planned);
        const decision =
          deniedPod(pod, this.#decisionOf(record, pod, now)) ??
          decidePod(target, pod.pod, agent, this.#factsOf(pod.pod, target));
        if (!isSameDecision(decision, pod.decided)) pod.decided = this.#decisions.share(decision);
      }
      pod.isStale = false;
      isMoved ||= pod.decided.assigned !== pod.isAssigned;
    }
    // A pod whose labels have changed may get what other pods have already.
    const isOther = planned.wires !== before || (isRuled && pods.some((pod) => pod.assignedKey !== pod.policyKey));
    if (!isOther && !isMoved) return false;
    const plans = new Map<string, WireProbe>();
    for (const pod of pods) {
      const wire = wireOf(pod, planned);
      pod.assignedKey = pod.policyKey;
      pod.isAssigned = pod.decided.assigned && wire !== undefined;
      pod.redactionHash = wire === undefined ? undefined : this.#hashOf(wire);
      if (pod.isAssigned && wire !== undefined) plans.set(pod.podUID, wire);
    }
    this.#options.fleet.assign(uid, plans);
    if (active && isOther) this.#forgetOtherRules(record, pods);
    return true;
  }

  /** Asks what policies say of the probe in each pod. @returns whether any of that may differ from what the last plan was told. */
  #askPolicies(
    probe: Probe,
    record: ProbeRecord,
    pods: readonly PlannedPod[],
    now: number,
  ): { judgment: Judgment; isRuled: boolean } {
    const { planned } = record;
    planned.decisions ??= new ProbeDecisions(this.#options.policies, probe);
    let isRuled = planned.decisions.refresh(probe);
    const byKey = new Map<PolicyKey, ObservedPod>();
    for (const pod of pods) {
      if (isRuled || pod.isStale || pod.policyKey === undefined) {
        const key = planned.decisions.keyOf(pod.pod);
        isRuled ||= key !== pod.policyKey;
        pod.policyKey = key;
      }
      byKey.set(pod.policyKey, pod.pod);
    }
    const judgment = planned.decisions.judge(byKey, now);
    planned.judgment = judgment;
    if (judgment.outcome === 'Accepted') record.enforce(judgment.effective);
    const asking = judgment.outcome === 'Accepted' ? judgment.approvals : [];
    isRuled = record.takeApproval(asking.length === 0 ? undefined : approvalState(probe, asking)) || isRuled;
    return { judgment, isRuled };
  }

  #decisionOf({ planned }: ProbeRecord, { policyKey, pod }: PlannedPod, now: number): Decision | undefined {
    return policyKey === undefined ? undefined : planned.decisions?.of(policyKey, pod, now);
  }

  /**
   * The probe as each pod gets it. Sent with the whole limit, whatever is used: grants enforce it over all processes, and a number that
   * changed with every hit or every restart of the operator would make agents place the probe again.
   * @returns the same map as before if nothing of it has changed.
   */
  #wiresOf(record: ProbeRecord, pods: readonly PlannedPod[], now: number): ReadonlyMap<PolicyKey, WireProbe> {
    const { planned, expireTime, effective } = record;
    const wires = new Map<PolicyKey, WireProbe>();
    for (const pod of pods) {
      const { policyKey } = pod;
      const decision = this.#decisionOf(record, pod, now);
      if (policyKey === undefined || wires.has(policyKey) || decision?.outcome !== 'Accepted') continue;
      const wire = toWireProbe(decision.effective, { now, expireTime, remainingHits: hitLimit(effective) });
      const known = planned.wires?.get(policyKey);
      wires.set(policyKey, known !== undefined && isDeepStrictEqual(known, wire) ? known : wire);
    }
    const isSame =
      planned.wires?.size === wires.size && [...wires].every(([key, wire]) => planned.wires?.get(key) === wire);
    return isSame && planned.wires !== undefined ? planned.wires : wires;
  }

  /** Takes out of status what was made under rules of redaction that are not those of its pod any more. */
  #forgetOtherRules({ observations, effective }: ProbeRecord, pods: readonly PlannedPod[]): void {
    const byName = new Map(pods.map(({ pod, redactionHash: hash }) => [pod.metadata.name, { hash }]));
    const ofOthers = { hash: redactionHash(effective.spec.redaction) };
    observations.keepOnly((podName, hash) => hash === (byName.get(podName) ?? ofOthers).hash);
  }

  #hashOf(wire: WireProbe): string | undefined {
    const known = this.#hashes.get(wire);
    if (known !== undefined) return known.hash;
    const hash = redactionHash(wire.redaction);
    this.#hashes.set(wire, { hash });
    return hash;
  }

  /** Takes the probe's part of the quotas that its policies set, or gives it back once the probe is to be in no process. */
  #withinQuota(probe: Probe, record: ProbeRecord, pods: readonly PlannedPod[], lifecycle: Lifecycle): Lifecycle {
    const { quotas } = this.#options;
    const { judgment } = record.planned;
    const key = keyOf(probe);
    record.exceeded = undefined;
    if (!lifecycle.active || judgment?.outcome !== 'Accepted') {
      quotas.release(key);
      return lifecycle;
    }
    if (judgment.policies.every(({ spec }) => spec.quota === undefined)) {
      quotas.release(key);
      return lifecycle;
    }
    const workloads = workloadsOfProbe(
      probe,
      pods.map(({ pod }) => pod),
    );
    const { effective } = judgment;
    const claims = quotaClaims(judgment.policies, { effective, requester: requesterOf(probe.metadata), workloads });
    const created = probe.metadata.creationTimestamp ?? '';
    const exceeded = quotas.claim({ key, created, use: quotaUse(effective), claims });
    record.exceeded = exceeded?.policy;
    if (exceeded === undefined) return lifecycle;
    return { active: false, reason: 'QuotaExceeded', message: exceeded.message, stalled: false };
  }

  /** Whether the decision may differ although nothing changed in the Fleet: that of a pod whose agent is not connected has other reasons too. */
  #dependsOnMore({ isConnected, decided, pod }: PlannedPod): boolean {
    if (isConnected) return false;
    return decided.reason !== 'AgentDisconnected' || !this.#options.isTrusting(pod);
  }

  /** Makes what status shows of the pod. Called after `assign`, since an acknowledgment of the earlier desired state does not count. */
  #show({ uid, generation, planned }: ProbeRecord, pod: PlannedPod, { active }: Lifecycle): void {
    const { fleet } = this.#options;
    const { podUID, decided } = pod;
    const version = fleet.versionOf(podUID);
    if (pod.shownVersion === version && pod.shownDecided === decided) return;
    pod.shownVersion = version;
    pod.shownDecided = decided;
    pod.decision = decided.assigned && fleet.isLeftOut(podUID, uid) ? NO_ROOM : decided;
    const isRedacted = planned.judgment?.policies.some(({ spec }) => spec.redaction !== undefined) === true;
    const read = active || isRedacted ? pod.read() : undefined;
    pod.verdict = active && read !== undefined ? this.#shareVerdict(judgePod(read, generation), planned) : undefined;
    const { isAssigned } = pod;
    const enforced = isRedacted && read !== undefined ? keyOfRules(enforcedRules({ ...read, isAssigned })) : '';
    if (enforced === pod.enforced) return;
    // Of most pods the same is said, which is kept once.
    if (enforced !== planned.lastEnforced) planned.lastEnforced = enforced;
    pod.enforced = planned.lastEnforced;
    planned.rulesVersion += 1;
  }

  #shareVerdict(verdict: PodVerdict, planned: PlannedPods): PodVerdict {
    if (planned.lastVerdict === undefined || !isSameJson(verdict, planned.lastVerdict)) {
      planned.lastVerdict = this.#verdicts.share(verdict);
    }
    return planned.lastVerdict;
  }

  #languagesOf(processes: readonly ProcessView[]): readonly string[] {
    const [first] = processes;
    if (first === undefined) return NO_LANGUAGES;
    const { language } = first.process;
    if (processes.every(({ process }) => process.language === language)) {
      const known = this.#languages.get(language) ?? [language];
      if (this.#languages.size < MAX_LANGUAGES) this.#languages.set(language, known);
      return known;
    }
    return [...new Set(processes.map(({ process }) => process.language))];
  }

  /** Reads the facts about the pod that dividing the limit needs. */
  #readHolder(
    planned: PlannedPod,
    record: ProbeRecord,
    view: PodRecordView | undefined,
    processes: readonly ProcessView[],
    now: number,
  ): void {
    const { observations, grants } = record;
    const { pod, podUID, share } = planned;
    if (grants.has(podUID)) grants.observe(podUID, share);
    const isConnected = view?.connected === true;
    const hasAnswered = isConnected && processes.length > 0 && processes.every(({ acknowledged }) => acknowledged);
    const isHeard = share?.isHeard === true;
    const isOld =
      pod.metadata.creationTimestamp === undefined ||
      Date.parse(pod.metadata.creationTimestamp) < this.#options.startTime;
    const hasHadTime = now > (view?.connectedAt ?? now) + SETTLE_MS;
    planned.isObserved = false;
    planned.isHeard = isHeard;
    planned.isAwaitingEarlier = share !== undefined && share.earlier > 0;
    // An agent of an older version reports no usage; only the counts of its processes are known.
    planned.knowsGrants = isHeard || !hasAnswered;
    planned.isUnknown = record.isRestored && !isHeard && !hasAnswered && isOld;
    // Counts of processes are needed only to find out what earlier agents of the pod wrote.
    planned.hits = hasAnswered && planned.isAwaitingEarlier ? this.#hitsOf(pod, observations, hasHadTime) : undefined;
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

  #factsOf(pod: ObservedPod, { containerName }: Target): PodFacts {
    const { isTrusting, whyNotInjected, attachView } = this.#options;
    const attach = pod.isInjected ? undefined : attachView?.(pod, containerName);
    return { isDistrusting: !isTrusting(pod), whyNotInjected, attach };
  }

  #agentOf(pod: PlannedPod, planned: PlannedPods): AgentFacts | undefined {
    const view = this.#options.fleet.pod(pod.podUID);
    if (view === undefined) return undefined;
    const { connected, enforces, processes } = view;
    const wire = wireOf(pod, planned);
    const lacks = wire === undefined ? [] : lackingFor(wire, enforces);
    return { connected, lacks, processContainers: processes.map(({ process }) => process.containerName) };
  }
}

/** The probe as it is sent to the pod; undefined where policies do not let it in. */
function wireOf({ policyKey }: PlannedPod, { wires }: PlannedPods): WireProbe | undefined {
  return policyKey === undefined ? undefined : wires?.get(policyKey);
}

/** What becomes of the probe in a pod in which policies do not let it; undefined where they do. */
function deniedPod({ pod }: PlannedPod, decision: Decision | undefined): PodDecision | undefined {
  switch (decision?.outcome) {
    case undefined:
      return UNASSIGNED;
    case 'Undecided':
      return { assigned: false, state: 'Waiting', reason: 'PolicyUndecided' };
    case 'Denied':
      return { assigned: false, state: 'Failed', reason: 'PolicyDenied', message: describeDenial(decision.denials[0]) };
    case 'Accepted': {
      const { attachForbidden } = decision;
      if (attachForbidden === undefined || pod.isInjected) return undefined;
      const message = `The pod was started without the agent, and ${describePolicy(attachForbidden)} forbids to add one while it runs. ${REASONS.NotInjected.do}`;
      return { assigned: false, state: 'Failed', reason: 'AttachForbidden', message };
    }
  }
}

function isSameDecision(a: PodDecision, b: PodDecision): boolean {
  return a.assigned === b.assigned && a.state === b.state && a.reason === b.reason && a.message === b.message;
}

/** Forgets pods that no longer match. @returns them. */
function forgetUnmatched({ planned }: ProbeRecord, matched: readonly PlannedPod[]): PlannedPod[] {
  if (matched.length === planned.byUID.size) return [];
  const present = new Set(matched);
  const gone = [...planned.byUID.values()].filter((pod) => !present.has(pod));
  for (const { podUID } of gone) planned.byUID.delete(podUID);
  planned.rulesVersion += 1;
  return gone;
}

/** What the plan needs to know of all pods together. */
function factsOf(pods: readonly PlannedPod[]) {
  const languages = new Set<string>();
  let last: readonly string[] | undefined;
  const facts = { languages, isGranted: true, isHeard: true, isUnknown: false, isAwaitingEarlier: false };
  for (const pod of pods) {
    if (pod.languages !== last) for (const language of pod.languages) languages.add(language);
    last = pod.languages;
    facts.isGranted &&= pod.knowsGrants;
    facts.isHeard &&= pod.isHeard;
    facts.isUnknown ||= pod.isUnknown;
    facts.isAwaitingEarlier ||= pod.isAwaitingEarlier;
  }
  return facts;
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
 * @param isKnown whether there can be no hits that the usage does not cover.
 */
function hitsAgainstLimit({ grants, observations, planned }: ProbeRecord, isKnown: boolean): number {
  const spent = grants.spent(planned.byUID);
  return isKnown ? spent : Math.max(spent, observations.hits);
}
