import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import { ADMISSION_OUTCOMES, type AdmissionOutcome } from '../admission/server.ts';
import { conditionOf } from '../api/conditions.ts';
import { PROBE_KINDS, type ProbeKind } from '../api/kinds.ts';
import type { Reason } from '../api/reasons.ts';
import type { Dropped, ProbeStatus } from '../api/status.ts';
import { AUDIT_STEP_NAMES, type AuditStep } from '../audit/record.ts';
import { REFUSED } from '../gateway/agents/refusals.ts';
import { GATEWAY_EVENTS, type GatewayEvent, type GatewayMetrics } from '../gateway/gateway-metrics.ts';
import type { QueueResult } from '../kube/work-queue.ts';

/** Reasons for drops whose counters exist from the start. */
const DROP_REASONS: readonly Reason[] = [
  'RateLimited',
  'BufferFull',
  'ResultsLost',
  'HitLimitReached',
  'PayloadTooLarge',
  'EvaluationFailed',
  'EvaluationTimeout',
  'SideEffectRefused',
  'BudgetExceeded',
  'CaptureFailed',
];
const RECONCILE_RESULTS = ['success', 'requeue', 'error'] as const;
const PROBE_STATES = ['armed', 'waiting', 'stalled', 'finished'] as const;
const QUEUE_BUCKETS = [0.0001, 0.001, 0.01, 0.1, 1, 10];

/** One probe, as the gauge of probes counts it. `rendered` is undefined until the probe was reconciled once. */
export interface ProbeSample {
  readonly kind: ProbeKind;
  readonly rendered: Pick<ProbeStatus, 'conditions'> | undefined;
}

