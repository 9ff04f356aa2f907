import { REQUESTED_BY, REQUESTED_BY_GROUPS } from '../../../../src/api/annotations.ts';
import type { Probe } from '../../../../src/api/kinds.ts';
import { AuditLog } from '../../../../src/audit/audit-log.ts';
import { type AuditRecord, auditRecordSchema } from '../../../../src/audit/record.ts';
import { ProbeAudit } from '../../../../src/controllers/probes/audit/probe-audit.ts';
import { Planner } from '../../../../src/controllers/probes/desired/planner.ts';
import { ProbeRecord } from '../../../../src/controllers/probes/desired/probe-record.ts';
import { QuotaLedger } from '../../../../src/controllers/probes/desired/quota-ledger.ts';
import type { AgentSession } from '../../../../src/gateway/agents/agent-session.ts';
import { Fleet, type PodRecordView } from '../../../../src/gateway/fleet/fleet.ts';
import { decide } from '../../../../src/policy/decide.ts';
import { defaultPolicy } from '../../../../src/policy/default-policy.ts';
import type { PolicyView } from '../../../../src/policy/policy-view.ts';
import { ENFORCEMENTS } from '../../../../src/protocol/needed-enforcement.ts';
import type { ProbeState } from '../../../../src/protocol/state.ts';
import { policy } from '../../../policy/fixtures.ts';
import { dynamicLog, pod, processInfo, result, state } from '../fixtures.ts';

export const START = Date.parse('2026-11-21T10:00:00Z');
export const ANN = { [REQUESTED_BY]: 'ann', [REQUESTED_BY_GROUPS]: 'developers' };

interface ProbeChanges {
  readonly spec?: object;
  readonly status?: object;
  readonly generation?: number;
}

/** Counts how often somebody looks at what is known of a pod. */
export class CountedFleet extends Fleet {
  reads = 0;

  override pod(podUID: string): PodRecordView | undefined {
    this.reads += 1;
    return super.pod(podUID);
  }
}

/** What the leading operator has in memory, with agents that do what they are told when the test says so. */
export class AuditedCluster {
  now = START;
  readonly pods: ReturnType<typeof pod>[];
  readonly fleet: CountedFleet;
  readonly lines: string[] = [];
  probe: Probe;
  record: ProbeRecord;
  #audit: ProbeAudit;
  #policies: readonly PolicyView[] = [];
  #version = 1;
  readonly #planner: Planner;
  readonly #sessions = new Map<string, AgentSession>();
  #sequence = 0;

