import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HitGrants, type Holder } from '../../../../src/controllers/probes/desired/hit-grants.ts';
import type { AgentSession } from '../../../../src/gateway/agents/agent-session.ts';
import { Fleet } from '../../../../src/gateway/fleet/fleet.ts';
import type { AgentToGateway, GatewayToAgent } from '../../../../src/protocol/gateway-messages.ts';
import { toWireProbe } from '../../../../src/protocol/to-wire-probe.ts';
import { Grants, type Permitted } from '../../../../src/sidecar/results/grants.ts';
import { dynamicLog, processInfo, result, state } from '../fixtures.ts';

const wire = toWireProbe(dynamicLog(), { now: 0 });

/** One pod: the agent's real grants behind the real fleet, with frames that are on their way for as long as the test wants. */
class Pod {
  readonly uid: string;
  readonly written: string[] = [];
  /** Hits that each process of the pod has counted. */
  readonly #hits = new Map<string, number>();
  /** Hits that killed agents had taken and not written: nobody knows whether they had. */
  lost = 0;
  grants = new Grants(() => this.#speak());
  readonly #fleet: Fleet;
  #session: AgentSession | undefined;
  #revision = 0;
  #isDesired = false;
  #agents = 0;
  #toGateway: AgentToGateway[] = [];
  #toAgent: Extract<GatewayToAgent, { type: 'desired' }>[] = [];

  constructor(fleet: Fleet, uid: string) {
    this.#fleet = fleet;
    this.uid = uid;
  }

  get isConnected(): boolean {
    return this.#session !== undefined;
  }

  connect(): void {
    if (this.#session !== undefined) return;
    const desiredChanged = () => {
      const desired = session?.desired();
      if (desired !== undefined) this.#toAgent.push(desired);
    };
    const identity = { namespace: 'shop', podName: this.uid, podUID: this.uid };
    const session = this.#fleet.connect(identity, { desiredChanged, acknowledge() {}, replaced() {} });
    this.#session = session;
    session.receive({ type: 'hello', agentVersion: '0.1.0', agentID: `agent-${this.uid}-${this.#agents}` });
    this.#speak();
  }

  /** The connection breaks: what is on the way never arrives. */
  cut(): void {
    this.#session?.end();
    this.#session = undefined;
    this.#toGateway = [];
    this.#toAgent = [];
  }

  /** The agent is killed, and another one starts. */
  restart(): void {
    this.cut();
    this.lost = this.counted - this.written.length;
    this.#isDesired = false;
    this.#agents += 1;
    this.#revision = 0;
    this.grants = new Grants(() => this.#speak());
  }

  /** Only a process that was told of the probe has it in its code. */
  hit(process: string): void {
    if (!this.#isDesired) return;
    const hits = (this.#hits.get(process) ?? 0) + 1;
    this.#hits.set(process, hits);
    this.#write(this.grants.take([result(hits, { instanceID: process })], processInfo(process)));
  }

  get counted(): number {
    let counted = 0;
    for (const hits of this.#hits.values()) counted += hits;
    return counted;
  }

  /** One frame arrives in each direction, if any is on its way. */
  deliver(): boolean {
    const up = this.#toGateway.shift();
    if (up !== undefined) this.#session?.receive(up);
    const down = this.#toAgent.shift();
    if (down !== undefined) {
      this.#revision = down.revision;
      this.#isDesired = true;
      this.#write(this.grants.desire(down.probes, down.grants));
      this.#speak();
    }
    return up !== undefined || down !== undefined;
  }

  #speak(): void {
    if (this.#session === undefined) return;
    const revision = this.#revision;
    const processes = [...this.#hits].map(([process, hits]) => {
      return { process: processInfo(process), revision, probes: [state({ hits })] };
    });
    const usage = this.grants.usage();
    this.#toGateway.push({ type: 'states', revision, processes: this.grants.adjust(processes), usage });
  }

  #write(permitted: readonly Permitted[]): void {
    for (const { process, result: written } of permitted)
      this.written.push(`${process.instanceID} ${written.sequence}`);
  }
}

class Situation {
  readonly pods: Pod[];
  readonly limit: number;
  readonly #grants: HitGrants;
  readonly #fleet = new Fleet();

  constructor(limit: number, pods: number) {
    this.limit = limit;
    this.#grants = new HitGrants(limit);
    this.#fleet.release();
    this.pods = Array.from({ length: pods }, (_, index) => new Pod(this.#fleet, `pod-${index}`));
    this.plan();
    for (const pod of this.pods) pod.connect();
  }

  get written(): number {
    return this.pods.reduce((sum, pod) => sum + pod.written.length, 0);
  }

  /** What a reconcile does. */
  plan(): void {
    const holders = this.pods.map((pod): Holder => {
      const share = this.#fleet.share(pod.uid, wire.uid, wire.generation);
      return {
        podUID: pod.uid,
        isConnected: pod.isConnected,
        knowsGrants: true,
        share,
        isUnknown: false,
        hits: this.#hitsOf(pod),
      };
    });
    const wishes = new Map(this.pods.map((pod) => [pod.uid, wire]));
    // What has been decided before is known to the decision.
    this.#fleet.assign(wire.uid, wishes, this.#grants.divide(holders, 0));
  }

  #hitsOf(pod: Pod): number | undefined {
    const views = this.#fleet.pod(pod.uid)?.forProbe(wire.uid) ?? [];
    if (views.some(({ acknowledged }) => !acknowledged)) return undefined;
    return views.reduce((sum, { state: said }) => sum + (said?.hits ?? 0), 0);
  }

  /** Until nothing is on its way and nothing is decided anew. */
  settle(): void {
    for (let round = 0; round < 1000; round += 1) {
      this.plan();
      if (this.pods.filter((pod) => pod.deliver()).length === 0) return;
    }
    throw new Error('it does not come to rest');
  }
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('hit' as const), pod: fc.nat(4), process: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), pod: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('plan' as const), pod: fc.nat(4) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('cut' as const, 'restart' as const), pod: fc.nat(4) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('connect' as const), pod: fc.nat(4) }) },
);

describe("a limit over a probe's pods", () => {
  it('is never exceeded by a line, whatever is on its way, cut or killed, and is used up in the end', () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 200 }),
        (most, count, steps) => {
          const situation = new Situation(most + 1, count);
          for (const one of steps) {
            const pod = situation.pods[one.pod % count] as Pod;
            if (one.do === 'hit') pod.hit(`${pod.uid}-process-${one.process}`);
            else if (one.do === 'plan') situation.plan();
            else pod[one.do]();
            expect(situation.written).toBeLessThanOrEqual(situation.limit);
          }
          for (const pod of situation.pods) pod.connect();
          situation.settle();
          const [first] = situation.pods as [Pod];
          for (let hit = 0; hit <= most; hit += 1) first.hit('last');
          situation.settle();
          const lost = situation.pods.reduce((sum, pod) => sum + pod.lost, 0);
          expect(situation.written).toBeGreaterThanOrEqual(situation.limit - lost);
          expect(situation.written).toBeLessThanOrEqual(situation.limit);
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });
});
