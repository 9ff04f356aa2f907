import type { Reason } from '../../api/reasons.ts';

/**
 * Memory that the application's thread and the worker share, so that the worker can stop hits and read counters while the
 * application's event loop is blocked. Every cell has one writer, but for OUTSTANDING, which both change atomically.
 */

/** Cells of the control block (Int32). */
export const ACTIVE = 0; // 1 while hits may do anything at all; the worker's dead man's switch
export const OUTSTANDING = 1; // results posted to the worker that have not reached the socket
export const SEQUENCE = 2; // number of the last result of this process
export const DOORBELL = 3; // 1 while the worker has, or is about to have, an inspector session to the main thread
export const PAUSING = 4; // 1 while the main thread is paused, or is about to be
export const FLUSHED = 5; // 1 when everything is written out, at the end of the process
const FIRST_FLAG = 16;

/** One flag per armed probe; a slot is its index. */
export const SLOTS = 256;

export function createControl(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * (FIRST_FLAG + SLOTS)));
}

export function setFlag(control: Int32Array, slot: number, on: boolean): void {
  Atomics.store(control, FIRST_FLAG + slot, on ? 1 : 0);
}

export function isOn(control: Int32Array, slot: number): boolean {
  return control[ACTIVE] === 1 && control[FIRST_FLAG + slot] === 1;
}

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

const HITS = 0;
const CPU_MICROSECONDS = 1;
const STALL_MILLISECONDS = 2;
const COST_COUNT = 3;
const FIRST_DROP = 4;
const FIRST_COST = 32;
/** The latest costs, from which the worker takes percentiles. */
const COSTS = 128;

/** Under what counters are kept: a changed probe starts from 0. */
export function countersKey({ uid, generation }: { readonly uid: string; readonly generation: number }): string {
  return `${uid} ${generation}`;
}

/** What one generation of a probe did and cost in this process. Only grows; written by the main thread, but for PayloadTooLarge. */
export class Counters {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8 * (FIRST_COST + COSTS))) {
    this.memory = memory;
    this.#cells = new Float64Array(memory);
  }

  get hits(): number {
    return this.#cells[HITS] ?? 0;
  }

  addHit(): void {
    this.#cells[HITS] = this.hits + 1;
  }

  drop(reason: DropReason): void {
    const cell = FIRST_DROP + DROP_REASONS.indexOf(reason);
    this.#cells[cell] = (this.#cells[cell] ?? 0) + 1;
  }

  /** @param milliseconds of the application's thread. @param isHit whether it counts for the percentiles of a hit. */
  charge(milliseconds: number, isHit: boolean): void {
    this.#cells[CPU_MICROSECONDS] = (this.#cells[CPU_MICROSECONDS] ?? 0) + milliseconds * 1000;
    if (!isHit) return;
    const count = this.#cells[COST_COUNT] ?? 0;
    this.#cells[FIRST_COST + (count % COSTS)] = milliseconds * 1000;
    this.#cells[COST_COUNT] = count + 1;
  }

  stalled(milliseconds: number): void {
    if (milliseconds > (this.#cells[STALL_MILLISECONDS] ?? 0)) this.#cells[STALL_MILLISECONDS] = milliseconds;
  }

  dropped(): { reason: DropReason; count: number }[] {
    return DROP_REASONS.map((reason, index) => ({ reason, count: this.#cells[FIRST_DROP + index] ?? 0 })).filter(
      ({ count }) => count > 0,
    );
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
