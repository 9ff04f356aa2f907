import type { InstanceState, PlacementKind } from '../../../../api/instance-state.ts';
import type { Reason } from '../../../../api/reasons.ts';
import type { TemplatePart } from '../../../../expression/template.ts';
import type { ProbeState } from '../../../../protocol/state.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import type { Counters, TakenBack } from '../../channel/counters.ts';
import type { Site } from '../../channel/positions.ts';
import { redactorOf } from '../results/redactor-of.ts';

export interface Status {
  readonly state: InstanceState;
  readonly reason: Reason;
  readonly message?: string;
  /** Milliseconds since 1970: when a suspension ends, as far as that is known. */
  readonly returnTime?: number;
}

/** One probe of the desired set, and how far it got. */
export class TrackedProbe {
  /** Index of its flag in the control block; undefined when all are taken, and then the probe is not in the code. */
  readonly slot: number | undefined;
  readonly counters: Counters;
  probe: WireProbe;
  status: Status = { state: 'Pending', reason: 'Progressing' };
  /** What went wrong with hits since the probe was armed; the counters tell with how many. */
  remark: { readonly reason: Reason; readonly text: string } | undefined;
  /** Why exits by exception are not all seen. */
  exits: string | undefined;
  /** It ended with a hit that was taken back, and has not come back yet. */
  endedEarly = false;
  /** Why the last hit that was taken back was. */
  takenBack: TakenBack = 'PayloadTooLarge';
  /** Which budget was used up last. */
  budget: 'probe' | 'process' = 'probe';
  template: readonly TemplatePart[] = [];
  /** How it gets into the code. */
  placement: PlacementKind | undefined;
  sites: readonly Site[] = [];
  location: string | undefined;
  /**
   * Whether other rules of redaction are to be in force, with which it is about to be placed anew. Until then its hits do nothing, and what
   * it has reported and is not formed yet is dropped.
   */
  isOutdated = false;
  /** Timers for the end of the time to live, and of a suspension. */
  expiry: NodeJS.Timeout | undefined;
  resumption: NodeJS.Timeout | undefined;
  /** Timer until exceptions are watched again. */
  watching: NodeJS.Timeout | undefined;

  constructor(probe: WireProbe, slot: number | undefined, counters: Counters) {
    this.probe = probe;
    this.slot = slot;
    this.counters = counters;
  }

  /** Name of the rules of redaction that are in force for it. */
  get redactionHash(): string | undefined {
    return redactorOf(this.probe).hash;
  }

  /** Whether the application may still have it in its code. */
  get isPlaced(): boolean {
    return this.status.state === 'Armed' || this.status.state === 'Suspended';
  }

  clearTimers(): void {
    clearTimeout(this.expiry);
    clearTimeout(this.resumption);
    clearTimeout(this.watching);
  }

  #remark(): string | undefined {
    if (this.remark === undefined) return undefined;
    const { reason, text } = this.remark;
    const count = this.counters.dropped().find((drop) => drop.reason === reason)?.count ?? 1;
    return `${reason}: ${text} (${count} ${count === 1 ? 'hit' : 'hits'})`;
  }

  /** What is said of a pattern that cannot be read holds nothing of the program; a redactor without that pattern would hide it, as everything. */
  #withoutSecrets(message: string): string {
    return this.status.reason === 'PatternInvalid' ? message : redactorOf(this.probe).text(message);
  }

  toState(): ProbeState {
    const { state, reason, returnTime } = this.status;
    const message = [this.#remark(), this.status.message, this.exits].filter(Boolean).join('; ');
    return {
      uid: this.probe.uid,
      generation: this.probe.generation,
      state,
      reason,
      message: message === '' ? undefined : this.#withoutSecrets(message).slice(0, 1024),
      location: this.location?.slice(0, 600),
      redactionHash: this.redactionHash,
      returnTime,
      placement: this.isPlaced ? this.placement : undefined,
      hits: this.counters.hits,
      estimatedHits: this.counters.estimatedHits,
      dropped: this.counters.dropped(),
      cost: { ...this.counters.cost(), sampledShare: this.counters.sampledShare },
    };
  }
}
