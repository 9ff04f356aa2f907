import type { ArmingRefusal } from '../../channel/arming-refusal.ts';
import { readCPUQuota } from '../budget/cpu-quota.ts';
import type { ThreadClock } from '../budget/thread-clock.ts';
import { ceil, round } from '../guard/intrinsics.ts';
import type { EarlyDebugger } from './early-debugger.ts';
import { ENABLE_MILLISECONDS, PREPARING_WALKS, usedHeapMegabytes } from './stall-prediction.ts';

/** Milliseconds of a breakpoint for which V8 does not walk the heap. */
const UNWALKED_MILLISECONDS = 1;
/** A breakpoint that takes more than this share of a predicted walk has walked the heap. */
const SHARE_OF_WALK = 0.5;
/** Below these milliseconds a walk cannot be told from a garbage collection. */
const SHORTEST_WALK = 50;

/** A limit that is advised exceeds the prediction by so much, and is a multiple of these milliseconds; higher ones are not allowed. */
const MARGIN = 1.5;
const STEP = 50;
const HIGHEST_LIMIT = 10_000;

/** What is used of {@link EarlyDebugger}. */
interface Early extends Pick<EarlyDebugger, 'prediction' | 'why'> {
  readonly connection: Pick<
    EarlyDebugger['connection'],
    'enabled' | 'isPrepared' | 'canPrepare' | 'prepare' | 'distrust'
  >;
}

/** Predicts and measures stalls by what the debugger does. All in milliseconds. */
export class Stalls {
  readonly #early: Early;
  readonly #clock: ThreadClock;
  readonly #isAttached: boolean;

  /** @param isAttached whether the runtime came into a process that ran, so that the debugger could not be enabled early. */
  constructor(early: Early, clock: ThreadClock, isAttached = false) {
    this.#early = early;
    this.#clock = clock;
    this.#isAttached = isAttached;
  }

  /** Prediction for the first breakpoint of a function, or its first run under V8's check: a walk of the heap unless it was prepared. */
  get functionMilliseconds(): number {
    const { connection, prediction } = this.#early;
    return connection.isPrepared ? UNWALKED_MILLISECONDS : prediction.milliseconds(usedHeapMegabytes(), 1);
  }

  get enableMilliseconds(): number {
    const { prediction } = this.#early;
    prediction.quota = readCPUQuota();
    return prediction.milliseconds(usedHeapMegabytes(), 1, ENABLE_MILLISECONDS);
  }

  /** Prediction for `prepare`; undefined where there is nothing to prepare. */
  get prepareMilliseconds(): number | undefined {
    const { connection, prediction } = this.#early;
    if (!connection.enabled || connection.isPrepared || !connection.canPrepare) return undefined;
    return prediction.milliseconds(usedHeapMegabytes(), PREPARING_WALKS);
  }

  /** @returns milliseconds that the process stood. @throws what the work throws. */
  enable(work: () => void): number {
    return this.#measure(1, ENABLE_MILLISECONDS, work);
  }

  prepare(): number {
    return this.#measure(PREPARING_WALKS, 0, () => this.#early.connection.prepare());
  }

  /** Gives a function its first breakpoint. @throws what the work throws. */
  walkOnce(work: () => void): void {
    const { connection, prediction } = this.#early;
    const { isPrepared } = connection;
    const megabytes = usedHeapMegabytes();
    const started = this.#clock.moment();
    work();
    const worked = this.#clock.workedSince(started);
    if (worked <= prediction.work(megabytes, 1) * SHARE_OF_WALK) return;
    if (!isPrepared) prediction.learn(megabytes, 1, worked);
    else if (worked > SHORTEST_WALK) connection.distrust();
  }

  /** @returns why a stall of so many milliseconds is refused; undefined where it is allowed. */
  refuse(milliseconds: number, allowed: number): ArmingRefusal | undefined {
    if (milliseconds <= allowed) return undefined;
    const { quota } = this.#early.prediction;
    const isHeldBack = quota !== undefined && quota.milliseconds < quota.periodMilliseconds;
    const share = isHeldBack
      ? `; the system lets it run for ${quota.milliseconds} of every ${quota.periodMilliseconds} ms`
      : '';
    return {
      reason: 'StallTooLong',
      message:
        `placing it would stop the process for about ${ceil(milliseconds)} ms (heap ${round(usedHeapMegabytes())} MB${share}), ` +
        `and limits.maxStallMilliseconds is ${allowed}${this.#wayOut(milliseconds)}`,
    };
  }

  /** What would let the probe in all the same. */
  #wayOut(milliseconds: number): string {
    const { why } = this.#early;
    if (!this.#isAttached) return why === undefined ? '' : `; the debugger was not enabled early: ${why}`;
    const enough = ceil((milliseconds * MARGIN) / STEP) * STEP;
    const limit = enough > HIGHEST_LIMIT ? '' : `${enough} would do, or `;
    return `; ${limit}a restart with Davylamp in the process from its start, which needs no such stop: davylamp.dev/inject=true, locally davylamp local -- COMMAND`;
  }

  #measure(walks: number, fixed: number, work: () => void): number {
    const megabytes = usedHeapMegabytes();
    const started = this.#clock.moment();
    work();
    this.#early.prediction.learn(megabytes, walks, this.#clock.workedSince(started), fixed);
    return this.#clock.now() - started.wall;
  }
}
