import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlannedPods } from '../../../../src/controllers/probes/desired/planned-pods.ts';
import { Planner } from '../../../../src/controllers/probes/desired/planner.ts';
import { ProbeRecord } from '../../../../src/controllers/probes/desired/probe-record.ts';
import { QuotaLedger } from '../../../../src/controllers/probes/desired/quota-ledger.ts';
import { renderStatus } from '../../../../src/controllers/probes/status.ts';
import type { AgentSession } from '../../../../src/gateway/agents/agent-session.ts';
import { Fleet } from '../../../../src/gateway/fleet/fleet.ts';
import type { ObservedPod } from '../../../../src/pods/observed-pod.ts';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { dynamicLog, NO_POLICIES, pod, processInfo, result, state, withStatus } from '../fixtures.ts';

const START = Date.parse('2026-11-21T10:00:00Z');
const NAMES = ['orders-1', 'orders-2', 'orders-3', 'orders-4'];

/** One thing that happens to one of the pods, or to all. */
type Event =
  | { readonly what: 'connect' | 'cut' | 'silent' | 'restartAgent'; readonly pod: number }
  | {
      readonly what: 'answer';
      readonly pod: number;
      readonly processes: number;
      readonly hits: number;
      readonly used: number;
      readonly held: number;
      readonly isBehind: boolean;
    }
  | { readonly what: 'results' | 'drop'; readonly pod: number; readonly count: number }
  | { readonly what: 'appear' | 'vanish' | 'relabel'; readonly pod: number }
  | { readonly what: 'order' | 'distrust' | 'wait' | 'other' };

const index = fc.nat(NAMES.length - 1);
const few = fc.nat(4);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('connect' as const), pod: index }) },
  fc.record({ what: fc.constantFrom('cut', 'silent', 'restartAgent', 'appear', 'vanish', 'relabel'), pod: index }),
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('answer' as const),
      pod: index,
      processes: fc.nat(2),
      hits: few,
      used: few,
      held: few,
      isBehind: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constantFrom('results', 'drop'), pod: index, count: few }) },
  fc.record({ what: fc.constantFrom('order', 'distrust', 'wait', 'other') }),
);

