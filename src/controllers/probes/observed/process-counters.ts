import type { Reason } from '../../../api/reasons.ts';
import type { Cost } from '../../../api/status.ts';
import type { ProbeState, ProcessInfo } from '../../../protocol/state.ts';
import type { Sample } from '../desired/estimate.ts';

/** Reasons for drops of hits whose condition was true; with other reasons it is not known whether it was. */
const DROPPED_TRUE: readonly Reason[] = ['RateLimited', 'BufferFull', 'PayloadTooLarge'];

/** Bound of each counter, whatever an agent reports, so that sums stay safe integers, which status can hold. */
const MOST = 2 ** 40;
const bounded = (value: number) => Math.min(value, MOST);

type ProcessCost = Required<Omit<Cost, 'sampledShare'>> & Pick<Cost, 'sampledShare'>;

/** What is known of a process that is counted; all probes of it share one object. */
export type CountedProcess = Pick<ProcessInfo, 'instanceID' | 'containerName' | 'threadID'> & { readonly pid?: number };

/** Shared, since there are as many counters as processes times probes, and most never have drops or cost. */
const NO_COST: ProcessCost = { cpuMilliseconds: 0, p50Microseconds: 0, p99Microseconds: 0, stallMilliseconds: 0 };
const NO_DROPS: ReadonlyMap<Reason, number> = new Map();

/**
 * The counters of one probe and generation in one process, as far as they were ever seen. They only grow: a state that is not
 * reported any more (the process ended, the agent restarted, the probe was withdrawn) takes nothing back.
 */
export class ProcessCounters {
  readonly podName: string;
  readonly #process: CountedProcess;
  /** Whether the process is known from the status that an earlier operator wrote. */
  readonly isRestored: boolean;
  /** False once the process is known to be gone. */
  isLive = true;
  /** The round of Observations in which it was reported last. */
  round = 0;
  cost: ProcessCost = NO_COST;
  location: string | undefined;
  #dropped: Map<Reason, number> | undefined;
  #counted: number;
  #received = 0;
  #isSampled = false;
  #estimated = 0;

  constructor(podName: string, process: CountedProcess, restoredHits?: number) {
    this.podName = podName;
    this.#process = process;
    this.isRestored = restoredHits !== undefined;
    this.#counted = restoredHits ?? 0;
  }

  get instanceID(): string {
    return this.#process.instanceID;
  }

  get containerName(): string | undefined {
    return this.#process.containerName;
  }

  get processID(): number | undefined {
    return this.#process.pid;
  }

  get threadID(): number | undefined {
    return this.#process.threadID;
  }

  /** Reported hits: the larger of the reported counter and the received results, since either can be ahead of the other. */
  get hits(): number {
    return Math.max(this.#counted, this.#received);
  }

  /** Hits that were not reported, by reason. */
  get dropped(): ReadonlyMap<Reason, number> {
    return this.#dropped ?? NO_DROPS;
  }

  /** Whether the probe was ever sampled here. */
  get isSampled(): boolean {
    return this.#isSampled;
  }

  /** The hits that the probe saw in this process, for the estimate; undefined when it was never sampled here. */
  get sample(): Sample | undefined {
    if (!this.#isSampled) return undefined;
    const seen = this.hits + this.#seenAndDropped();
    return { seen, share: Math.min(1, seen / Math.max(1, this.#estimated)) };
  }

  /** Hits with a true condition that were not reported. */
  #seenAndDropped(): number {
    let seen = 0;
    for (const reason of DROPPED_TRUE) seen += this.dropped.get(reason) ?? 0;
    return seen;
  }

  #setDropped(reason: Reason, count: number): void {
    this.#dropped ??= new Map();
    this.#dropped.set(reason, count);
  }

  countResult(): void {
    this.#received += 1;
  }

  /** Whether the state says anything that is not counted yet. */
  isNews({ hits, dropped, location, cost, estimatedHits }: ProbeState): boolean {
    const isCounted = hits <= this.#counted && dropped.length === 0 && estimatedHits === undefined;
    return !isCounted || cost !== undefined || (location !== undefined && location !== this.location);
  }

  observe(state: ProbeState): void {
    this.#counted = Math.max(this.#counted, bounded(state.hits));
    this.#isSampled ||= state.estimatedHits !== undefined;
    this.#estimated = bounded(state.estimatedHits ?? this.#estimated);
    for (const { reason, count } of state.dropped) {
      this.#setDropped(reason, Math.max(bounded(count), this.dropped.get(reason) ?? 0));
    }
    this.location = state.location ?? this.location;
    if (state.cost === undefined) return;
    this.cost = {
      p50Microseconds: bounded(state.cost.p50Microseconds),
      p99Microseconds: bounded(state.cost.p99Microseconds),
      sampledShare: state.cost.sampledShare ?? this.cost.sampledShare,
      cpuMilliseconds: Math.max(bounded(state.cost.cpuMilliseconds), this.cost.cpuMilliseconds),
      stallMilliseconds: Math.max(bounded(state.cost.stallMilliseconds), this.cost.stallMilliseconds),
    };
  }

  /** Adds the counters of a process that is gone. */
  absorb(gone: ProcessCounters): void {
    const { hits, cost } = gone;
    this.#counted = bounded(this.#counted + hits);
    this.#isSampled ||= gone.#isSampled;
    this.#estimated = bounded(this.#estimated + (gone.#isSampled ? gone.#estimated : hits));
    for (const [reason, count] of gone.dropped) {
      this.#setDropped(reason, bounded(count + (this.dropped.get(reason) ?? 0)));
    }
    this.location ??= gone.location;
    this.cost = {
      p50Microseconds: Math.max(this.cost.p50Microseconds, cost.p50Microseconds),
      p99Microseconds: Math.max(this.cost.p99Microseconds, cost.p99Microseconds),
      sampledShare: cost.sampledShare ?? this.cost.sampledShare,
      cpuMilliseconds: bounded(this.cost.cpuMilliseconds + cost.cpuMilliseconds),
      stallMilliseconds: Math.max(this.cost.stallMilliseconds, cost.stallMilliseconds),
    };
  }
}