  constructor(names: readonly string[], changes: ProbeChanges = {}) {
    this.fleet = new CountedFleet({ now: () => this.now });
    this.fleet.release();
    this.pods = names.map((name) => pod(name));
    this.probe = probeOf(changes);
    this.record = new ProbeRecord(this.probe, this.now);
    this.#audit = this.#newAudit();
    const cluster = this;
    this.#planner = new Planner({
      policies: {
        get version() {
          return cluster.#version;
        },
        of: () => this.#policies,
        decide: (probe, podLabels) =>
          decide({
            probe,
            policies: [defaultPolicy(), ...this.#policies],
            place: { namespace: 'shop', namespaceLabels: {}, podLabels },
            holdsUse: () => undefined,
          }),
      },
      quotas: new QuotaLedger(),
      pods: { by: () => this.pods, count: () => 0 },
      fleet: this.fleet,
      disarmOrder: () => undefined,
      isTrusting: () => true,
      startTime: START - 60_000,
    });
    for (const name of names) this.connect(name);
  }

  connect(name: string): void {
    const identity = { namespace: 'shop', podName: name, podUID: `uid-${name}` };
    const session = this.fleet.connect(identity, { desiredChanged() {}, acknowledge() {}, replaced() {} });
    session.receive({
      type: 'hello',
      agentVersion: '0.1.0',
      agentID: `agent-${name}-1234`,
      enforces: [...ENFORCEMENTS],
    });
    this.#sessions.set(name, session);
  }

  /** The connection of the pod's agent ends. */
  disconnect(name: string): void {
    this.#sessions.get(name)?.end();
  }

  /** The pod is another object from now on, as after a change of its labels. */
  relabel(name: string, labels: Readonly<Record<string, string>>): void {
    this.#replace(name, pod(name, { labels: { ...labels } }));
  }

  /** Somebody deletes the pod, which goes on until its processes have ended. */
  terminate(name: string): void {
    const { metadata, ...others } = pod(name);
    this.#replace(name, { ...others, metadata: { ...metadata, deletionTimestamp: '2026-11-21T10:00:00Z' } });
  }

  /** Its agent takes everything out after so many seconds without the gateway. */
  keepsProbes(name: string, gatewayAbsenceSeconds: number): void {
    this.#replace(name, pod(name, { agent: { gatewayAbsenceSeconds, authorities: [] } }));
  }

  /** The pod is gone. */
  vanish(name: string): void {
    this.#replace(name);
  }

  #replace(name: string, ...changed: ReturnType<typeof pod>[]): void {
    const index = this.pods.findIndex(({ metadata }) => metadata.name === name);
    this.pods.splice(index, 1, ...changed);
  }

  /** A reconcile. */
  plan(): void {
    this.#audit.planned(this.probe, this.record, this.#planner.plan(this.probe, this.record, this.now), this.now);
  }

  /** The processes of the pod do what they are told, and say so. */
  answer(name: string, changes: Partial<ProbeState> = {}, ...instanceIDs: readonly string[]): void {
    const session = this.#sessions.get(name);
    const desired = session?.desired();
    if (desired === undefined) throw new Error(`nothing is desired of ${name}`);
    const { revision, probes, grants = [] } = desired;
    const usage = probes.map(({ uid, generation }) => {
      const granted = grants.find((one) => one.uid === uid)?.results ?? 0;
      return { uid, generation, granted, used: 0, held: 0 };
    });
    const states = probes.map(({ uid, generation }) =>
      state({ uid, generation, location: 'src/orders.ts:42:5', ...changes }),
    );
    const named = instanceIDs.length === 0 ? [`process-${name}-1`] : instanceIDs;
    const processes = named.map((one) => ({ process: processInfo(one), revision, probes: states }));
    session?.receive({ type: 'states', revision, processes, usage });
  }

  /** A reconcile, the answers of all pods, and another one. */
  settle(changes: Partial<ProbeState> = {}): void {
    this.plan();
    for (const { metadata } of this.pods) this.answer(metadata.name, changes);
    this.plan();
  }

  /** One line that the pod's agent has written. */
  hit(name: string, message: string, redactionHash?: string, instanceID = `process-${name}-1`): void {
    this.#sequence += 1;
    const from = { namespace: 'shop', podName: name, podUID: `uid-${name}` };
    const line = { ...result(this.#sequence, { log: { level: 'Info', message } }), instanceID };
    const { generation } = this.record;
    const told = { ...line, generation, ...(redactionHash !== undefined && { redactionHash }) };
    this.#audit.released(this.probe, this.record, { result: told, from, process: processInfo(instanceID) }, this.now);
  }

  /** As the API server has them after a change of their spec. */
  govern(...policies: readonly { name: string; spec: object; generation?: number }[]): void {
    this.#version += 1;
    this.#policies = policies.map(({ name, spec, generation = 1 }) => ({
      ...policy(name, spec),
      uid: `uid-${name}`,
      generation,
    }));
  }

  change(changes: ProbeChanges): void {
    const before = this.record;
    this.probe = probeOf(changes);
    if (!before.isOf(this.probe)) this.record = new ProbeRecord(this.probe, this.now, before);
  }

  annotate(annotations: Readonly<Record<string, string>>): void {
    const { metadata } = this.probe;
    const all = { ...metadata.annotations, ...annotations };
    const resourceVersion = String(Number(metadata.resourceVersion) + 1);
    this.probe = { ...this.probe, metadata: { ...metadata, annotations: all, resourceVersion } };
  }

  /** Somebody deletes the object, and it is taken out of all pods. */
  delete(): void {
    this.#audit.deleted(this.probe, this.record, this.now);
    this.fleet.forget(this.record.uid);
  }

  /** It is looked whether processes have answered since their probe was removed. */
  async confirm(): Promise<void> {
    await this.#audit.confirm(this.now);
  }

  /** Another replica leads, with what the object and the agents say. */
  takeOver(status?: object): void {
    this.probe = { ...this.probe, ...(status && { status }) } as Probe;
    this.record = new ProbeRecord(this.probe, this.now);
    this.#audit = this.#newAudit();
  }

  /** Records since the last call, as any reader reads them. */
  records(): AuditRecord[] {
    return this.lines.splice(0).map((line) => auditRecordSchema.parse(JSON.parse(line)));
  }

  #newAudit(): ProbeAudit {
    const writers = [{ write: (line: string) => void this.lines.push(line) }];
    const audit = new AuditLog({ writers, onRecord: () => undefined, now: () => this.now });
    const pods = {
      by: (_index: string, podUID: string) => this.pods.filter(({ metadata: { uid } }) => uid === podUID),
    };
    return new ProbeAudit({ audit, fleet: this.fleet, pods, mostWatchedPods: 10 });
  }
}

function probeOf({ spec = {}, status, generation = 1 }: ProbeChanges): Probe {
  const probe = dynamicLog({ spec, status, generation });
  // What the author asked for, without what counts where they said nothing.
  const { ttlSeconds: _, limits: __, redaction: ___, calls: ____, places: _____, ...asked } = probe.spec;
  return { ...probe, metadata: { ...probe.metadata, annotations: ANN }, spec: { ...asked, ...spec } } as Probe;
}
