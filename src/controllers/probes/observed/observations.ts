import { type EffectiveProbe, hitLimit } from '../../../api/effective-probe.ts';
import type { Reason } from '../../../api/reasons.ts';
import type { Cost, Dropped, ProbeStatus } from '../../../api/status.ts';
import type { Result } from '../../../protocol/result.ts';
import type { ProbeState, ProcessInfo } from '../../../protocol/state.ts';
import { estimateHits } from '../desired/estimate.ts';
import { findingsOf } from '../kinds.ts';
import type { Findings, IsInForce, ResultSource } from './findings.ts';
import { type CountedProcess, ProcessCounters } from './process-counters.ts';
import { Totals } from './totals.ts';

/** Processes that are gone and still counted each for itself, as their results may still come. */
const MAX_GONE = 500;

/** In place of the name of a pod, for processes that are counted together. */
const MERGED = '';

/** What an agent reports of one process of its pod. */
export interface ProcessReport {
  readonly podName: string;
  readonly process: ProcessInfo;
  /** State of the present generation; undefined before the process has reported it. */
  readonly state?: ProbeState;
}

/**
 * What is accumulated of one generation of one probe: hits, drops, cost and findings over all processes, also those that are gone. It
 * starts from the status that an earlier operator wrote, so a restart neither loses a hit nor counts one twice:
 *
 *   hits = hits of processes that were gone when status was written (status.retiredHits)
 *        + for each process in status.instances, the larger of the hits written there and those that it reports now
 *        + for all others together, the larger of the hits written for processes that the bounded list left out and those reported now
 */
export class Observations {
  readonly generation: number;
  /** Results over all processes beyond which they were not reported. */
  limit: number;
  readonly #findings: Findings;
  /** By podName, so that no pod can affect processes of another. */
  readonly #byPod = new Map<string, ProcessCounters | readonly ProcessCounters[]>();
  /** Grows with each call of `observe`. */
  #round = 0;
  /** Sums over all counters, updated with every change of a counter, so that reading them costs nothing. */
  readonly #totals = new Totals();
  /** Names of pods from which results came since they were observed last. */
  readonly #touched = new Set<string>();
  readonly #restored: ProbeStatus | undefined;
  readonly #unnamedHits: number;
  #lostResults = 0;
  #agentDrops = 0;

  constructor(probe: EffectiveProbe) {
    this.generation = probe.metadata.generation;
    this.limit = hitLimit(probe);
    this.#restored = probe.status?.observedGeneration === this.generation ? probe.status : undefined;
    this.#findings = findingsOf(probe, this.#restored !== undefined);
    for (const { podName, containerName, processID, threadID, instanceID, hits = 0 } of this.#restored?.instances ??
      []) {
      if (instanceID === undefined) continue;
      const process = { instanceID, containerName, pid: processID, threadID };
      this.#insert(new ProcessCounters(podName, process, hits));
    }
    const { restoredHits } = this.#totals;
    this.#unnamedHits = Math.max(0, (this.#restored?.hits ?? 0) - (this.#restored?.retiredHits ?? 0) - restoredHits);
  }

