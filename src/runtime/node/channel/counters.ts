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
  'RedactionChanged',
] as const satisfies readonly Reason[];
export type DropReason = (typeof DROP_REASONS)[number];
/** Reasons for which the worker makes no result of a hit that was counted. */
export type TakenBack = Extract<DropReason, 'PayloadTooLarge' | 'CaptureFailed' | 'RedactionChanged'>;

/** Found without a method of arrays, which the application may have replaced. */
const DROP_INDEX = Object.fromEntries(DROP_REASONS.map((reason, index) => [reason, index])) as Record<
  DropReason,
  number
>;

/** Reasons of drops that happen only after the condition was true, so that they are part of the estimated hits. */
const TRUE_HITS: ReadonlySet<DropReason> = new Set(['RateLimited', 'BufferFull', 'PayloadTooLarge']);

const HITS = 0;
const CPU_MICROSECONDS = 1;
const STALL_MILLISECONDS = 2;
const COST_COUNT = 3;
const FIRST_DROP = 4;
/** Written by the worker: hits that became a result, and hits that it could make no result of. */
const REPORTED = 20;
const UNFORMED = 21;
/** Milliseconds since 1970: when the probe first entered the code, and when it entered it last, 0 while it is out. */
const FIRST_ENTERED = 26;
const ENTERED = 27;
/** Milliseconds in the code, without those since it entered it last. */
const IN_CODE = 28;
/** Milliseconds of the clock that hits took, in which the line could not be reached again. */
const IN_HITS = 29;
/** Milliseconds since 1970: when the probe was removed, 0 while it is in the code or only suspended. */
const ENDED = 30;
const TOO_LARGE = FIRST_DROP + DROP_INDEX.PayloadTooLarge;
const OTHER_RULES = FIRST_DROP + DROP_INDEX.RedactionChanged;
const SUSPENSIONS = 25;
const SAMPLED_SHARE = 24;
const SMALLEST_SHARE = 1e-6;
const FIRST_COST = 32;
/** The latest costs, from which the worker takes percentiles. */
const COSTS = 128;

/** @returns the key of a probe's counters: with the generation, so that a changed probe starts from 0. */
export function countersKey({ uid, generation }: { readonly uid: string; readonly generation: number }): string {
  return `${uid} ${generation}`;
}

/** Entries that are kept: those of removed probes too, which may come back. A process may see many more in its life. */
const MAX_KEPT = 500;

/** Forgets the oldest entries above the bound, except those that are in use. */
export function keepLatest<T>(kept: Map<string, T>, isInUse: (key: string) => boolean): void {
  if (kept.size <= MAX_KEPT) return;
  for (const key of kept.keys()) {
    if (kept.size <= MAX_KEPT) return;
    if (!isInUse(key)) kept.delete(key);
  }
}

const TAKEN_BACK: Readonly<Record<TakenBack, number>> = {
  PayloadTooLarge: TOO_LARGE,
  CaptureFailed: UNFORMED,
  RedactionChanged: OTHER_RULES,
};

/**
 * What one generation of a probe did and cost in this process, over all times that it was in the code; a new worker continues it.
 * The worker writes REPORTED, UNFORMED and the drops `PayloadTooLarge` and `RedactionChanged`, the application's thread all other cells, so that every cell
 * has one writer.
 */
export class Counters {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8 * (FIRST_COST + COSTS))) {
    this.memory = memory;
    this.#cells = new Float64Array(memory);
  }

  /** Hits that became a result. */
  get hits(): number {
    return this.#cells[REPORTED] ?? 0;
  }

  addResult(): void {
    this.#cells[REPORTED] = this.hits + 1;
  }

  /** Hits that count for the hit limit: they became a result, or may still become one. */
  get counted(): number {
    return (this.#cells[HITS] ?? 0) - this.takenBack;
  }

  addHit(): void {
    this.#cells[HITS] = (this.#cells[HITS] ?? 0) + 1;
  }

  /** Hits that the worker could make no result of, so that they do not count for the hit limit. */
  get takenBack(): number {
    return (this.#cells[TOO_LARGE] ?? 0) + (this.#cells[UNFORMED] ?? 0) + (this.#cells[OTHER_RULES] ?? 0);
  }

  takeBack(reason: TakenBack): void {
    const cell = TAKEN_BACK[reason];
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

  /** @param milliseconds that the thread worked. @param passed milliseconds of the clock, in which the thread may also have stood still. */
  chargeHit(milliseconds: number, passed: number): void {
    this.charge(milliseconds);
    this.#cells[IN_HITS] = (this.#cells[IN_HITS] ?? 0) + passed;
    const count = this.#cells[COST_COUNT] ?? 0;
    this.#cells[FIRST_COST + (count % COSTS)] = milliseconds * 1000;
    this.#cells[COST_COUNT] = count + 1;
  }

  /** The probe has entered the code. @param time milliseconds since 1970. */
  entered(time: number): void {
    const { [FIRST_ENTERED]: first = 0, [ENDED]: ended = 0, [IN_CODE]: there = 0, [IN_HITS]: hits = 0 } = this.#cells;
    // The time for which the probe was removed does not count as time in which it could have been hit.
    const start = first === 0 ? time : first + (ended > 0 ? time - ended : 0);
    this.#cells[FIRST_ENTERED] = start;
    this.#cells[ENDED] = 0;
    this.#cells[ENTERED] ||= time;
    if (this.#cells[SUSPENSIONS] === 0) return;
    this.#cells[SAMPLED_SHARE] = min(1, max((there - hits) / max(1, time - start - hits), SMALLEST_SHARE));
  }

  /** The probe has left the code. @param returns whether it is only suspended. @param time milliseconds since 1970. */
  left(returns: boolean, time: number): void {
    const since = this.#cells[ENTERED] ?? 0;
    if (since > 0) this.#cells[IN_CODE] = (this.#cells[IN_CODE] ?? 0) + max(0, time - since);
    this.#cells[ENTERED] = 0;
    if (returns) this.#cells[SUSPENSIONS] = (this.#cells[SUSPENSIONS] ?? 0) + 1;
    else this.#cells[ENDED] ||= time;
  }

  /**
   * The share of the time in which a sampled probe was in the code and could be hit, above 0 and at most 1, as of its last return;
   * undefined before that. The counted hits divided by it estimate all hits, since the times at which the probe leaves and returns
   * do not depend on what the program does.
   */
  get sampledShare(): number | undefined {
    return this.#cells[SAMPLED_SHARE] || undefined;
  }

  stalled(milliseconds: number): void {
    if (milliseconds > (this.#cells[STALL_MILLISECONDS] ?? 0)) this.#cells[STALL_MILLISECONDS] = milliseconds;
  }

  /** Estimate of all hits whose condition was true, dropped ones included, by the sampled share; undefined for a probe that is not sampled. */
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
