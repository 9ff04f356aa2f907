import type { Probe } from '../../src/api/kinds.ts';
import type { AttachView } from '../../src/controllers/attach/view.ts';
import { Planner } from '../../src/controllers/probes/desired/planner.ts';
import { ProbeRecord } from '../../src/controllers/probes/desired/probe-record.ts';
import { QuotaLedger } from '../../src/controllers/probes/desired/quota-ledger.ts';
import { renderStatus } from '../../src/controllers/probes/status.ts';
import type { AgentSession } from '../../src/gateway/agents/agent-session.ts';
import { Fleet } from '../../src/gateway/fleet/fleet.ts';
import { timeOf } from '../../src/kube/time.ts';
import type { ObservedPod } from '../../src/pods/observed-pod.ts';
import type { ProbeState } from '../../src/protocol/state.ts';
import { dynamicLog, NO_POLICIES, pod, processInfo, state, withStatus } from '../controllers/probes/fixtures.ts';

const START = Date.parse('2026-11-21T10:00:00Z');

/** A probe whose status is decided and rendered by the operator's own code, from pods and from what their agents report. */
export class ProbeInCluster {
  now = START;
  /** Why every probe is to be out of every process. */
  order: string | undefined;
  /** How agents come into running pods; undefined where nothing adds one. */
  attachView: AttachView | undefined;
  readonly #pods: ObservedPod[] = [];
  readonly #fleet = new Fleet({ now: () => this.now });
  readonly #agents = new Map<string, AgentSession>();
  readonly #planner: Planner;
  #probe: Probe;
  #record: ProbeRecord;

  constructor(probe: Probe = dynamicLog()) {
    this.#probe = probe;
    this.#record = new ProbeRecord(probe, START);
    this.#planner = new Planner({
      policies: NO_POLICIES,
      quotas: new QuotaLedger(),
      pods: { by: () => this.#pods, count: () => this.#pods.length },
      fleet: this.#fleet,
      disarmOrder: () => this.order,
      isTrusting: () => true,
      attachView: () => this.attachView ?? { isPermitted: false, why: '' },
      startTime: START - 60_000,
    });
    this.#fleet.release();
  }

  /** The object as it is when its status has just been written. */
  get probe(): Probe {
    return this.#probe;
  }

  addPod(name: string, changes: Parameters<typeof pod>[1] = {}): void {
    this.#pods.push(pod(name, { agent: { gatewayAbsenceSeconds: 600, authorities: [] }, ...changes }));
  }

  /** Adds a pod whose agent is connected, with one process, which has not taken yet what it is sent. */
  startPod(name: string): void {
    this.addPod(name);
    const handlers = { desiredChanged() {}, acknowledge() {}, replaced() {} };
    const identity = { namespace: 'shop', podName: name, podUID: `uid-${name}` };
    const agent = this.#fleet.connect(identity, handlers);
    this.#agents.set(name, agent);
    agent.receive({ type: 'hello', agentVersion: '0.1.0', agentID: `agent-of-${name}` });
    this.#report(name, [], 0);
  }

  /** Adds such a pod, whose process says of the probe that it is armed, or what `changes` say. */
  runPod(name: string, changes: Partial<ProbeState> = {}): void {
    this.startPod(name);
    this.look();
    this.answer(name, changes);
  }

  /** The process of the pod has taken what it was sent, and says of the probe that it is armed, or what `changes` say. */
  answer(name: string, changes: Partial<ProbeState> = {}): void {
    const { uid, generation } = this.#probe.metadata;
    this.#report(name, [state({ uid, generation, ...changes })]);
  }

  /** The process of the pod has taken what it was sent, and is without the probe. */
  letGo(name: string): void {
    this.#report(name, []);
  }

  disconnect(name: string): void {
    this.#agents.get(name)?.end();
  }

  /** Somebody changes the spec. The operator sees it with the next look. */
  change(spec: object): void {
    const { metadata, status } = this.#probe;
    const changed = dynamicLog({ spec, generation: metadata.generation + 1 });
    this.#probe = { ...changed, ...(status === undefined ? {} : withStatus(changed, status)) };
  }

  /** The operator decides anew, and writes the status. */
  look(): this {
    const probe = this.#probe;
    if (!this.#record.isOf(probe)) this.#record = new ProbeRecord(probe, this.now, this.#record);
    const { lifecycle, judgment, pods, noPods, leftovers } = this.#planner.plan(probe, this.#record, this.now);
    const { armedTime, expirationTime, observations, isOut } = this.#record;
    const decided = { lifecycle, judgment, pods, noPods, leftovers, isOut };
    const recorded = { base: probe.status, armedTime, expirationTime, observations };
    const status = renderStatus({ probe, ...decided, ...recorded, now: timeOf(this.now) });
    this.#probe = withStatus(probe, status);
    return this;
  }

  #report(name: string, probes: ProbeState[], taken?: number): void {
    const agent = this.#agents.get(name);
    if (agent === undefined) throw new Error(`there is no agent in ${name}`);
    const sent = agent.desired()?.revision ?? 0;
    const process = { process: processInfo(`process-of-${name}`), revision: taken ?? sent, probes };
    agent.receive({ type: 'states', revision: sent, processes: [process] });
  }
}
