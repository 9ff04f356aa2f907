import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { conditionOf } from '../../api/conditions.ts';
import { API_VERSION, type Probe } from '../../api/kinds.ts';
import type { Reason } from '../../api/reasons.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Fleet, PodIdentity } from '../../gateway/fleet/fleet.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { Informer } from '../../kube/informer.ts';
import { timeOf } from '../../kube/time.ts';
import { type ReconcileResult, WorkQueue } from '../../kube/work-queue.ts';
import type { OperatorMetrics } from '../../operator/metrics.ts';
import { matchesTarget } from '../../pods/matches-target.ts';
import type { ObservedPod } from '../../pods/observed-pod.ts';
import type { Result } from '../../protocol/result.ts';
import type { ProcessInfo } from '../../protocol/state.ts';
import { TimeSlice } from '../../time-slice.ts';
import type { AttachView } from '../attach/view.ts';
import { disarmOrder, type OwnDeployment } from '../own-deployment.ts';
import { RECHECK_MS } from '../policies/access.ts';
import type { Policies } from '../policies/policies.ts';
import { ProbeAudit } from './audit/probe-audit.ts';
import type { WhyNotInjected } from './decide.ts';
import { type JudgedProbe, JudgmentNews, judgedProbe } from './desired/judged-probe.ts';
import { Planner, type PodDecisions } from './desired/planner.ts';
import { ProbeRecord } from './desired/probe-record.ts';
import { QuotaLedger } from './desired/quota-ledger.ts';
import { valueOfProbe, valuesForProbes, valuesOfPod } from './desired/target-index.ts';
import { leftoverEvent } from './desired/unreachable-processes.ts';
import { keyOf, splitKey } from './probe-key.ts';
import { isAwaitingAgents, isExpectingNews, isOrderOver } from './status/expected-news.ts';
import { type StatusChange, StatusWriter } from './status/status-writer.ts';
import { decideWrite, SETTLE_MS, writeInterval } from './status/write-gate.ts';
import { renderStatus } from './status.ts';

/** Probes that each queue works on at a time, and so the statuses that are written at a time. */
const CONCURRENCY = 8;
/** Three times a slice: when thousands of probes are due at once, each queue takes at most a quarter of the event loop. */
const PAUSE_MS = 15;
/** The same while many agents are connecting, which need no plan to come back: at most a sixteenth. */
const BUSY_PAUSE_MS = 75;
/** After a reconcile a probe rests for this many times its duration, so that one with thousands of pods leaves time for the others. */
const REST_FACTOR = 9;
/** Longest rest; status waits as long between two writes. */
const MAX_REST_MS = 2000;
/** Shortest rest, in which what many agents report is planned together; and while so many agents are connecting that each probe hears of some all the time. */
const MIN_REST_MS = 100;
const BUSY_REST_MS = MAX_REST_MS;
/** How long the last writes may delay the end of the operator. */
const FLUSH_MS = 2000;
/** How long the operator waits at its start for the API server to say who may use which policy. */
const KNOW_MS = 10_000;
const LONGEST_WAIT_MS = 3_600_000;
/** How often it is looked whether processes have answered whose probe was removed. */
const CONFIRM_MS = 1000;
/** How soon a probe is looked at again while the API server has not said who may use a policy. */
const UNDECIDED_MS = 1000;