/** All metrics of the operator, under the names that dashboards for Kubernetes controllers use. Every series exists from the start, at 0. */
export class OperatorMetrics implements GatewayMetrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];
  readonly #depths = new Map<string, () => number>();
  #sampleProbes: () => readonly ProbeSample[] = () => [];
  #countAgents: () => number = () => 0;
  #countDistrusting: () => number = () => 0;
  #isLeading: () => boolean = () => false;
  #isAgentImageCurrent: () => boolean = () => false;
  readonly #adds = this.#counter('workqueue_adds_total', 'Keys added to the queue.', 'name');
  readonly #retries = this.#counter('workqueue_retries_total', 'Keys added again after a failure.', 'name');
  readonly #waits = this.#histogram('workqueue_queue_duration_seconds', 'Time from being due to being started.');
  readonly #works = this.#histogram('workqueue_work_duration_seconds', 'Time that one reconcile takes.');
  readonly #reconciles = new Counter({
    name: 'davylamp_controller_reconcile_total',
    help: 'Reconciles by controller and result.',
    labelNames: ['controller', 'result'],
    registers: this.#registers,
  });
  readonly #results = this.#counter('davylamp_results_total', 'Results received from agents.', 'kind');
  readonly #drops = this.#counter('davylamp_results_dropped_total', 'Results that were not reported.', 'reason');
  readonly #gatewayEvents = this.#counter('davylamp_gateway_events_total', 'Connections of agents.', 'event');
  readonly #refusals = this.#counter(
    'davylamp_gateway_refused_total',
    'What agents said of probes that their pods do not have.',
    'what',
  );
  readonly #admissions = this.#counter('davylamp_admission_total', 'Pods that the webhook was asked about.', 'outcome');
  readonly #auditRecords = this.#counter('davylamp_audit_records_total', 'Records of the audit.', 'step');
  readonly #lostRecords = new Counter({
    name: 'davylamp_audit_records_lost_total',
    help: 'Records of the audit that are missing on standard output or in its file.',
    registers: this.#registers,
  });
  readonly #statusWrites = new Counter({
    name: 'davylamp_status_writes_total',
    help: 'Status writes that the API server accepted.',
    registers: this.#registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    for (const kind of PROBE_KINDS) this.#results.inc({ kind }, 0);
    for (const reason of DROP_REASONS) this.#drops.inc({ reason }, 0);
    for (const event of GATEWAY_EVENTS) this.#gatewayEvents.inc({ event }, 0);
    for (const what of REFUSED) this.#refusals.inc({ what }, 0);
    for (const step of AUDIT_STEP_NAMES) this.#auditRecords.inc({ step }, 0);
    for (const outcome of ADMISSION_OUTCOMES) this.#admissions.inc({ outcome }, 0);
    this.#gauge('workqueue_depth', 'Keys that are due.', ['name'], (gauge) => {
      for (const [name, depth] of this.#depths) gauge.set({ name }, depth());
    });
    this.#gauge('davylamp_agents_connected', 'Agents that are connected now.', [], (gauge) =>
      gauge.set(this.#countAgents()),
    );
    this.#gauge(
      'davylamp_agents_distrusting',
      'Pods whose agent trusts another certificate authority, and so cannot connect until they are restarted.',
      [],
      (gauge) => gauge.set(this.#countDistrusting()),
    );
    this.#gauge(
      'davylamp_agent_image_running',
      "1 when the chart's image of the agent was seen running and new pods get it.",
      [],
      (gauge) => gauge.set(this.#isAgentImageCurrent() ? 1 : 0),
    );
    this.#gauge('davylamp_leader', '1 in the replica that reconciles.', [], (gauge) =>
      gauge.set(this.#isLeading() ? 1 : 0),
    );
    this.#gauge('davylamp_probes', 'Probes by kind and state.', ['kind', 'state'], (gauge) => {
      for (const kind of PROBE_KINDS) for (const state of PROBE_STATES) gauge.set({ kind, state }, 0);
      for (const { kind, rendered } of this.#sampleProbes()) gauge.inc({ kind, state: stateOf(rendered) });
    });
  }

  /** The hooks that make a work queue appear in the metrics under this name. */
  queueHooks(name: string, depth: () => number): { onAdd(): void; onResult(result: QueueResult): void } {
    this.#depths.set(name, depth);
    this.#adds.inc({ name }, 0);
    this.#retries.inc({ name }, 0);
    for (const result of RECONCILE_RESULTS) this.#reconciles.inc({ controller: name, result }, 0);
    return {
      onAdd: () => this.#adds.inc({ name }),
      onResult: ({ outcome, waitSeconds, workSeconds }) => {
        this.#reconciles.inc({ controller: name, result: outcome });
        this.#waits.observe({ name }, waitSeconds);
        this.#works.observe({ name }, workSeconds);
        if (outcome === 'error') this.#retries.inc({ name });
      },
    };
  }

  observeProbes(sample: () => readonly ProbeSample[]): void {
    this.#sampleProbes = sample;
  }

  observeAgents(count: () => number): void {
    this.#countAgents = count;
  }

  observeDistrust(count: () => number): void {
    this.#countDistrusting = count;
  }

  observeAgentImage(isCurrent: () => boolean): void {
    this.#isAgentImageCurrent = isCurrent;
  }

  observeLeadership(isLeading: () => boolean): void {
    this.#isLeading = isLeading;
  }

  resultReceived(kind: ProbeKind): void {
    this.#results.inc({ kind });
  }

  /** Counts by how much the drops of one probe have grown. After a new generation, whose counts begin anew, nothing is counted twice. */
  droppedChanged(before: readonly Dropped[] | undefined, after: readonly Dropped[] | undefined): void {
    for (const { reason, count } of after ?? []) {
      const grown = count - (before?.find((one) => one.reason === reason)?.count ?? 0);
      if (grown > 0) this.#drops.inc({ reason }, grown);
    }
  }

  statusWritten(): void {
    this.#statusWrites.inc();
  }

  auditRecord(step: AuditStep): void {
    this.#auditRecords.inc({ step });
  }

  auditRecordsLost(records: number): void {
    this.#lostRecords.inc(records);
  }

  gatewayEvent(event: GatewayEvent): void {
    this.#gatewayEvents.inc({ event });
  }

  refused(what: (typeof REFUSED)[number], count: number): void {
    this.#refusals.inc({ what }, count);
  }

  admission(outcome: AdmissionOutcome): void {
    this.#admissions.inc({ outcome });
  }

  #counter(name: string, help: string, label: string): Counter<string> {
    return new Counter({ name, help, labelNames: [label], registers: this.#registers });
  }

  #histogram(name: string, help: string): Histogram<string> {
    return new Histogram({ name, help, labelNames: ['name'], buckets: QUEUE_BUCKETS, registers: this.#registers });
  }

  #gauge(name: string, help: string, labelNames: string[], collect: (gauge: Gauge<string>) => void): void {
    const gauge: Gauge<string> = new Gauge({
      name,
      help,
      labelNames,
      registers: this.#registers,
      collect: () => collect(gauge),
    });
  }
}

function stateOf(status: Pick<ProbeStatus, 'conditions'> | undefined): (typeof PROBE_STATES)[number] {
  const armed = conditionOf(status?.conditions, 'Armed');
  if (armed?.status === 'True') return 'armed';
  if (armed?.reason === 'Expired' || armed?.reason === 'HitLimitReached') return 'finished';
  return conditionOf(status?.conditions, 'Stalled')?.status === 'True' ? 'stalled' : 'waiting';
}
