import type { Reason } from '../../../api/reasons.ts';
import type { Cost } from '../../../api/status.ts';
import type { ProbeState, ProcessInfo } from '../../../protocol/state.ts';
import type { Sample } from '../desired/estimate.ts';

/** Drops of hits whose condition was true; of the others nobody knows whether they would have been reported. */
const DROPPED_TRUE: readonly Reason[] = ['RateLimited', 'BufferFull', 'PayloadTooLarge'];

/** No counter is larger, whatever an agent says, so that sums of them stay numbers that status can hold and be read from. */
const MOST = 2 ** 40;
const bounded = (value: number) => Math.min(value, MOST);

type ProcessCost = Required<Omit<Cost, 'sampledShare'>> & Pick<Cost, 'sampledShare'>;

/** There are as many counters as processes times probes, and most of them never drop anything or cost anything. */
const NO_COST: ProcessCost = { cpuMilliseconds: 0, p50Microseconds: 0, p99Microseconds: 0, stallMilliseconds: 0 };
const NO_DROPS: ReadonlyMap<Reason, number> = new Map();

/**
 * The counters of one probe and generation in one process, as far as they were ever seen. They only grow: a state that is not
 * reported any more (the process ended, the agent restarted, the probe was withdrawn) takes nothing back.
 */
export class ProcessCounters {
  readonly podName: string;
  readonly instanceID: string;
  readonly containerName: string | undefined;
  readonly processID: number | undefined;
  readonly threadID: number | undefined;
  /** Known from the status that an operator before this one wrote. */
  readonly isRestored: boolean;
  /** The process is not known to be gone. */
  isLive = true;
  cost: ProcessCost = NO_COST;
  location: string | undefined;
  #dropped: Map<Reason, number> | undefined;
  #counted: number;
  #received = 0;
  #isSampled = false;
  #estimated = 0;

  constructor(
    podName: string,
    process: Pick<ProcessInfo, 'instanceID' | 'containerName' | 'threadID'> & { pid?: number },
    restoredHits?: number,
  ) {
    this.podName = podName;
    this.instanceID = process.instanceID;
    this.containerName = process.containerName;
    this.processID = process.pid;
    this.threadID = process.threadID;
    this.isRestored = restoredHits !== undefined;
    this.#counted = restoredHits ?? 0;
  }

  /** Results can be ahead of the counter, which is reported less often; neither is ever ahead of the truth. */
  get hits(): number {
    return Math.max(this.#counted, this.#received);
  }

  /** Hits that were not reported, by why. */
  get dropped(): ReadonlyMap<Reason, number> {
    return this.#dropped ?? NO_DROPS;
  }

  /** Whether the probe was ever sampled here. */
  get isSampled(): boolean {
    return this.#isSampled;
  }

  /** What the probe saw here, for an estimate of what there was; undefined when it is not sampled here. */
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

  /** Takes over the counters of a process that is gone and need not be known by itself. */
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
