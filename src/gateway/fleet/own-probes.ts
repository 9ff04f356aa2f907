import type { AgentToGateway } from '../../protocol/gateway-messages.ts';
import type { AgentRecord } from '../agents/agent-record.ts';
import type { PodIdentity } from '../agents/identity.ts';

/** What an agent said of probes that its pod does not have, and that was not listened to. */
export interface Refusal {
  readonly what: 'results' | 'states' | 'drops';
  readonly count: number;
  /** One of the probes, as the agent named it. */
  readonly probeUID: string;
}

export interface OwnProbesOptions {
  /** Whether the pod may speak of the probe. */
  isAssigned(podUID: string, probeUID: string): boolean;
  onRefused(identity: PodIdentity, refusal: Refusal): void;
}

type StatesFrame = Extract<AgentToGateway, { type: 'states' }>;

/** What an agent may say: of a probe that its pod does not have it knows nothing, whoever wrote the frame. */
export class OwnProbes {
  readonly #options: OwnProbesOptions;

  constructor(options: OwnProbesOptions) {
    this.#options = options;
  }

  /** @returns what is said of probes of the pod; the rest is told of as refused. */
  of<Said extends { readonly uid: string }>(agent: AgentRecord, what: Refusal['what'], said: readonly Said[]): Said[] {
    const { podUID } = agent.identity;
    const accepted: Said[] = [];
    const refused: Said[] = [];
    for (const one of said) (this.#options.isAssigned(podUID, one.uid) ? accepted : refused).push(one);
    const [first] = refused;
    // Until it has been sent a set, it has that of an operator before this one, of which a part may be over.
    if (first !== undefined && (what === 'results' || agent.sentRevision !== undefined)) {
      this.#options.onRefused(agent.identity, { what, count: refused.length, probeUID: first.uid });
    }
    return accepted;
  }

  ofStates(agent: AgentRecord, frame: StatesFrame): StatesFrame {
    const processes = frame.processes.map((one) => ({ ...one, probes: this.of(agent, 'states', one.probes) }));
    // A set of an operator before this one may name probes that are gone by now.
    const usage = frame.usage?.filter(({ uid }) => this.#options.isAssigned(agent.identity.podUID, uid));
    return { ...frame, processes, usage };
  }
}
