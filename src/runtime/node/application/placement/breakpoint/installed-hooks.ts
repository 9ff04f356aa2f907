import { HIT_MILLISECONDS } from '../../debugger/pause.ts';
import type { PauseScheduler } from '../../debugger/pause-scheduler.ts';
import { guardedHit } from '../../entry-points.ts';
import { mapDelete, mapGet, mapSet } from '../../guard/intrinsics.ts';
import type { Expression } from '../hook-hit.ts';
import type { Keys } from './activation-times.ts';
import { BreakpointHit, type InstalledHook } from './breakpoint-hit.ts';

/** The hooks by the numbers under which breakpoint conditions call them. Turns such a call into a {@link BreakpointHit}. */
export class InstalledHooks {
  readonly #pauses: PauseScheduler;
  readonly #onCondition: () => void;
  readonly #hooks = new Map<number, InstalledHook>();
  #last = 0;

  /** @param onCondition called for each condition that V8 has compiled for a hit. */
  constructor(pauses: PauseScheduler, onCondition: () => void) {
    this.#pauses = pauses;
    this.#onCondition = onCondition;
  }

  /** @returns the number for the next hook. */
  next(): number {
    return ++this.#last;
  }

  set(number: number, installed: InstalledHook): void {
    mapSet(this.#hooks, number, installed);
  }

  delete(number: number): void {
    mapDelete(this.#hooks, number);
  }

  clear(): void {
    this.#hooks.clear();
  }

  /** Called by conditions: the site of a hook is reached. @returns whether V8 is to pause. Never throws. */
  readonly hit = guardedHit(
    (
      number: number,
      condition: Expression | 0,
      values: readonly Expression[],
      result: Expression | 0 = 0,
      keys: Keys | 0 = 0,
    ): boolean => {
      this.#onCondition();
      this.#pauses.dropStale(HIT_MILLISECONDS);
      return this.#tell(number, condition, values, result, keys);
    },
  );

  /** The same for hooks at which nothing is evaluated. */
  readonly pass = guardedHit((number: number, keys: Keys): boolean => {
    this.#onCondition();
    return this.#tell(number, 0, NO_VALUES, 0, keys);
  });

  #tell(
    number: number,
    condition: Expression | 0,
    values: readonly Expression[],
    result: Expression | 0,
    keys: Keys | 0,
  ): boolean {
    const installed = mapGet(this.#hooks, number);
    if (installed === undefined) return false;
    const hit = new BreakpointHit(installed, this.#pauses, condition, values, result, keys);
    installed.listener.onHit(hit);
    return hit.isPausing;
  }
}

const NO_VALUES: readonly Expression[] = [];
