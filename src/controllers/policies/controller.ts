import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { API_VERSION } from '../../api/kinds.ts';
import { policyResource } from '../../api/resources.ts';
import { isConflict, isNotFound } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { ConcurrencyLimit } from '../../kube/concurrency-limit.ts';
import type { Informer } from '../../kube/informer.ts';
import { type ReconcileResult, WorkQueue } from '../../kube/work-queue.ts';
import type { OperatorMetrics } from '../../operator/metrics.ts';
import { type Conflict, conflictsOf } from '../../policy/conflicts.ts';
import { policyKey } from '../../policy/policy-view.ts';
import { TimeSlice } from '../../time-slice.ts';
import type { ProbeController } from '../probes/controller.ts';
import { FIELD_MANAGER } from '../probes/status/status-writer.ts';
import { SETTLE_MS } from '../probes/status/write-gate.ts';
import type { Policies } from './policies.ts';
import type { PolicyObject } from './policy-object.ts';
import { PolicyRecord } from './policy-record.ts';
import { type LedStatus, renderPolicyStatus } from './status.ts';
import { Tally } from './tally.ts';

/** How long a change waits for others that come with it: one policy makes many decisions. */
const TOGETHER_MS = 100;
/** Shortest time between two counts, and so between two writes of one status. */
const COUNT_INTERVAL_MS = 2000;
/** The same while somebody waits for processes to be without the probes of a policy that is stopped. */
const STOP_INTERVAL_MS = 250;
/** After a count it rests for this many times its duration, so that long ones leave time for everything else, but not so long that people wait for it. */
const REST_FACTOR = 9;
const MAX_REST_MS = 5000;
/** Statuses that are written at a time. */
const CONCURRENT_WRITES = 8;
/** The one key of the queue: all policies are counted at once. */
const ALL = 'all';

export interface PolicyControllerOptions {
  readonly client: Pick<KubeClient, 'applyStatus'>;
  readonly policies: Pick<Policies, 'version' | 'all' | 'of' | 'labelsOf'>;
  readonly ofCluster: Pick<Informer<PolicyObject>, 'list' | 'onChange'>;
  readonly ofNamespaces: Pick<Informer<PolicyObject>, 'list' | 'onChange'>;
  readonly probes: Pick<ProbeController, 'judgments' | 'onJudgment'>;
  readonly metrics: Pick<OperatorMetrics, 'queueHooks'>;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Observes: policies, and what the probe controller has decided of each probe.
 * Decides: nothing about probes. It counts those that each policy governs, denies and holds, and processes that still have one although the
 * policy is stopped (tally.ts), and by which rules of redaction processes have them (redaction-counts.ts); and finds what of a policy has no effect because of others (policy/conflicts.ts).
 * Writes: the status of policies (status.ts renders it), at most once in two seconds, four times a second during a stop, and never without a change; but for deniedRequests,
 * to which every replica adds (denied-requests.ts).
 * Read by: people, and GitOps tools.
 */
export class PolicyController {
  readonly #options: PolicyControllerOptions;
  readonly #now: () => number;
  readonly #queue: WorkQueue;
  readonly #slice = new TimeSlice();
  readonly #writes = new ConcurrencyLimit(CONCURRENT_WRITES);
  readonly #records = new Map<string, PolicyRecord>();
  #startTime = 0;

  constructor(options: PolicyControllerOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#queue = new WorkQueue({
      name: 'policies',
      concurrency: 1,
      reconcile: (_, signal) => this.#count(signal),
      ...options.metrics.queueHooks('policies', () => this.#queue.depth),
    });
  }

