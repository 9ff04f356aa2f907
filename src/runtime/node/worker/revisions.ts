import type { WireProbe } from '../../../protocol/wire-probe.ts';
import type { AgentLink } from './agent-link.ts';
import type { DesiredProbes } from './desired/desired-probes.ts';

const STATES_MILLISECONDS = 500;
const APPLY_AGAIN_MILLISECONDS = 1000;
/** The worker stays so long after the last probe, because the next one often follows. */
const IDLE_MILLISECONDS = 3000;

/** Applies the desired sets that the agent sends, and acknowledges each with the states of its probes, whenever they change. */
export class Revisions {
  readonly #probes: DesiredProbes;
  readonly #link: AgentLink | undefined;
  readonly #onIdle: () => void;
  readonly #states: NodeJS.Timeout;
  /** Revision of the set that is applied, and of the newest one. */
  #applied = 0;
  #wanted = 0;
  #sent = '';
  #idle: NodeJS.Timeout | undefined;
  #isStopped = false;
  #setFirst: () => void = () => {};
  /** Resolves when the first set has been applied. */
  readonly first = new Promise<void>((resolve) => {
    this.#setFirst = resolve;
  });

  /** @param onIdle called when there has been no probe for some seconds. */
  constructor(probes: DesiredProbes, link: AgentLink | undefined, onIdle: () => void) {
    this.#probes = probes;
    this.#link = link;
    this.#onIdle = onIdle;
    this.#states = setInterval(() => this.sendStates(), STATES_MILLISECONDS);
  }

  apply(revision: number, wanted: readonly WireProbe[]): void {
    if (this.#isStopped) return;
    clearTimeout(this.#idle);
    this.#wanted = revision;
    this.#apply(revision, wanted);
  }

  /** A set that is not applied is not acknowledged, and tried again unless there is a newer one. */
  #apply(revision: number, wanted: readonly WireProbe[]): void {
    this.#probes.apply(wanted).then(
      () => {
        this.#applied = revision;
        this.#sent = '';
        this.sendStates();
        this.#setFirst();
        if (this.#probes.states().length === 0) this.#idle = setTimeout(this.#onIdle, IDLE_MILLISECONDS);
      },
      () => {
        setTimeout(() => {
          if (!this.#isStopped && this.#wanted === revision) this.#apply(revision, wanted);
        }, APPLY_AGAIN_MILLISECONDS);
      },
    );
  }

  /** Sends the states of the probes, unless they are those that were sent last. */
  sendStates(): void {
    if (this.#isStopped || this.#applied === 0) return;
    const states = this.#probes.states();
    const text = JSON.stringify(states);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#link?.sendStates(this.#applied, states);
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#states);
  }
}
