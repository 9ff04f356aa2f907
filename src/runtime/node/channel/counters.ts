import type { Reason } from '../../../api/reasons.ts';

/** The application may replace them later. */
const { max, min } = Math;

/** Why a hit did not become a result; each has a counter. */
export const DROP_REASONS = [
  'RateLimited',
  'BudgetExceeded',
  'BufferFull',
  'EvaluationFailed',
  'EvaluationTimeout',
  'SideEffectRefused',
  'RuntimeBusyDebugger',
  'CaptureFailed',
  'PayloadTooLarge',
  'HitLimitReached',
] as const satisfies readonly Reason[];
export type DropReason = (typeof DROP_REASONS)[number];
/** Why the worker made no result of a hit. */
export type TakenBack = Extract<DropReason, 'PayloadTooLarge' | 'CaptureFailed'>;

/** Found without a method of arrays, which the application may have replaced. */
const DROP_INDEX = Object.fromEntries(DROP_REASONS.map((reason, index) => [reason, index])) as Record<
  DropReason,
  number
>;

/** Drops of hits whose condition was true. */
const TRUE_HITS: ReadonlySet<DropReason> = new Set(['RateLimited', 'BufferFull', 'PayloadTooLarge']);

const HITS = 0;
const CPU_MICROSECONDS = 1;
const STALL_MILLISECONDS = 2;
const COST_COUNT = 3;
const FIRST_DROP = 4;
/** Written by the worker: results that it has formed, and that it could not form. */
const REPORTED = 20;
const UNFORMED = 21;
/** Milliseconds since 1970: when the probe first entered the code, and when it did this time, 0 while it is out. */
const FIRST_ENTERED = 26;
const ENTERED = 27;
/** Milliseconds in the code over all earlier times. */
const IN_CODE = 28;
/** Milliseconds that hits took, in which the line could not be reached again. */
const IN_HITS = 29;
/** Milliseconds since 1970: when it was taken out for good, 0 while it is there or only out for a while. */
const ENDED = 30;
const TOO_LARGE = FIRST_DROP + DROP_INDEX.PayloadTooLarge;
const SUSPENSIONS = 25;
const SAMPLED_SHARE = 24;
const SMALLEST_SHARE = 1e-6;
const FIRST_COST = 32;
/** The latest costs, from which the worker takes percentiles. */
const COSTS = 128;

/** Under what counters are kept: a changed probe starts from 0. */
export function countersKey({ uid, generation }: { readonly uid: string; readonly generation: number }): string {
  return `${uid} ${generation}`;
}

/** Probes that are gone but whose counts are kept, should they come back: a process may see many more in its life. */
const MAX_KEPT = 500;

/** Forgets the oldest entries beyond a bound, but for those that are in use. */
export function keepLatest<T>(kept: Map<string, T>, isInUse: (key: string) => boolean): void {
  if (kept.size <= MAX_KEPT) return;
  for (const key of kept.keys()) {
    if (kept.size <= MAX_KEPT) return;
    if (!isInUse(key)) kept.delete(key);
  }
}

/**
 * What one generation of a probe did and cost in this process, over all times that it was in the code; a new worker goes on with it.
 * The application's thread writes it, but for the two counts of what became of hits, REPORTED and UNFORMED or PayloadTooLarge, which
 * the worker writes. Every cell has one writer.
 */
