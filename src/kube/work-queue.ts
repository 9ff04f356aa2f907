import { TimeSlice } from '../time-slice.ts';
import { backoffMs } from './backoff.ts';

/** How one reconcile of one key ended. */
export interface QueueResult {
  readonly key: string;
  /** `requeue`: it succeeded and asked to be called again later. */
  readonly outcome: 'success' | 'requeue' | 'error';
  /** Only for `error`. */
  readonly error?: Error;
  /** Failures of this key in a row, this one included. */
  readonly failures: number;
  /** From being due to being started. */
  readonly waitSeconds: number;
  readonly workSeconds: number;
}

export interface ReconcileResult {
  /** Milliseconds after which the key is reconciled again. */
  readonly requeueAfterMs?: number;
  /** Milliseconds for which the key is not reconciled again, whatever adds it meanwhile. */
  readonly restMs?: number;
}

export interface WorkQueueOptions {
  readonly name: string;
  /** Keys that are worked on at the same time; never the same key twice. */
  readonly concurrency: number;
  /**
   * Milliseconds for which no reconcile is started after those of one slice of time (5 ms), so that thousands of due keys leave the rest to
   * other work of the process, and events that come meanwhile are worked on together. None unless given.
   */
  pauseMs?(): number;
  /** Milliseconds that never go back. Default `performance.now`. */
  readonly now?: () => number;
  // biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that wants nothing more should not have to say so
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | void>;
  onAdd?(): void;
  onResult?(result: QueueResult): void;
}

const MIN_BACKOFF_MS = 5;
const MAX_BACKOFF_MS = 300_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Keys that wait to be reconciled. A key that is added again while it waits is worked on once; while it is worked on, once more afterwards.
 * A reconcile that throws is repeated after 5 ms, doubled each time up to 300 s, with jitter. Reconciles are started in slices of time, so
 * that thousands of keys that are due at once do not hold the event loop; a key whose reconciles are long rests between them (`restMs`).
 */
export class WorkQueue {
  readonly name: string;
  readonly #options: WorkQueueOptions;
  readonly #now: () => number;
  /** Due keys in order, with the moment at which they became due. */
  readonly #due = new Map<string, number>();
  readonly #running = new Set<string>();
  /** Keys that were added while they are worked on, and whether they are urgent. */
  readonly #again = new Map<string, boolean>();
  readonly #later = new Map<string, { at: number; timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  /** When a key that rests may be worked on again. */
  readonly #restsUntil = new Map<string, number>();
  /** Keys whose last rest was cut short by {@link addUrgent}. */
  readonly #urged = new Set<string>();
  readonly #slice = new TimeSlice();
  #isScheduled = false;
  #idle: PromiseWithResolvers<void> | undefined;
  #signal: AbortSignal | undefined;