  /**
   * Takes what agents report now. A process that is not among the reports counts as gone, unless its pod is one of `unheardPods`: no
   * process there has connected to the agent yet, so it may come back with its counter, and must not be counted both as gone and as new.
   * @param podNames the pods that the reports cover; others stay as they are. All pods unless given.
   */
  observe(
    reports: readonly ProcessReport[],
    unheardPods: ReadonlySet<string>,
    podNames: Iterable<string> = [...this.#byPod.keys()],
  ): void {
    this.#round += 1;
    for (const { podName, process, state } of reports) {
      const counters = this.#countersOf(podName, process);
      counters.round = this.#round;
      this.#setLive(counters, true);
      if (state !== undefined && counters.isNews(state)) this.#change(counters, () => counters.observe(state));
    }
    for (const podName of podNames) {
      const isUnheard = unheardPods.has(podName);
      for (const counters of this.#of(podName)) {
        if (counters.round !== this.#round) this.#setLive(counters, isUnheard && podName !== MERGED);
      }
      this.#touched.delete(podName);
    }
    this.#mergeLongGone();
  }

  /** Names of pods from which results came since they were observed last. */
  get touchedPods(): ReadonlySet<string> {
    return this.#touched;
  }

  /** Takes one result of this generation; called once for each. */
  addResult(result: Result, podName: string, process: ProcessInfo | undefined): void {
    const source: ResultSource = { podName, containerName: process?.containerName, processID: process?.pid };
    const counters = this.#countersOf(podName, process ?? { instanceID: result.instanceID });
    this.#change(counters, () => counters.countResult());
    this.#touched.add(podName);
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
    const { restoredHits, otherHits } = this.#totals;
    const total = (this.#restored?.retiredHits ?? 0) + restoredHits + Math.max(this.#unnamedHits, otherHits);
    return Math.min(total, Number.MAX_SAFE_INTEGER);
  }

  /** Counters of the processes that are not known to be gone. */
  live(): ProcessCounters[] {
    return [...this.#all()].filter(({ isLive }) => isLive);
  }

  /** The same for one pod. */
  liveOf(podName: string): ProcessCounters[] {
    return this.#of(podName).filter(({ isLive }) => isLive);
  }

  hitsOf(podName: string, instanceID: string): number {
    return this.#known(podName, instanceID)?.hits ?? 0;
  }

  /** Hits of the pod's processes; undefined when there are none or one is gone, whose last hits may not have been reported. */
  hitsOfPod(podName: string): number | undefined {
    const own = this.#of(podName);
    return own.length > 0 && own.every(({ isLive }) => isLive) ? sum(own, ({ hits }) => hits) : undefined;
  }

  /** Where the probe was bound, as any process has reported it. */
  get location(): string | undefined {
    for (const { location } of this.#all()) if (location !== undefined) return location;
    return undefined;
  }

  /** The part of status that is counted or collected. */
  toStatus(): Pick<
    ProbeStatus,
    'hits' | 'estimatedHits' | 'estimatedHitsInterval' | 'retiredHits' | 'dropped' | 'cost'
  > &
    ReturnType<Findings['toStatus']> {
    const hits = this.hits;
    return {
      hits,
      ...this.#estimate(),
      retiredHits: Math.max(0, hits - this.#totals.liveHits),
      dropped: this.#dropped(),
      cost: this.#cost(),
      ...this.#findings.toStatus(hits),
    };
  }

  *#all(): Generator<ProcessCounters> {
    for (const ofPod of this.#byPod.values()) yield* listOf(ofPod);
  }

  #known(podName: string, instanceID: string): ProcessCounters | undefined {
    return this.#of(podName).find((one) => one.instanceID === instanceID);
  }

  #countersOf(podName: string, process: CountedProcess): ProcessCounters {
    const known = this.#known(podName, process.instanceID);
    if (known !== undefined) return known;
    const counters = new ProcessCounters(podName, process);
    this.#insert(counters);
    return counters;
  }

  /** The counters of the pod's processes. */
  #of(podName: string): readonly ProcessCounters[] {
    return listOf(this.#byPod.get(podName));
  }

  #insert(counters: ProcessCounters): void {
    const { podName } = counters;
    const others = this.#of(podName);
    // Most pods have one process, and there is an entry for each pod of each probe.
    this.#byPod.set(podName, others.length === 0 ? counters : [...others, counters]);
    this.#totals.add(counters);
  }

  #remove(counters: ProcessCounters): void {
    const others = this.#of(counters.podName).filter((one) => one !== counters);
    if (others.length === 0) this.#byPod.delete(counters.podName);
    else this.#byPod.set(counters.podName, others);
    this.#totals.remove(counters);
  }

  #change(counters: ProcessCounters, change: () => void): void {
    this.#totals.remove(counters);
    change();
    this.#totals.add(counters);
  }

  #setLive(counters: ProcessCounters, isLive: boolean): void {
    if (counters.isLive === isLive) return;
    this.#change(counters, () => {
      counters.isLive = isLive;
    });
  }

  /** Merges the oldest counters of processes that are gone, so that a pod with ever new processes does not fill the memory. */
  #mergeLongGone(): void {
    const tooMany = this.#totals.gone - MAX_GONE;
    if (tooMany <= 0) return;
    const oldest: ProcessCounters[] = [];
    for (const counters of this.#all()) {
      if (oldest.length === tooMany) break;
      if (!counters.isLive && counters.podName !== MERGED) oldest.push(counters);
    }
    for (const counters of oldest) {
      this.#remove(counters);
      const instanceID = counters.isRestored ? 'restored' : 'counted';
      const known = this.#known(MERGED, instanceID);
      const merged = known ?? new ProcessCounters(MERGED, { instanceID }, counters.isRestored ? 0 : undefined);
      if (known !== undefined) this.#remove(known);
      merged.isLive = false;
      merged.absorb(counters);
      this.#insert(merged);
    }
  }

  /** Forgets what was made under rules of redaction that are not in force any more. */
  keepOnly(isInForce: IsInForce): void {
    this.#findings.keepOnly(isInForce);
  }

  /** How many hits were not reported for that reason. */
  droppedFor(reason: Reason): number {
    return this.#dropped()?.find((one) => one.reason === reason)?.count ?? 0;
  }

  /** Counts of an earlier operator are the least value of those that processes count, and are added to those that the operator counts. */
  #dropped(): Dropped[] | undefined {
    const counts = new Map<string, number>(this.#totals.dropped);
    const add = (reason: Reason, count: number): void => {
      if (count > 0) counts.set(reason, (counts.get(reason) ?? 0) + count);
    };
    add('BufferFull', this.#agentDrops);
    add('HitLimitReached', this.hits - this.limit);
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

  /** From processes in which the probe is sampled; without any, the estimate of an earlier operator as long as no hit was added. */
  #estimate(): Pick<ProbeStatus, 'estimatedHits' | 'estimatedHitsInterval'> {
    if (this.#totals.sampled === 0) {
      const { hits = 0, estimatedHits, estimatedHitsInterval } = this.#restored ?? {};
      const isNews = estimatedHits === undefined || this.hits > hits;
      return isNews ? {} : { estimatedHits, estimatedHitsInterval };
    }
    const all = [...this.#all()];
    const others = this.hits - sum(all, (one) => one.hits);
    const samples = all.map(({ sample, hits }) => sample ?? { seen: hits, share: 1 });
    const estimate = estimateHits([...samples, { seen: others, share: 1 }]);
    if (estimate === undefined) return {};
    const { hits, low, high } = estimate;
    return { estimatedHits: hits, estimatedHitsInterval: { low, high } };
  }

  #cost(): Cost | undefined {
    const before = this.#restored?.cost;
    let busiest: ProcessCounters | undefined;
    let cpuMilliseconds = 0;
    let p99Microseconds = 0;
    let stallMilliseconds = 0;
    let sampledShare = before?.sampledShare;
    for (const one of this.#all()) {
      if (busiest === undefined || one.hits > busiest.hits) busiest = one;
      cpuMilliseconds += one.cost.cpuMilliseconds;
      p99Microseconds = Math.max(p99Microseconds, one.cost.p99Microseconds);
      stallMilliseconds = Math.max(stallMilliseconds, one.cost.stallMilliseconds);
      const share = one.cost.sampledShare;
      if (share !== undefined) sampledShare = Math.min(share, sampledShare ?? share);
    }
    const cost = {
      cpuMilliseconds: rounded(Math.max(before?.cpuMilliseconds ?? 0, atMost(cpuMilliseconds))),
      p50Microseconds: rounded(busiest?.cost.p50Microseconds || (before?.p50Microseconds ?? 0)),
      p99Microseconds: rounded(p99Microseconds || (before?.p99Microseconds ?? 0)),
      stallMilliseconds: rounded(Math.max(before?.stallMilliseconds ?? 0, stallMilliseconds)),
      sampledShare,
    };
    return Object.values(cost).every((value) => value === 0 || value === undefined) ? undefined : cost;
  }
}

function listOf<T extends object>(found: T | readonly T[] | undefined): readonly T[] {
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found as T];
}

function sum<T>(values: Iterable<T>, of: (value: T) => number): number {
  let total = 0;
  for (const value of values) total += of(value);
  return atMost(total);
}

function atMost(total: number): number {
  return Math.min(total, Number.MAX_SAFE_INTEGER);
}

/** Two significant digits are enough, and change more rarely, so that status is written more rarely. */
function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