export interface ProbeControllerOptions {
  readonly client: KubeClient;
  /** One informer for each kind, with the indexes of {@link PROBE_INDEXES}. */
  readonly probes: readonly Informer<Probe>[];
  /** With the indexes of {@link POD_INDEXES}. */
  readonly pods: Informer<ObservedPod>;
  readonly fleet: Fleet;
  readonly policies: Policies;
  /** The operator's Deployment, where there is one; an annotation on it can disarm all probes. */
  readonly ownDeployment?: Informer<OwnDeployment>;
  /** Whether the agent of the pod can trust the gateway. */
  readonly isTrusting?: (pod: ObservedPod) => boolean;
  readonly whyNotInjected?: WhyNotInjected;
  /** Whether and how an agent comes into a pod that was not injected; undefined where nothing adds one. */
  readonly attachView?: (pod: ObservedPod, containerName: string | undefined) => AttachView;
  /** Whether many agents are connecting. */
  readonly isBusy?: () => boolean;
  readonly events: EventRecorder;
  readonly audit: AuditLog;
  readonly metrics: OperatorMetrics;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export const PROBE_INDEXES = {
  uid: (probe: Probe) => [probe.metadata.uid],
  target: ({ spec, metadata }: Probe) => [valueOfProbe(spec.target, metadata.namespace)],
};
export const POD_INDEXES = {
  uid: (pod: ObservedPod) => [pod.metadata.uid],
  target: valuesOfPod,
  namespace: (pod: ObservedPod) => [pod.metadata.namespace],
};

/**
 * Observes: the probes of every kind, the pods of their namespaces, and what agents report (Fleet).
 * Decides: whether a probe is to be in any process at all, and in which of the pods that its target matches (desired/planner.ts gathers,
 * decide.ts and pods/matches-target.ts decide). What differs between the kinds is in kinds.ts.
 * Writes: the desired set of each probe into the Fleet; its status (status.ts renders it, status/write-gate.ts says when: at most once in two
 * seconds and never without a change); Events on transitions (status/events.ts).
 * Tells what happens to the audit (audit/probe-audit.ts).
 * Read by: the gateway, which brings desired sets to agents; people, who read status.
 */
export class ProbeController {
  readonly #options: ProbeControllerOptions;
  readonly #now: () => number;
  /** Probes to plan. Apart from statuses to write, since planning in memory must not wait for hundreds of writes to the API server. */
  readonly #queue: WorkQueue;
  readonly #statuses: WorkQueue;
  readonly #quotas: QuotaLedger;
  readonly #planner: Planner;
  readonly #writer: StatusWriter;
  readonly #audit: ProbeAudit;
  readonly #records = new Map<string, ProbeRecord>();
  /** Keys of the records, by the UID of the probe. */
  readonly #keys = new Map<string, string>();
  readonly #news = new JudgmentNews();
  readonly #judgmentListeners: (() => void)[] = [];
  #startTime = 0;
  #unwritten: readonly StatusChange[] = [];

