import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { API_VERSION, KINDS, type Probe } from '../../api/kinds.ts';
import type { Fleet, PodIdentity } from '../../gateway/fleet.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { EventRecorder } from '../../kube/event-recorder.ts';
import type { Informer } from '../../kube/informer.ts';
import { probeResource } from '../../kube/resource.ts';
import { WorkQueue } from '../../kube/work-queue.ts';
import type { OperatorMetrics } from '../../metrics.ts';
import type { WireProbe } from '../../protocol/probe.ts';
import type { Result } from '../../protocol/result.ts';
import type { ProcessInfo } from '../../protocol/state.ts';
import { hitLimit, toWireProbe } from '../../protocol/wire-probe.ts';
import { isRunning, type ObservedPod } from '../observed-pod.ts';
import { decideLifecycle, decidePod, type Lifecycle, type PodDecision } from './decide.ts';
import { eventFor } from './events.ts';
import { LostResults } from './lost-results.ts';
import { ProbeRecord } from './record.ts';
import { type RenderedStatus, renderStatus } from './status.ts';
import { matchesTarget } from './targets.ts';
import { judgePod, type MatchedPod } from './verdict.ts';
import { decideWrite } from './write-gate.ts';

/** Owner of the status of every probe; never renamed, because the API server remembers it. */
export const FIELD_MANAGER = 'davylamp-operator';
/** How long agents have to come back after a restart of the operator before their absence is written into status. */
const SETTLE_MS = 10_000;
const CONCURRENCY = 8;

export interface ProbeControllerOptions {
  readonly client: KubeClient;
  /** One for each kind; with the indexes of {@link PROBE_INDEXES}. */
  readonly probes: readonly Informer<Probe>[];
  /** With the indexes of {@link POD_INDEXES}. */
  readonly pods: Informer<ObservedPod>;
  readonly fleet: Fleet;
  readonly events: EventRecorder;
  readonly metrics: OperatorMetrics;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export const PROBE_INDEXES = {
  uid: (probe: Probe) => [probe.metadata.uid],
  namespace: (probe: Probe) => [probe.metadata.namespace],
};
export const POD_INDEXES = {
  uid: (pod: ObservedPod) => [pod.metadata.uid],
  namespace: (pod: ObservedPod) => [pod.metadata.namespace],
};

interface Plan {
  readonly lifecycle: Lifecycle;
  readonly pods: readonly MatchedPod[];
}

const UNASSIGNED: PodDecision = { assigned: false, state: 'Pending', reason: 'Progressing' };

/**
 * Observes: the probes of both kinds, the pods of their namespaces, and what agents report (Fleet).
 * Decides: whether a probe is to be in any process at all (decide.ts: lifecycle), and in which of the pods that its target matches
 * (decide.ts: pods; targets.ts). What differs between the kinds is in kinds.ts.
 * Writes: the wish of each probe into the Fleet, its status (server-side apply, at most once in two seconds and never without a change:
 * write-gate.ts), and Events on transitions.
 * Read by: the gateway, which brings wishes to agents; people, who read status.
 */
export class ProbeController {
  private readonly options: ProbeControllerOptions;
  private readonly now: () => number;
  private readonly queue: WorkQueue;
  private readonly records = new Map<string, ProbeRecord>();
  private readonly lost = new LostResults();
  private startTime = 0;

  constructor(options: ProbeControllerOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    const hooks = options.metrics.queueHooks('probes', () => this.queue.depth);
    this.queue = new WorkQueue({
      name: 'probes',
      concurrency: CONCURRENCY,
      reconcile: (key, signal) => this.reconcile(key, signal),
      onAdd: hooks.onAdd,
      onResult: (result) => {
        hooks.onResult(result);
        const { key, error, failures } = result;
        if (error !== undefined)
          options.log.error({ controller: 'probes', key, failures, err: error }, 'reconcile failed');
      },
    });
  }

  /** Begins to reconcile, once: all informers must be synced. When it returns, the Fleet knows every wish and has been released. */
  start(signal: AbortSignal): void {
    const { probes, pods, fleet, metrics } = this.options;
    this.startTime = this.now();
    fleet.onResults((identity, results, processes) => this.takeResults(identity, results, processes));
    fleet.onProbeChange((uid) => this.enqueueByUID(uid));
    fleet.onPodChange((uid) => {
      for (const pod of pods.by('uid', uid)) this.enqueueMatching(pod);
    });
    // Before any agent is told anything: an incomplete set would disarm what an earlier operator had armed.
    for (const informer of probes) for (const probe of informer.list()) this.plan(probe, this.recordOf(probe));
    fleet.release();
    for (const informer of probes) {
      informer.onChange(({ type, object }) => {
        if (type === 'deleted') this.withdraw(object);
        else this.queue.add(keyOf(object));
      });
    }
    pods.onChange(({ object, before }) => {
      if (before !== undefined && isSamePod(object, before)) return;
      this.enqueueMatching(object, before);
    });
    metrics.observeProbes(() =>
      [...this.records].map(([key, { rendered }]) => ({ kind: splitKey(key).kind, rendered })),
    );
    this.queue.start(signal);
  }

