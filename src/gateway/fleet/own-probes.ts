import type { AgentToGateway } from '../../protocol/gateway-messages.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import type { PodIdentity } from '../agents/identity.ts';

/** Parts of a frame that were ignored, because they are about probes that the pod does not have. */
export interface RefusedReports {
  readonly what: 'results' | 'states' | 'drops';
  readonly count: number;
  /** One of the probes, as the agent named it. */
  readonly probeUID: string;
}

export interface OwnProbesOptions {
  /** Whether the pod may speak of the probe. */
  isAssigned(podUID: string, probeUID: string): boolean;
  onRefused(identity: PodIdentity, refusal: RefusedReports): void;
}

type StatesFrame = Extract<AgentToGateway, { type: 'states' }>;

/** Leaves out what an agent says about probes that its pod does not have. */
export class OwnProbes {
  readonly #options: OwnProbesOptions;

  constructor(options: OwnProbesOptions) {
    this.#options = options;
  }

  /** @returns the items about probes of the pod; the others are reported as refused. */
  of<Said extends { readonly uid: string }>(agent: AgentRecord, what: RefusedReports['what'], said: Said[]): Said[] {
    const { podUID } = agent.identity;
    if (said.every(({ uid }) => this.#options.isAssigned(podUID, uid))) return said;
    const accepted: Said[] = [];
    const refused: Said[] = [];
    for (const one of said) (this.#options.isAssigned(podUID, one.uid) ? accepted : refused).push(one);
    const [first] = refused;
    // Before the agent is sent a set it has that of an earlier operator, whose probes may be over: those states are no forgery.
    if (first !== undefined && (what === 'results' || agent.sentRevision !== undefined)) {
      this.#options.onRefused(agent.identity, { what, count: refused.length, probeUID: first.uid });
    }
    return accepted;
  }

  ofStates(agent: AgentRecord, frame: StatesFrame): StatesFrame {
    const { podUID } = agent.identity;
    const processes = frame.processes.map((one) => {
      const probes = this.of(agent, 'states', one.probes);
      return probes === one.probes ? one : { ...one, probes };
    });
    // Grants of an earlier operator may be for probes that no longer exist.
    const usage = frame.usage?.filter(({ uid }) => this.#options.isAssigned(podUID, uid));
    return { type: 'states', revision: frame.revision, processes, usage };
  }
}