  constructor(options: ProbeControllerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const { pods, fleet, policies, isTrusting = () => true, whyNotInjected, attachView } = options;
    this.#quotas = new QuotaLedger((keys) => {
      for (const key of keys) this.#queue.addUrgent(key);
    });
    this.#planner = new Planner({
      quotas: this.#quotas,
      pods,
      fleet,
      policies,
      isTrusting,
      whyNotInjected,
      attachView,
      disarmOrder: () => this.#disarmOrder(),
      startTime: this.#now(),
    });
    this.#audit = new ProbeAudit(options);
    this.#writer = new StatusWriter(options.client, options.events);
    const queue = (
      name: string,
      step: (probe: Probe, log: Logger, signal: AbortSignal) => Promise<ReconcileResult>,
    ) => {
      const made: WorkQueue = new WorkQueue({
        name,
        concurrency: CONCURRENCY,
        pauseMs: () => (this.#isBusy() ? BUSY_PAUSE_MS : PAUSE_MS),
        reconcile: (key, signal) => this.#reconcile(key, signal, step),
        ...options.metrics.queueHooks(name, () => made.depth),
      });
      return made;
    };
    this.#queue = queue('probes', async (probe) => this.#plan(probe));
    this.#statuses = queue('statuses', (probe, log, signal) => this.#writeStatus(probe, log, signal));
  }

  /**
   * Begins to reconcile; called once, when all informers are synced. When it resolves, the Fleet has every desired set and has been
   * released, or the signal has aborted. Before, all probes are planned, in slices of time, so that the Lease is renewed meanwhile.
   */
  async start(signal: AbortSignal): Promise<void> {
    const { probes, pods, fleet, metrics } = this.#options;
    fleet.onResults((identity, results, processes) => this.#takeResults(identity, results, processes));
    fleet.onProbeChange((uid) => this.#enqueueByUID(uid));
    fleet.onPodChange((uid) => this.#enqueueMatching(...pods.by('uid', uid)));
    for (const informer of probes) {
      informer.onChange(({ type, object }) => {
        if (type === 'deleted') this.#withdraw(object);
        else if (this.#records.get(keyOf(object))?.isOwnWrite(object) !== true) this.#queue.addUrgent(keyOf(object));
      });
    }
    // Pods that exist already need not enqueue probes, as every probe is planned anyway.
    let isReplay = true;
    pods.onChange(({ object, before }) => {
      if (isReplay) return;
      if (before === undefined) this.#enqueueMatching(object);
      else if (!isSamePod(object, before)) this.#enqueueMatching(object, before);
    });
    isReplay = false;
    await this.#knowRequesters();
    await this.#planAll();
    if (signal.aborted) return;
    this.#startTime = this.#now();
    fleet.release();
    let order = this.#disarmOrder();
    this.#options.ownDeployment?.onChange(() => {
      if (this.#disarmOrder() === order) return;
      order = this.#disarmOrder();
      this.#options.log.warn({ order }, order === undefined ? 'probes may be armed again' : 'every probe is taken out');
      this.reconsider();
    });
    metrics.observeProbes(() =>
      [...this.#records].map(([key, { rendered }]) => ({ kind: splitKey(key).kind, rendered })),
    );
    void this.#recheckRequesters(signal);
    void this.#confirmRemovals(signal);
    this.#queue.start(signal);
    this.#statuses.start(signal);
    // Rendered at once, while agents are connected: later they would all be shown as disconnected.
    signal.addEventListener('abort', () => {
      this.#unwritten = [...this.#records].flatMap(([key, record]) => this.#unwrittenOf(key, record));
    });
  }

  /** Without an answer nothing would be desired of a probe that an earlier operator had armed, and it would be taken out for a moment. */
  async #knowRequesters(): Promise<void> {
    const { policies } = this.#options;
    const known = Promise.all(this.#listed().map((probe) => policies.know(probe)));
    await Promise.race([known, delay(KNOW_MS, undefined, { ref: false })]);
  }

  /** Rights are taken away without an event that could be watched. */
  async #recheckRequesters(signal: AbortSignal): Promise<void> {
    const slice = new TimeSlice();
    while (!signal.aborted) {
      await delay(RECHECK_MS, undefined, { signal, ref: false }).catch(() => undefined);
      for (const probe of this.#listed()) {
        await slice.remaining();
        this.#options.policies.recheck(probe);
      }
    }
  }

  /** The object is gone, and with it the status that would be written. */
  async #confirmRemovals(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(CONFIRM_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.#audit.confirm(this.#now());
    }
  }

  /** Every probe, of all kinds. */
  #listed(): Probe[] {
    return this.#options.probes.flatMap((informer) => informer.list());
  }

  /** Plans every probe before any set is sent: an incomplete set would disarm what an earlier operator had armed. */
  async #planAll(): Promise<void> {
    const slice = new TimeSlice();
    // Those that had a part of a quota keep it; of the others the oldest comes first.
    const all = this.#listed().toSorted(byAdmission);
    for (const { kind, metadata } of all) {
      await slice.remaining();
      // The probe may have changed or been deleted since the list was read.
      const probe = this.#find(`${kind}/${metadata.namespace}/${metadata.name}`);
      if (probe === undefined) continue;
      const { lifecycle, pods } = this.#planner.plan(probe, this.#recordOf(probe), this.#now());
      if (lifecycle.active) continue;
      const podUIDs = pods.map(({ pod }) => pod.metadata.uid);
      this.#options.fleet.expectLate(probe.metadata.uid, podUIDs);
    }
  }

  /** Reconciles every probe, of one namespace or of all, after a change that concerns all of them. */
  reconsider(namespace?: string): void {
    for (const probe of this.#listed()) {
      if (namespace === undefined || probe.metadata.namespace === namespace) this.#queue.addUrgent(keyOf(probe));
    }
  }

  /** What is decided of each probe now. */
  *judgments(): Iterable<JudgedProbe> {
    for (const record of this.#records.values()) yield judgedProbe(record);
  }

  /** Called when anything that {@link judgments} says has changed. */
  onJudgment(listener: () => void): void {
    this.#judgmentListeners.push(listener);
  }

  /** Languages that the processes declare which the probe would be for; empty where none is known. */
  languagesFor(probe: Probe): ReadonlySet<string> {
    return this.#planner.languagesFor(probe);
  }

  /** Reconciles the probes that match the pod, after a change of what is known of it beside the pod itself. */
  podChanged(pod: ObservedPod): void {
    this.#enqueueMatching(pod);
  }

  /** After the signal has aborted: writes statuses that were held back, in two seconds at most. Only while the Lease is still held. */
  async flush(): Promise<void> {
    const signal = AbortSignal.timeout(FLUSH_MS);
    const writes = this.#unwritten.map((change) => this.#writer.write(change, this.#now(), signal));
    const failed = (await Promise.allSettled(writes)).filter(({ status }) => status === 'rejected').length;
    if (failed > 0) this.#options.log.warn({ controller: 'probes', failed }, 'last statuses not written');
  }

  #disarmOrder(): string | undefined {
    const [deployment] = this.#options.ownDeployment?.list() ?? [];
    return this.#options.ownDeployment === undefined ? undefined : disarmOrder(deployment);
  }

  async #reconcile(
    key: string,
    signal: AbortSignal,
    step: (probe: Probe, log: Logger, signal: AbortSignal) => Promise<ReconcileResult>,
  ): Promise<ReconcileResult> {
    const probe = this.#find(key);
    if (probe === undefined) return {};
    if (probe.metadata.deletionTimestamp !== undefined) {
      this.#withdraw(probe);
      return {};
    }
    const { kind, namespace, name } = splitKey(key);
    const log = this.#options.log.child({ controller: 'probes', kind, namespace, name, reconcileID: randomUUID() });
    try {
      return await step(probe, log, signal);
    } catch (error) {
      if (signal.aborted) return {};
      log.error({ error }, 'reconcile failed');
      throw error;
    }
  }

  #isBusy(): boolean {
    return this.#options.isBusy?.() === true;
  }

  /** Decides what is desired and assigns it in the Fleet. What status shows of it follows as soon as it may be written again. */
  #plan(probe: Probe): ReconcileResult {
    const startedAt = performance.now();
    const record = this.#recordOf(probe);
    const now = this.#now();
    const { lifecycle, leftovers, dividesTime } = this.#decide(probe, record, now);
    const ends = lifecycle.active ? record.expireTime : leftovers.cleanTime;
    const isBusy = this.#isBusy();
    const isShown = probe.status?.observedGeneration === record.generation;
    this.#statuses.addAfter(keyOf(probe), (record.lastWriteTime ?? 0) + writeInterval(isBusy && isShown) - now);
    const leastMs = isBusy ? BUSY_REST_MS : MIN_REST_MS;
    const restMs = Math.min(MAX_REST_MS, Math.max(leastMs, (performance.now() - startedAt) * REST_FACTOR));
    const undecided = record.planned.decisions?.isWaiting === true ? UNDECIDED_MS : undefined;
    const deadline = record.approval?.missing.length ? record.approval.deadline : undefined;
    const times = [ends, dividesTime, deadline].map((time) => untilTime(time, now));
    return { requeueAfterMs: earliest(...times, undecided), restMs };
  }

  #decide(probe: Probe, record: ProbeRecord, now: number): PodDecisions {
    const plan = this.#planner.plan(probe, record, now);
    if (this.#news.take(record)) this.#tellJudgment();
    this.#audit.planned(probe, record, plan, now);
    return plan;
  }

  #tellJudgment(): void {
    for (const listener of this.#judgmentListeners) listener();
  }

  /** Renders the status, and writes it if it differs and the time has come. */
  async #writeStatus(probe: Probe, log: Logger, signal: AbortSignal): Promise<ReconcileResult> {
    const { metrics } = this.#options;
    const record = this.#recordOf(probe);
    const now = this.#now();
    const plan = this.#decide(probe, record, now);
    const change = this.#render(probe, record, plan, now);
    const { base, rendered } = change;
    metrics.droppedChanged(record.rendered?.dropped ?? base?.dropped, rendered.dropped);
    record.rendered = rendered;
    if (conditionOf(rendered.conditions, 'Armed')?.status === 'True') record.armedSinceTime ??= now;
    const gate = decideWrite({
      now,
      lastWriteTime: record.lastWriteTime,
      firstSeenTime: record.firstSeenTime,
      armedTime: record.armedSinceTime,
      settledTime: this.#startTime + SETTLE_MS,
      base,
      rendered,
      isExpectingNews: isExpectingNews(plan, record),
      isAwaitingAgents: !isOrderOver(plan, base) && isAwaitingAgents(plan, record),
      isBusy: this.#isBusy(),
    });
    if (!gate.write) return { requeueAfterMs: gate.afterMs };
    const { written, event } = await this.#writer.write(change, now, signal);
    if (!written) return {};
    metrics.statusWritten();
    if (event !== undefined) log.info({ reason: event.reason, note: event.note }, 'probe changed');
    log.debug({ hits: rendered.hits, pods: rendered.pods }, 'status written');
    return {};
  }

  #render(
    probe: Probe,
    record: ProbeRecord,
    { lifecycle, judgment, pods, noPods, leftovers }: PodDecisions,
    now: number,
  ): StatusChange {
    const base = record.baseStatus(probe);
    const { armedTime, expirationTime, observations } = record;
    const time = timeOf(now);
    const rendered = renderStatus({
      ...{ probe, judgment, approval: record.approval, base, lifecycle, pods, noPods, leftovers },
      ...{ armedTime, expirationTime, observations, isOut: record.isOut, now: time },
    });
    return { probe, record, base, rendered };
  }

  #unwrittenOf(key: string, record: ProbeRecord): StatusChange[] {
    const probe = this.#find(key);
    if (probe === undefined || !record.isOf(probe) || probe.metadata.deletionTimestamp !== undefined) return [];
    const plan = this.#planner.plan(probe, record, this.#now());
    if (isAwaitingAgents(plan, record)) return [];
    const change = this.#render(probe, record, plan, this.#now());
    return isDeepStrictEqual(change.base, change.rendered) ? [] : [change];
  }

  #takeResults(from: PodIdentity, results: readonly Result[], processes: ReadonlyMap<string, ProcessInfo>): void {
    for (const result of results) {
      const probe = this.#findByUID(result.uid);
      // One that is being deleted has its last record already.
      if (probe === undefined || probe.metadata.deletionTimestamp !== undefined) continue;
      const record = this.#recordOf(probe);
      if (result.generation !== record.generation) continue;
      const process = processes.get(result.instanceID);
      this.#audit.released(probe, record, { result, from, process }, this.#now());
      // Made before other rules of redaction came, and late: it may show what is to be hidden.
      if (result.redactionHash !== record.planned.byUID.get(from.podUID)?.redactionHash) continue;
      record.observations.addResult(result, from.podName, process);
      this.#options.metrics.resultReceived(probe.kind);
    }
  }

  /** The record of the probe's present generation; a changed spec starts a new one. */
  #recordOf(probe: Probe): ProbeRecord {
    const key = keyOf(probe);
    const known = this.#records.get(key);
    if (known?.isOf(probe)) return known;
    const isSameObject = known?.uid === probe.metadata.uid;
    if (known !== undefined && !isSameObject) {
      this.#options.fleet.forget(known.uid);
      this.#keys.delete(known.uid);
    }
    const record = new ProbeRecord(probe, this.#now(), isSameObject ? known : undefined);
    this.#records.set(key, record);
    this.#keys.set(record.uid, key);
    return record;
  }

  #withdraw(probe: Probe): void {
    const key = keyOf(probe);
    this.#quotas.release(key);
    const record = this.#records.get(key);
    const { namespace, name, uid } = probe.metadata;
    if (record?.uid === uid) {
      // An Event, because the object is gone, and its status with it.
      const event = leftoverEvent(this.#planner.leftovers(probe, record, this.#now()));
      if (event !== undefined)
        this.#options.events.record({ apiVersion: API_VERSION, kind: probe.kind, namespace, name, uid }, event);
      this.#audit.deleted(probe, record, this.#now());
      this.#records.delete(key);
      this.#keys.delete(uid);
      this.#tellJudgment();
    }
    this.#options.fleet.forget(uid);
  }

  #enqueueMatching(...pods: readonly ObservedPod[]): void {
    for (const pod of pods) {
      for (const value of valuesForProbes(pod)) {
        for (const informer of this.#options.probes) {
          for (const probe of informer.by('target', value)) {
            if (matchesTarget(probe.spec.target, pod)) this.#queue.add(keyOf(probe));
          }
        }
      }
    }
  }

  #enqueueByUID(uid: string): void {
    const key = this.#keys.get(uid);
    if (key !== undefined) this.#queue.add(key);
  }

  #findByUID(uid: string): Probe | undefined {
    for (const informer of this.#options.probes) {
      const [probe] = informer.by('uid', uid);
      if (probe !== undefined) return probe;
    }
    return undefined;
  }

  #find(key: string): Probe | undefined {
    const { kind, namespace, name } = splitKey(key);
    return this.#options.probes.map((informer) => informer.get(namespace, name)).find((probe) => probe?.kind === kind);
  }
}