  private async reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number }> {
    const { client, events, metrics } = this.options;
    const { kind, namespace, name } = splitKey(key);
    const probe = this.find(key);
    if (probe === undefined) return {};
    if (probe.metadata.deletionTimestamp !== undefined) {
      this.withdraw(probe);
      return {};
    }
    const log = this.options.log.child({ controller: 'probes', kind, namespace, name, reconcileID: randomUUID() });
    const record = this.recordOf(probe);
    const { lifecycle, pods } = this.plan(probe, record);
    const now = this.now();
    const base = record.baseStatus(probe);
    const rendered = renderStatus({
      probe,
      base,
      lifecycle,
      pods,
      armedTime: record.armedTime,
      expirationTime: record.expirationTime,
      observations: record.observations,
      now: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
    });
    metrics.droppedChanged(record.rendered?.dropped ?? base?.dropped, rendered.dropped);
    record.rendered = rendered;
    const expiresIn = lifecycle.active ? record.expireTime - now : undefined;
    const settling = this.settlesIn(lifecycle, pods, base, record);
    if (settling > 0) return { requeueAfterMs: earliest(settling, expiresIn) };
    const gate = decideWrite({
      now,
      lastWriteTime: record.lastWriteTime,
      firstSeenTime: record.firstSeenTime,
      base,
      rendered,
      isExpectingNews: lifecycle.active && isExpectingNews(pods, record),
    });
    if (!gate.write) return { requeueAfterMs: earliest(gate.afterMs, expiresIn) };
    record.attempted(now);
    try {
      const body = { apiVersion: API_VERSION, kind, metadata: { name, namespace, uid: record.uid }, status: rendered };
      const options = { fieldManager: FIELD_MANAGER, force: true, signal };
      const answer = await client.applyStatus(probeResource(kind), { namespace, name }, body, options);
      record.written(probe, rendered, KINDS[kind].schema.parse(answer).status);
    } catch (error) {
      // Deleted meanwhile, and perhaps made anew: the informer will tell.
      if (isNotFound(error) || isConflict(error)) return {};
      throw error;
    }
    metrics.statusWritten();
    const event = eventFor(probe, base, rendered);
    if (event !== undefined) {
      events.record({ apiVersion: API_VERSION, kind, namespace, name, uid: record.uid }, event);
      log.info({ reason: event.reason, note: event.note }, 'probe changed');
    }
    log.debug({ hits: rendered.hits, pods: rendered.pods }, 'status written');
    return { requeueAfterMs: expiresIn };
  }

  /** Decides anew from what is known now, and wishes the outcome of the Fleet. Everything here is in memory. */
  private plan(probe: Probe, record: ProbeRecord): Plan {
    const { fleet } = this.options;
    const matched = this.options.pods
      .by('namespace', probe.metadata.namespace)
      .filter((pod) => isRunning(pod) && matchesTarget(probe.spec.target, pod));
    this.observe(probe, record, matched);
    const lifecycle = decideLifecycle({
      issues: record.issues,
      now: this.now(),
      expireTime: record.expireTime,
      hits: record.observations.hits,
      hitLimit: hitLimit(probe),
    });
    const wish = new Map<string, WireProbe>();
    const decisions = matched.map((pod) => {
      const decision = lifecycle.active ? decidePod(probe.spec.target, pod, this.agentOf(pod)) : UNASSIGNED;
      // The whole limit, whatever is used up: it is the operator that holds it over all processes, and a number that changed with
      // every hit or every restart of the operator would make agents place the probe again.
      if (decision.assigned) {
        wish.set(pod.metadata.uid, toWireProbe(probe, { now: this.now(), expireTime: record.expireTime }));
      }
      return { pod, decision };
    });
    fleet.assign(record.uid, wish);
    const pods = decisions.map(({ pod, decision }): MatchedPod => {
      const view = fleet.pod(pod.metadata.uid);
      const processes = this.processesOf(probe, pod);
      const acknowledged =
        processes.length > 0 ? processes.every((one) => one.acknowledged) : view?.acknowledged === true;
      return { pod, decision, connected: view?.connected === true, acknowledged, processes };
    });
    return { lifecycle, pods };
  }

  private observe(probe: Probe, record: ProbeRecord, matched: readonly ObservedPod[]): void {
    const { fleet } = this.options;
    const { uid } = record;
    const unheard = new Set<string>();
    const reports = matched.flatMap((pod) => {
      const views = this.processesOf(probe, pod);
      if (views.length === 0) unheard.add(pod.metadata.name);
      return views.map(({ process, state }) => ({
        podName: pod.metadata.name,
        process,
        state: state?.generation === record.generation ? state : undefined,
      }));
    });
    record.observations.observe(reports, unheard);
    const lost = this.lost.lostOf(uid, (podUID, probeUID) => fleet.agentDropped(podUID, probeUID));
    const drops = matched.reduce((sum, pod) => sum + fleet.agentDropped(pod.metadata.uid, uid), 0);
    record.observations.setLosses(lost, drops);
  }