export class Counters {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8 * (FIRST_COST + COSTS))) {
    this.memory = memory;
    this.#cells = new Float64Array(memory);
  }

  /** Hits of which there is a result. */
  get hits(): number {
    return this.#cells[REPORTED] ?? 0;
  }

  addResult(): void {
    this.#cells[REPORTED] = this.hits + 1;
  }

  /** Hits that count for a limit: of which there is a result, or may be. */
  get counted(): number {
    return (this.#cells[HITS] ?? 0) - this.takenBack;
  }

  addHit(): void {
    this.#cells[HITS] = (this.#cells[HITS] ?? 0) + 1;
  }

  /** Hits of which the worker could make no result, so that they count for no limit. */
  get takenBack(): number {
    return (this.#cells[TOO_LARGE] ?? 0) + (this.#cells[UNFORMED] ?? 0);
  }

  takeBack(reason: TakenBack): void {
    const cell = reason === 'PayloadTooLarge' ? TOO_LARGE : UNFORMED;
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
  }

  drop(reason: DropReason): void {
    const cell = FIRST_DROP + DROP_INDEX[reason];
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
  }

  /** @param milliseconds that the application's thread worked. */
  charge(milliseconds: number): void {
    this.#cells[CPU_MICROSECONDS] = (this.#cells[CPU_MICROSECONDS] ?? 0) + milliseconds * 1000;
  }

  /** @param passed milliseconds of the clock, in which the thread may also have stood still. */
  chargeHit(milliseconds: number, passed: number): void {
    this.charge(milliseconds);
    this.#cells[IN_HITS] = (this.#cells[IN_HITS] ?? 0) + passed;
    const count = this.#cells[COST_COUNT] ?? 0;
    this.#cells[FIRST_COST + (count % COSTS)] = milliseconds * 1000;
    this.#cells[COST_COUNT] = count + 1;
  }

  /** @param time milliseconds since 1970. */
  entered(time: number): void {
    const { [FIRST_ENTERED]: first = 0, [ENDED]: ended = 0, [IN_CODE]: there = 0, [IN_HITS]: hits = 0 } = this.#cells;
    // While nobody wanted the probe there was nothing to sample, so that time does not count.
    const start = first === 0 ? time : first + (ended > 0 ? time - ended : 0);
    this.#cells[FIRST_ENTERED] = start;
    this.#cells[ENDED] = 0;
    this.#cells[ENTERED] ||= time;
    if (this.#cells[SUSPENSIONS] === 0) return;
    this.#cells[SAMPLED_SHARE] = min(1, max((there - hits) / max(1, time - start - hits), SMALLEST_SHARE));
  }

  /** @param returns whether it is to come back. @param time milliseconds since 1970. */
  left(returns: boolean, time: number): void {
    const since = this.#cells[ENTERED] ?? 0;
    if (since > 0) this.#cells[IN_CODE] = (this.#cells[IN_CODE] ?? 0) + max(0, time - since);
    this.#cells[ENTERED] = 0;
    if (returns) this.#cells[SUSPENSIONS] = (this.#cells[SUSPENSIONS] ?? 0) + 1;
    else this.#cells[ENDED] ||= time;
  }

  /**
   * The share of the time in which a sampled probe was in the code and could be hit, above 0 and at most 1, as of its last
   * return; undefined before that. What was counted, divided by it, estimates what was there to count: the probe leaves and
   * returns at times that have nothing to do with the program's.
   */
  get sampledShare(): number | undefined {
    return this.#cells[SAMPLED_SHARE] || undefined;
  }

  stalled(milliseconds: number): void {
    if (milliseconds > (this.#cells[STALL_MILLISECONDS] ?? 0)) this.#cells[STALL_MILLISECONDS] = milliseconds;
  }

  /** Hits, and what was thrown away although its condition was true, scaled to all of the time; undefined when not sampled. */
  get estimatedHits(): number | undefined {
    const share = this.sampledShare;
    if (share === undefined) return undefined;
    const lost = this.dropped().reduce((sum, { reason, count }) => (TRUE_HITS.has(reason) ? sum + count : sum), 0);
    return Math.round((this.counted + lost) / share);
  }

  dropped(): { reason: DropReason; count: number }[] {
    return DROP_REASONS.map((reason, index) => {
      const unformed = reason === 'CaptureFailed' ? (this.#cells[UNFORMED] ?? 0) : 0;
      return { reason, count: (this.#cells[FIRST_DROP + index] ?? 0) + unformed };
    }).filter(({ count }) => count > 0);
  }

  cost(): { cpuMilliseconds: number; p50Microseconds: number; p99Microseconds: number; stallMilliseconds: number } {
    const count = Math.min(this.#cells[COST_COUNT] ?? 0, COSTS);
    const costs = this.#cells.slice(FIRST_COST, FIRST_COST + count).sort();
    const at = (share: number) => round(costs[Math.min(count - 1, Math.floor(count * share))] ?? 0, 10);
    return {
      cpuMilliseconds: round((this.#cells[CPU_MICROSECONDS] ?? 0) / 1000, 1000),
      p50Microseconds: at(0.5),
      p99Microseconds: at(0.99),
      stallMilliseconds: round(this.#cells[STALL_MILLISECONDS] ?? 0, 100),
    };
  }
}

const round = (value: number, by: number) => Math.round(value * by) / by;