/** Whether nothing has changed that concerns a probe; pods change often in other ways. */
function isSamePod(a: ObservedPod, b: ObservedPod): boolean {
  const essence = (pod: ObservedPod) => ({ ...pod, metadata: { ...pod.metadata, resourceVersion: '' } });
  return isDeepStrictEqual(essence(a), essence(b));
}

/** Milliseconds until then; never so long that a timer would overflow: what is further away is looked at again. */
function untilTime(time: number | undefined, now: number): number | undefined {
  return time === undefined ? undefined : Math.min(LONGEST_WAIT_MS, time - now);
}

function earliest(...waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.max(0, Math.min(...known));
}

/** Those that were let in by an earlier operator first, then the oldest. */
function byAdmission(a: Probe, b: Probe): number {
  const isHeld = ({ status }: Probe) =>
    conditionOf(status?.conditions, 'Armed')?.reason === ('QuotaExceeded' satisfies Reason);
  const isNew = (probe: Probe) => (probe.status?.observedGeneration === undefined || isHeld(probe) ? 1 : 0);
  const created = ({ metadata }: Probe) => metadata.creationTimestamp ?? '';
  return isNew(a) - isNew(b) || created(a).localeCompare(created(b)) || a.metadata.uid.localeCompare(b.metadata.uid);
}