  /** Begins to hear of changes; called once, after whoever has probes decided anew hears of them, and before probes are planned. */
  watch(): void {
    const { policies, ofCluster, ofNamespaces, probes } = this.#options;
    let isReplay = true;
    for (const informer of [ofCluster, ofNamespaces]) {
      informer.onChange(({ type, object, before }) => {
        const key = policyKey(object.view);
        const known = this.#records.get(key);
        const now = this.#now();
        if (type === 'deleted') this.#records.delete(key);
        else if (known === undefined || before === undefined) {
          // By those that exist already, every probe is about to be planned.
          this.#records.set(key, new PolicyRecord(object, isReplay ? 0 : policies.version, now));
        } else if (!isDeepStrictEqual(object.view, before.view)) known.changed(object, policies.version, now);
        else if (object.metadata.generation === before.metadata.generation) return;
        if (type !== 'deleted' && object.view.spec.stopped !== undefined) this.#queue.addUrgent(ALL);
        else this.#changed();
      });
    }
    isReplay = false;
    probes.onJudgment(() => this.#changed());
  }

  /** Begins to count and write; called once, when every probe is planned. */
  start(signal: AbortSignal): void {
    this.#startTime = this.#now();
    this.#queue.add(ALL);
    this.#queue.start(signal);
  }

  #changed(): void {
    this.#queue.addAfter(ALL, TOGETHER_MS);
  }

  async #count(signal: AbortSignal): Promise<ReconcileResult> {
    const { ofCluster, ofNamespaces, probes } = this.#options;
    const objects = [...ofCluster.list(), ...ofNamespaces.list()];
    const present = objects.flatMap((object) => {
      const record = this.#records.get(policyKey(object.view));
      return record === undefined ? [] : [{ object, record, changedVersion: record.changedVersion }];
    });
    const startedAt = performance.now();
    const unsettledMs = this.#startTime + SETTLE_MS - this.#now();
    let isSettling = false;
    const tally = new Tally(
      present.map(({ object: { view }, record: { unsettledSince, isKnownClean } }) => ({
        view,
        unsettledSince,
        isKnownClean,
      })),
    );
    await tally.count(probes.judgments(), this.#slice, this.#now());
    const writes: Promise<void>[] = [];
    let isStopping = false;
    for (const { object, record, changedVersion } of present) {
      await this.#slice.remaining();
      // What has come while it was counted is for the next count.
      if (signal.aborted || record.changedVersion !== changedVersion) continue;
      const counts = tally.of(object.view);
      if (!counts.isDeciding) record.settled();
      const base = record.baseStatus(object);
      const conflicts = this.#conflictsOf(object, record);
      const keepsCounts = unsettledMs > 0 && record.isCountedBefore;
      isSettling ||= keepsCounts;
      const facts = { base, counts, conflicts, stop: record.stop, isSettling: keepsCounts };
      const rendered = renderPolicyStatus({ object, ...facts, now: this.#now() });
      isStopping ||= object.view.spec.stopped !== undefined && rendered.stop?.lastCleanTime === undefined;
      if (isDeepStrictEqual(base, rendered)) continue;
      writes.push(this.#writes.run(() => this.#write(object, record, rendered, signal)));
    }
    const takenMs = performance.now() - startedAt;
    const least = isStopping ? STOP_INTERVAL_MS : COUNT_INTERVAL_MS;
    const restMs = Math.max(least, Math.min(MAX_REST_MS, takenMs * REST_FACTOR));
    const failed = (await Promise.allSettled(writes)).find((write) => write.status === 'rejected');
    if (failed === undefined || signal.aborted) return { restMs, ...(isSettling && { requeueAfterMs: unsettledMs }) };
    this.#options.log.warn({ controller: 'policies', error: failed.reason }, 'status of a policy not written');
    return { requeueAfterMs: restMs, restMs };
  }

  #conflictsOf({ view }: PolicyObject, record: PolicyRecord): readonly Conflict[] {
    const { policies } = this.#options;
    return record.conflictsAt(policies.version, () => {
      const others = view.namespace === undefined ? policies.all() : policies.of(view.namespace);
      return conflictsOf(view, others, (namespace) => policies.labelsOf(namespace));
    });
  }

  /** Writes nothing where the object was deleted, even if another has its name now. @throws ApiError */
  async #write(object: PolicyObject, record: PolicyRecord, status: LedStatus, signal: AbortSignal): Promise<void> {
    const { view, metadata } = object;
    const { kind } = view;
    const { name, namespace, uid } = metadata;
    const body = { apiVersion: API_VERSION, kind, metadata: { name, namespace, uid }, status };
    const options = { fieldManager: FIELD_MANAGER, force: true, signal };
    try {
      await this.#options.client.applyStatus(policyResource(kind), { namespace, name }, body, options);
      record.written(object, status);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}