  private takeResults(
    { podUID, podName }: PodIdentity,
    results: readonly Result[],
    processes: ReadonlyMap<string, ProcessInfo>,
  ): void {
    for (const result of this.lost.observe(podUID, results)) {
      const probe = this.findByUID(result.uid);
      if (probe === undefined) continue;
      const record = this.recordOf(probe);
      if (result.generation !== record.generation) continue;
      record.observations.addResult(result, podName, processes.get(result.instanceID));
      this.options.metrics.resultReceived(probe.kind);
    }
  }

  /** The record of the probe as it is now; a changed spec starts a new one. */
  private recordOf(probe: Probe): ProbeRecord {
    const key = keyOf(probe);
    const known = this.records.get(key);
    if (known?.isOf(probe)) return known;
    const isSameObject = known?.uid === probe.metadata.uid;
    if (known !== undefined && !isSameObject) this.forget(known.uid);
    const record = new ProbeRecord(probe, this.now(), isSameObject ? known : undefined);
    this.records.set(key, record);
    return record;
  }

  private withdraw(probe: Probe): void {
    this.forget(probe.metadata.uid);
    const key = keyOf(probe);
    if (this.records.get(key)?.uid === probe.metadata.uid) this.records.delete(key);
  }

  private forget(uid: string): void {
    this.options.fleet.assign(uid, new Map());
    this.lost.forgetProbe(uid);
  }

  private agentOf(pod: ObservedPod): { connected: boolean; processContainers: (string | undefined)[] } | undefined {
    const view = this.options.fleet.pod(pod.metadata.uid);
    if (view === undefined) return undefined;
    return { connected: view.connected, processContainers: view.processes.map(({ process }) => process.containerName) };
  }

  private processesOf(probe: Probe, pod: ObservedPod) {
    const { containerName } = probe.spec.target;
    const views = this.options.fleet.pod(pod.metadata.uid)?.forProbe(probe.metadata.uid) ?? [];
    return views.filter(
      ({ process }) =>
        containerName === undefined || process.containerName === undefined || process.containerName === containerName,
    );
  }

  /** Milliseconds for which a status of an earlier operator stands, because agents may still be on their way back. */
  private settlesIn(
    lifecycle: Lifecycle,
    pods: readonly MatchedPod[],
    base: RenderedStatus | undefined,
    record: ProbeRecord,
  ): number {
    const left = this.startTime + SETTLE_MS - this.now();
    if (left <= 0 || !lifecycle.active || base?.observedGeneration !== record.generation) return 0;
    const isAwaited = pods.some((matched) => {
      const { assigned } = matched.decision;
      return (
        assigned &&
        (!matched.connected || !judgePod(matched, record.observations).isSettled || !matched.processes.length)
      );
    });
    return isAwaited ? left : 0;
  }

  private enqueueMatching(...pods: readonly (ObservedPod | undefined)[]): void {
    for (const pod of pods) {
      if (pod === undefined) continue;
      for (const informer of this.options.probes) {
        for (const probe of informer.by('namespace', pod.metadata.namespace)) {
          if (matchesTarget(probe.spec.target, pod)) this.queue.add(keyOf(probe));
        }
      }
    }
  }

  private enqueueByUID(uid: string): void {
    const probe = this.findByUID(uid);
    if (probe !== undefined) this.queue.add(keyOf(probe));
  }

  private findByUID(uid: string): Probe | undefined {
    for (const informer of this.options.probes) {
      const [probe] = informer.by('uid', uid);
      if (probe !== undefined) return probe;
    }
    return undefined;
  }

  private find(key: string): Probe | undefined {
    const { kind, namespace, name } = splitKey(key);
    for (const informer of this.options.probes) {
      const probe = informer.get(namespace, name);
      if (probe?.kind === kind) return probe;
    }
    return undefined;
  }
}

/** An agent is connected whose answer, or whose first result, may come at any moment. */
function isExpectingNews(pods: readonly MatchedPod[], { observations }: ProbeRecord): boolean {
  return pods.some(
    (matched) =>
      matched.decision.assigned &&
      matched.connected &&
      (observations.hits === 0 || !judgePod(matched, observations).isSettled),
  );
}

function keyOf({ kind, metadata }: Probe): string {
  return `${kind}/${metadata.namespace}/${metadata.name}`;
}

function splitKey(key: string): { kind: Probe['kind']; namespace: string; name: string } {
  const [kind = '', namespace = '', name = ''] = key.split('/');
  return { kind: kind === 'Snapshot' ? 'Snapshot' : 'DynamicLog', namespace, name };
}

/** Pods change often in ways that no probe is interested in. */
function isSamePod(a: ObservedPod, b: ObservedPod): boolean {
  const essence = ({ metadata: { resourceVersion: _, ...metadata }, ...pod }: ObservedPod) =>
    JSON.stringify({ metadata, ...pod });
  return essence(a) === essence(b);
}

function earliest(...waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.max(0, Math.min(...known));
}
