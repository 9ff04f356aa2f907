import type { PositionRange, Site } from './positions.ts';

/** What a probe does with the function around its sites, ready for the application's thread. */
export interface FunctionPlan {
  /** Of each site, how `$return` is known there; empty unless the sites are exits. */
  readonly returned: readonly ReturnedAt[];
  /** Whether anybody asks for it. */
  readonly readsResult: boolean;
  /** V8 shows the promise of an `async` function where it returns. */
  readonly isAsync: boolean;
  readonly isConstructor: boolean;
  /** A promise is fulfilled with the result, so a promise as the result is none yet. */
  readonly isAwaited?: boolean;
  /** It only ends by exception: V8 shows no place where it returns, so the sites are only said. */
  readonly neverReturns: boolean;
  /** The sites are where the function begins. */
  readonly isEntry: boolean;
  /** Whose exits by exception are reported; empty where nobody asks. */
  readonly thrown: readonly FunctionBody[];
  readonly activations?: ActivationPlan;
}

export interface ReturnedAt {
  /** Source of an expression without effects, in which `$` is the guard, that gives the value once more. */
  readonly source?: string;
  /** Whether a pause can tell what the source, if there is one, does not: not where a `finally` is still to come. */
  readonly inPause: boolean;
}

/** Where a function is in a script, and what of it is not its own. */
export interface FunctionBody extends PositionRange {
  readonly scriptId: string;
  readonly isAsync: boolean;
  /** Functions inside of it. */
  readonly inner: readonly PositionRange[];
  /** An exception that comes up here stays in the function. */
  readonly held: readonly PositionRange[];
}

/** How `$elapsed` is measured: silent sites where the function begins, and where it ends. */
export interface ActivationPlan {
  readonly entries: readonly Site[];
  /** Where the probe has no site of its own there. */
  readonly ends: readonly Site[];
  /** The first statement throws: V8 takes no notice of an exception where a condition was false just before. */
  readonly throwsAtOnce: boolean;
  /** Source of an array of what tells one activation from another. */
  readonly keys: string;
  /** Activations of a function that is neither async nor a generator end in the opposite order of their beginning. */
  readonly isSync: boolean;
  /** Whether the sites of the probe end activations. */
  readonly endsAtSites: boolean;
}