/** A probe over a few pods. With `forgets` everything is read and decided anew for every status. */
class World {
  readonly #forgets: boolean;
  readonly #probe = withStatus(dynamicLog({ spec: { limits: { maxHits: 40 } } }), {
    observedGeneration: 1,
    hits: 2,
    retiredHits: 1,
    instances: [{ podName: 'orders-1', instanceID: 'process-0-0', state: 'Armed', hits: 1 }],
  });
  readonly #record = new ProbeRecord(this.#probe, START);
  #now = START;
  #order: string | undefined;
  #isTrusting = true;
  #sequence = 0;
  readonly #fleet = new Fleet({ now: () => this.#now });
  readonly #pods = new Map<number, ObservedPod>([0, 1].map((at) => [at, pod(NAMES[at] ?? '')]));
  readonly #sessions = new Map<number, { session: AgentSession; agentID: string; number: number; granted: number }>();
  readonly #planner = new Planner({
    policies: NO_POLICIES,
    quotas: new QuotaLedger(),
    pods: { by: () => [...this.#pods.values()], count: () => 0 },
    fleet: this.#fleet,
    disarmOrder: () => this.#order,
    isTrusting: () => this.#isTrusting,
    startTime: START,
  });
  /** The first that was planned, from which another probe is made: a plan without pods has none, and one that remembers keeps its last. */
  #wire: WireProbe | undefined;
  /** How often agents were to be sent something. */
  sets = 0;

  constructor(forgets: boolean) {
    this.#forgets = forgets;
    this.#fleet.release();
  }

  happen(event: Event): void {
    this.#now += 700;
    switch (event.what) {
      case 'order':
        this.#order = this.#order === undefined ? 'the test says so' : undefined;
        return;
      case 'distrust':
        this.#isTrusting = !this.#isTrusting;
        return;
      case 'wait':
        this.#now += 12_000;
        return;
      case 'other': {
        const metadata = { ...this.#probe.metadata, uid: 'probe-9' };
        const wire = this.#wire;
        if (wire?.kind !== 'DynamicLog') return;
        const other = { ...wire, uid: metadata.uid, message: `${this.#now}` };
        this.#fleet.assign('probe-9', new Map([['uid-orders-1', other]]));
        return;
      }
      case 'appear':
      case 'relabel': {
        const labels: Record<string, string> =
          event.what === 'relabel' ? { app: 'orders', color: `${this.#now}` } : { app: 'orders' };
        this.#pods.set(event.pod, pod(NAMES[event.pod] ?? '', { labels }));
        return;
      }
      case 'vanish':
        this.#pods.delete(event.pod);
        return;
      case 'connect':
        this.#connect(event.pod, this.#sessions.get(event.pod)?.agentID ?? `agent-${event.pod}-0000`);
        return;
      case 'restartAgent':
        this.#connect(event.pod, `agent-${event.pod}-${this.#now}`);
        return;
      case 'cut':
        this.#sessions.get(event.pod)?.session.end();
        return;
      case 'silent':
        this.#sessions.get(event.pod)?.session.silent();
        return;
      case 'answer': {
        const agent = this.#sessions.get(event.pod);
        const desired = agent?.session.desired();
        if (agent === undefined || desired === undefined) return;
        const { revision, probes, grants = [] } = desired;
        for (const { uid, results } of grants) if (uid === 'probe-1') agent.granted = results;
        const { hits, held } = event;
        const own = probes.map(({ uid }) => state({ uid, hits: hits * 3, message: `m${hits}` }));
        const processes = Array.from({ length: event.processes }, (_, at) => ({
          process: processInfo(`process-${event.pod}-${at}`),
          revision: event.isBehind ? revision - 1 : revision,
          probes: own,
        }));
        const used = Math.min(event.used, agent.granted);
        const usage = probes.map(({ uid, generation }) => ({ uid, generation, granted: agent.granted, used, held }));
        agent.session.receive({ type: 'states', revision, processes, usage });
        return;
      }
      case 'results': {
        const agent = this.#sessions.get(event.pod);
        if (agent === undefined || event.count === 0) return;
        const results = Array.from({ length: event.count }, () => {
          this.#sequence += 1;
          return result(this.#sequence, { instanceID: `process-${event.pod}-0` });
        });
        agent.session.receive({ type: 'results', first: agent.number, results });
        agent.number += results.length;
        for (const one of results) this.#record.observations.addResult(one, NAMES[event.pod] ?? '', undefined);
        return;
      }
      case 'drop':
        this.#sessions
          .get(event.pod)
          ?.session.receive({ type: 'dropped', probes: [{ uid: 'probe-1', count: event.count }] });
    }
  }

  look(): object {
    // What another plan would find out anyway is found out by the one that remembers as well.
    if (this.#forgets) this.#record.planned = new PlannedPods();
    const { armedTime, expirationTime, observations } = this.#record;
    const plan = this.#planner.plan(this.#probe, this.#record, this.#now);
    this.#wire ??= this.#record.planned.wires?.get('');
    const { lifecycle, judgment, pods, noPods, leftovers } = plan;
    const shown = { probe: this.#probe, base: undefined, lifecycle, judgment, pods, noPods, leftovers };
    const { isOut } = this.#record;
    const now = '2026-11-21T10:00:01Z';
    const status = renderStatus({ ...shown, armedTime, expirationTime, observations, isOut, now });
    const grants = [...this.#sessions.values()].map(({ session }) => session.desired());
    return { status, grants, sets: this.sets, dividesTime: plan.dividesTime };
  }

  #connect(at: number, agentID: string): void {
    const podName = NAMES[at] ?? '';
    const identity = { namespace: 'shop', podName, podUID: `uid-${podName}` };
    const desiredChanged = () => {
      this.sets += 1;
    };
    const session = this.#fleet.connect(identity, { desiredChanged, acknowledge() {}, replaced() {} });
    session.receive({ type: 'hello', agentVersion: '0.1.0', agentID });
    const known = this.#sessions.get(at);
    const isSame = known?.agentID === agentID;
    this.#sessions.set(at, {
      session,
      agentID,
      number: isSame ? known.number : 1,
      granted: isSame ? known.granted : 0,
    });
  }
}

describe('a plan that looks only at pods of which something is new', () => {
  it('comes to the same status, the same sets and the same grants as one that looks at all of them', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 5, maxLength: 60 }), (events) => {
        const [remembering, forgetful] = [new World(false), new World(true)];
        for (const one of events) {
          remembering.happen(one);
          forgetful.happen(one);
          expect(remembering.look()).toEqual(forgetful.look());
        }
      }),
      { numRuns: 300 },
    );
  });
});