  constructor(options: WorkQueueOptions) {
    if (!Number.isInteger(options.concurrency) || options.concurrency < 1) {
      throw new RangeError('concurrency must be a whole number of at least 1');
    }
    this.name = options.name;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Keys that are due and not yet worked on. */
  get depth(): number {
    return this.#due.size;
  }

  /** Keys that are worked on at this moment. */
  get running(): number {
    return this.#running.size;
  }

  /** Keys that wait for a later moment. */
  get delayed(): number {
    return this.#later.size;
  }

  /**
   * Makes a key due now, or as soon as it has rested. Replaces what `addAfter` had planned for it. Ignored once the queue has been
   * stopped.
   */
  add(key: string): void {
    this.#add(key, false);
  }

  /**
   * As {@link add}, for what somebody waits for: a rest of the key ends at once. Not two in a row, so that a key which is urgent all the
   * time still rests most of it.
   */
  addUrgent(key: string): void {
    this.#add(key, true);
  }

  #add(key: string, isUrgent: boolean): void {
    if (this.#signal?.aborted) return;
    const restsUntil = this.#restsUntil.get(key);
    if (restsUntil !== undefined && restsUntil > this.#now()) {
      if (!isUrgent || this.#urged.has(key)) {
        this.#planAt(key, restsUntil);
        return;
      }
      this.#urged.add(key);
      this.#restsUntil.delete(key);
    } else if (restsUntil !== undefined) this.#urged.delete(key);
    this.#cancelLater(key);
    if (this.#running.has(key)) {
      if (!this.#again.has(key)) this.#options.onAdd?.();
      this.#again.set(key, isUrgent || this.#again.get(key) === true);
      return;
    }
    if (this.#due.has(key)) return;
    this.#due.set(key, this.#now());
    this.#options.onAdd?.();
    this.#dispatch();
  }

  /** Makes a key due in `ms` milliseconds, unless it is due earlier already. */
  addAfter(key: string, ms: number): void {
    if (this.#signal?.aborted || this.#due.has(key)) return;
    if (!(ms > 0)) {
      this.add(key);
      return;
    }
    this.#planAt(key, Math.max(this.#now() + ms, this.#restsUntil.get(key) ?? 0));
  }

  /** Begins to work. Once `signal` aborts, no reconcile is started any more, and running ones get the signal. */
  start(signal: AbortSignal): void {
    if (this.#signal) throw new Error(`the queue ${this.name} has been started before`);
    this.#signal = signal;
    const stop = (): void => {
      for (const key of [...this.#later.keys()]) this.#cancelLater(key);
      this.#due.clear();
      this.#again.clear();
      this.#restsUntil.clear();
      this.#urged.clear();
      this.#settle();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    this.#dispatch();
  }

  /** Resolves as soon as no key is due or worked on; keys that wait for a later moment do not count. */
  idle(): Promise<void> {
    if (this.#due.size === 0 && this.#running.size === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  #dispatch(): void {
    const signal = this.#signal;
    if (!signal || signal.aborted) return;
    for (const [key, dueAt] of this.#due) {
      if (this.#running.size >= this.#options.concurrency || this.#isScheduled) return;
      if (this.#slice.isOver()) {
        this.#dispatchLater();
        return;
      }
      this.#due.delete(key);
      this.#restsUntil.delete(key);
      this.#running.add(key);
      void this.#work(key, dueAt, signal);
    }
  }

  async #work(key: string, dueAt: number, signal: AbortSignal): Promise<void> {
    const startedAt = this.#now();
    let requeueAfterMs: number | undefined;
    let restMs = 0;
    let error: Error | undefined;
    try {
      const result = await this.#options.reconcile(key, signal);
      requeueAfterMs = result?.requeueAfterMs;
      restMs = result?.restMs ?? 0;
    } catch (cause) {
      error = cause instanceof Error ? cause : new Error(String(cause));
    }
    const failures = error ? (this.#failures.get(key) ?? 0) + 1 : 0;
    if (error) this.#failures.set(key, failures);
    else this.#failures.delete(key);
    this.#running.delete(key);
    this.#report({
      key,
      outcome: error ? 'error' : requeueAfterMs === undefined ? 'success' : 'requeue',
      error,
      failures,
      waitSeconds: (startedAt - dueAt) / 1000,
      workSeconds: (this.#now() - startedAt) / 1000,
    });
    if (!signal.aborted) {
      if (restMs > 0) this.#restsUntil.set(key, this.#now() + restMs);
      else this.#urged.delete(key);
      const isUrgent = this.#again.get(key);
      this.#again.delete(key);
      if (isUrgent !== undefined) {
        if (restMs > 0) this.#add(key, isUrgent);
        else this.#due.set(key, this.#now());
      } else if (error) this.addAfter(key, backoffMs(failures - 1, MIN_BACKOFF_MS, MAX_BACKOFF_MS));
      else if (requeueAfterMs !== undefined) this.addAfter(key, requeueAfterMs);
    }
    this.#dispatch();
    this.#settle();
  }

  #report(result: QueueResult): void {
    // A hook that throws must not lose the key.
    try {
      this.#options.onResult?.(result);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }

  #dispatchLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const dispatch = (): void => {
      this.#isScheduled = false;
      this.#dispatch();
    };
    const pauseMs = this.#options.pauseMs?.() ?? 0;
    if (pauseMs > 0) setTimeout(dispatch, pauseMs);
    else setImmediate(dispatch);
  }

  /** Makes the key due at `at`, unless it is planned for an earlier time. */
  #planAt(key: string, at: number): void {
    const planned = this.#later.get(key);
    if (planned && planned.at <= at) return;
    this.#cancelLater(key);
    this.#plan(key, at);
  }

  #plan(key: string, at: number): void {
    // setTimeout overflows after 24.8 days, so a later moment is reached in steps.
    const left = Math.max(0, at - this.#now());
    const timer = setTimeout(
      () => {
        this.#later.delete(key);
        if (left > LONGEST_TIMER_MS) this.#plan(key, at);
        else this.add(key);
      },
      Math.min(left, LONGEST_TIMER_MS),
    );
    this.#later.set(key, { at, timer });
  }

  #cancelLater(key: string): void {
    const planned = this.#later.get(key);
    if (!planned) return;
    clearTimeout(planned.timer);
    this.#later.delete(key);
  }

  #settle(): void {
    if (this.#due.size > 0 || this.#running.size > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
