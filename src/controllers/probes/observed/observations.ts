import type { Probe } from '../../../api/kinds.ts';
import { hitLimit } from '../../../api/kinds.ts';
import type { Reason } from '../../../api/reasons.ts';
import type { Cost, Dropped, ProbeStatus } from '../../../api/status.ts';
import type { Result } from '../../../protocol/result.ts';
import type { ProbeState, ProcessInfo } from '../../../protocol/state.ts';
import { estimateHits } from '../desired/estimate.ts';
import { type Findings, findingsOf, type ResultSource } from '../kinds.ts';
import { ProcessCounters } from './process-counters.ts';

/** Processes that are gone and known by themselves all the same, as their results may still come. */
const MAX_GONE = 500;

/** What is reported of one process of a pod. */
export interface ProcessReport {
  readonly podName: string;
  readonly process: ProcessInfo;
  /** Of the present generation. */
  readonly state?: ProbeState;
}

/**
 * What is known of one generation of one probe beyond the moment: hits, drops, cost and findings over all processes, also those that
 * are gone. It starts from the status that an earlier operator wrote, so a restart neither loses a hit nor counts one twice:
 *
 *   hits = hits of processes that were gone then (status.retiredHits)
 *        + each process that status.instances names, with the larger of what was written then and what it reports now
 *        + the others: what was written of processes that the bounded list left out, or what unnamed processes report now, if more
 */
export class Observations {
  readonly generation: number;
  readonly #limit: number;
  readonly #findings: Findings;
  readonly #counters = new Map<string, ProcessCounters>();
  readonly #restored: ProbeStatus | undefined;
  readonly #unnamedHits: number;
  #lostResults = 0;
  #agentDrops = 0;

