import type { ActivationPlan } from '../../../channel/function-plan.ts';
import type { Hook } from '../hook.ts';
import { Activations } from './activations.ts';

/** Reads the values that tell one activation of the function from another (`this` and the parameters) in the frame of a hit. */
export type Keys = () => readonly unknown[];

/** What is used of the exception watch: its number, 0 while exceptions are not watched. */
interface Watch {
  readonly number: number;
}

/** Measures how long the function has been running at the hooks of one probe. */
export class ActivationTimes {
  readonly #activations: Activations | undefined;
  readonly #watch: Watch;
  readonly #now: () => number;

  constructor(plan: ActivationPlan | undefined, watch: Watch, now: () => number) {
    this.#activations = plan && new Activations(plan.isSync);
    this.#watch = watch;
    this.#now = now;
  }

  /** A hook is hit. @returns milliseconds since the function was entered; undefined where that is not known. Never throws. */
  at({ type }: Hook, keys: Keys | 0, isEnd = type === 'exit'): number | undefined {
    const isEntry = type === 'entry';
    const activations = this.#activations;
    if (keys === 0 || activations === undefined) return isEntry ? 0 : undefined;
    const now = this.#now();
    const { number } = this.#watch;
    try {
      const values = keys();
      if (isEnd) return activations.leave(values, now, number);
      if (!isEntry) return activations.elapsed(values, now, number);
      activations.enter(values, now, number);
      return 0;
    } catch {
      // Reading `this` throws before super() has been called: the activation stays unknown.
      return undefined;
    }
  }

  forget(): void {
    this.#activations?.forget();
  }
}