  constructor(probe: Probe) {
    this.generation = probe.metadata.generation;
    this.#limit = hitLimit(probe);
    this.#restored = probe.status?.observedGeneration === this.generation ? probe.status : undefined;
    this.#findings = findingsOf(probe, this.#restored !== undefined);
    for (const { podName, containerName, processID, threadID, instanceID, hits = 0 } of this.#restored?.instances ??
      []) {
      if (instanceID === undefined) continue;
      const process = { instanceID, containerName, pid: processID, threadID };
      this.#counters.set(keyOf(podName, instanceID), new ProcessCounters(podName, process, hits));
    }
    const named = sum(this.#counters.values(), ({ hits }) => hits);
    this.#unnamedHits = Math.max(0, (this.#restored?.hits ?? 0) - (this.#restored?.retiredHits ?? 0) - named);
  }

  /**
   * Takes what all agents report now. A process that is not among the reports is gone, unless its pod is one of `unheardPods`: there
   * nobody has announced a process yet, so it may come back, with its counter, and must not be counted as gone and as new.
   */
  observe(reports: readonly ProcessReport[], unheardPods: ReadonlySet<string>): void {
    for (const counters of this.#counters.values()) counters.isLive = unheardPods.has(counters.podName);
    for (const { podName, process, state } of reports) {
      const counters = this.#countersOf(podName, process);
      counters.isLive = true;
      if (state !== undefined) counters.observe(state);
    }
    this.#mergeLongGone();
  }

  /** Takes one result of this generation, exactly once. */
  addResult(result: Result, podName: string, process: ProcessInfo | undefined): void {
    const source: ResultSource = { podName, containerName: process?.containerName, processID: process?.pid };
    this.#countersOf(podName, process ?? { instanceID: result.instanceID }).countResult();
    this.#findings.add(result, source);
  }

  /**
   * @param lostResults results that never arrived, counted since the operator started.
   * @param agentDrops results that agents' own buffers dropped, counted likewise.
   */
  setLosses(lostResults: number, agentDrops: number): void {
    this.#lostResults = Math.max(this.#lostResults, lostResults);
    this.#agentDrops = Math.max(this.#agentDrops, agentDrops);
  }

  /** Reported hits over all processes; never less than before. */
  get hits(): number {
    const all = [...this.#counters.values()];
    const named = sum(all, (one) => (one.isRestored ? one.hits : 0));
    const others = sum(all, (one) => (one.isRestored ? 0 : one.hits));
    const total = (this.#restored?.retiredHits ?? 0) + named + Math.max(this.#unnamedHits, others);
    return Math.min(total, Number.MAX_SAFE_INTEGER);
  }

  /** The processes that are alive, as far as anybody knows. */
  live(): ProcessCounters[] {
    return [...this.#counters.values()].filter(({ isLive }) => isLive);
  }

  hitsOf(podName: string, instanceID: string): number {
    return this.#counters.get(keyOf(podName, instanceID))?.hits ?? 0;
  }

  /** Hits of the pod's processes; undefined when one of them is gone, so that it can say no more. */
  hitsOfPod(podName: string): number | undefined {
    const own = [...this.#counters.values()].filter((one) => one.podName === podName);
    return own.length > 0 && own.every(({ isLive }) => isLive) ? sum(own, ({ hits }) => hits) : undefined;
  }

  /** Where the probe was bound, from any process that was told so. */
  get location(): string | undefined {
    for (const { location } of this.#counters.values()) if (location !== undefined) return location;
    return undefined;
  }

  /** The part of status that is counted or collected. */
  toStatus(): Pick<
    ProbeStatus,
    'hits' | 'estimatedHits' | 'estimatedHitsInterval' | 'retiredHits' | 'dropped' | 'cost'
  > &
    ReturnType<Findings['toStatus']> {
    const hits = this.hits;
    const live = sum(this.live(), (one) => one.hits);
    return {
      hits,
      ...this.#estimate(),
      retiredHits: Math.max(0, hits - live),
      dropped: this.#dropped(),
      cost: this.#cost(),
      ...this.#findings.toStatus(hits),
    };
  }

  #countersOf(
    podName: string,
    process: Pick<ProcessInfo, 'instanceID' | 'containerName' | 'threadID'> & { pid?: number },
  ) {
    const key = keyOf(podName, process.instanceID);
    const known = this.#counters.get(key);
    if (known !== undefined) return known;
    const counters = new ProcessCounters(podName, process);
    this.#counters.set(key, counters);
    return counters;
  }

  /** A pod may have ever new processes as long as the probe lives: of those that are gone the oldest become one. */
  #mergeLongGone(): void {
    const gone = [...this.#counters].filter(([, { isLive }]) => !isLive);
    for (const [key, counters] of gone.slice(0, Math.max(0, gone.length - MAX_GONE))) {
      this.#counters.delete(key);
      const restoredHits = counters.isRestored ? 0 : undefined;
      const mergedKey = `merged ${counters.isRestored}`;
      const merged = this.#counters.get(mergedKey) ?? new ProcessCounters('', { instanceID: '' }, restoredHits);
      merged.isLive = false;
      merged.absorb(counters);
      // At the end, where it is not the oldest.
      this.#counters.delete(mergedKey);
      this.#counters.set(mergedKey, merged);
    }
  }

  /** How many hits were not reported for that reason. */
  droppedFor(reason: Reason): number {
    return this.#dropped()?.find((one) => one.reason === reason)?.count ?? 0;
  }

  /** What an earlier operator wrote is a floor for what processes count themselves, and a base for what the operator counts. */
  #dropped(): Dropped[] | undefined {
    const counts = new Map<string, number>();
    for (const one of this.#counters.values()) {
      for (const [reason, count] of one.dropped) counts.set(reason, (counts.get(reason) ?? 0) + count);
    }
    const add = (reason: Reason, count: number): void => {
      if (count > 0) counts.set(reason, (counts.get(reason) ?? 0) + count);
    };
    add('BufferFull', this.#agentDrops);
    add('HitLimitReached', this.hits - this.#limit);
    for (const { reason, count } of this.#restored?.dropped ?? []) {
      const now = counts.get(reason) ?? 0;
      counts.set(reason, reason === ('ResultsLost' satisfies Reason) ? now + count : Math.max(now, count));
    }
    add('ResultsLost', this.#lostResults);
    const dropped = [...counts]
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => ({ reason, count: Math.min(count, Number.MAX_SAFE_INTEGER) }))
      .sort((a, b) => a.reason.localeCompare(b.reason))
      .slice(0, 16);
    return dropped.length === 0 ? undefined : dropped;
  }

  /** From processes that sample, and what an earlier operator made of those that are gone since; nothing while it means nothing. */
  #estimate(): Pick<ProbeStatus, 'estimatedHits' | 'estimatedHitsInterval'> {
    const all = [...this.#counters.values()];
    if (all.every(({ sample }) => sample === undefined)) {
      const { hits = 0, estimatedHits, estimatedHitsInterval } = this.#restored ?? {};
      const isNews = estimatedHits === undefined || this.hits > hits;
      return isNews ? {} : { estimatedHits, estimatedHitsInterval };
    }
    const others = this.hits - sum(all, (one) => one.hits);
    const samples = all.map(({ sample, hits }) => sample ?? { seen: hits, share: 1 });
    const estimate = estimateHits([...samples, { seen: others, share: 1 }]);
    if (estimate === undefined) return {};
    const { hits, low, high } = estimate;
    return { estimatedHits: hits, estimatedHitsInterval: { low, high } };
  }

  #cost(): Cost | undefined {
    const all = [...this.#counters.values()];
    const before = this.#restored?.cost;
    const busiest = all.reduce<ProcessCounters | undefined>(
      (most, one) => (most === undefined || one.hits > most.hits ? one : most),
      undefined,
    );
    const cost = {
      cpuMilliseconds: rounded(
        Math.max(
          before?.cpuMilliseconds ?? 0,
          sum(all, (one) => one.cost.cpuMilliseconds),
        ),
      ),
      p50Microseconds: rounded(busiest?.cost.p50Microseconds || (before?.p50Microseconds ?? 0)),
      p99Microseconds: rounded(
        Math.max(0, ...all.map((one) => one.cost.p99Microseconds)) || (before?.p99Microseconds ?? 0),
      ),
      stallMilliseconds: rounded(
        Math.max(before?.stallMilliseconds ?? 0, ...all.map((one) => one.cost.stallMilliseconds)),
      ),
      sampledShare: smallest([before?.sampledShare, ...all.map((one) => one.cost.sampledShare)]),
    };
    return Object.values(cost).every((value) => value === 0 || value === undefined) ? undefined : cost;
  }
}

function smallest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function sum<T>(values: Iterable<T>, of: (value: T) => number): number {
  let total = 0;
  for (const value of values) total += of(value);
  return Math.min(total, Number.MAX_SAFE_INTEGER);
}

/** A process is known by what its pod says of it. */
function keyOf(podName: string, instanceID: string): string {
  return `${podName}/${instanceID}`;
}

/** Two digits say enough, and change less often than the clock of a processor. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
