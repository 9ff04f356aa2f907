import type { PositionRange, Site } from './positions.ts';

/** What the application's thread has to know of the function around a probe's sites. */
export interface FunctionPlan {
  /** For each site, how `$return` is known there; empty unless the sites are exits. */
  readonly returned: readonly ReturnedAt[];
  /** Whether the probe reads the result of the function. */
  readonly readsResult: boolean;
  /** Whether the function is `async`: V8 then shows its promise where it returns. */
  readonly isAsync: boolean;
  readonly isConstructor: boolean;
  /** Whether a promise is fulfilled with the result, so that a result that is a promise itself is not known yet. */
  readonly isAwaited?: boolean;
  /** Whether the function only ends by exception: V8 shows no place where it returns, so the sites get no hooks. */
  readonly neverReturns: boolean;
  /** Whether the sites are where the function begins. */
  readonly isEntry: boolean;
  /** Functions whose exits by exception are reported; empty where the probe does not report them. */
  readonly thrown: readonly FunctionBody[];
  readonly activations?: ActivationPlan;
}

export interface ReturnedAt {
  /** Source of an expression without side effects, in which `$` is the guard, that gives the returned value. */
  readonly source?: string;
  /** Whether a pause shows the result where the source does not give it: not where a `finally` is still to run. */
  readonly inPause: boolean;
}

/** Where a function is in a script, and the ranges in it that an exception does not leave the function from. */
export interface FunctionBody extends PositionRange {
  readonly scriptId: string;
  readonly isAsync: boolean;
  /** Ranges of the functions inside of it. */
  readonly inner: readonly PositionRange[];
  /** Ranges whose exceptions the function catches. */
  readonly held: readonly PositionRange[];
}

/** How `$elapsed` is measured: sites where the function begins and ends, at which nothing is reported. */
export interface ActivationPlan {
  readonly entries: readonly Site[];
  /** Ends at which the probe has no site of its own. */
  readonly ends: readonly Site[];
  /** Whether the first statement throws: V8 does not pause at an exception where a condition has just given false. */
  readonly throwsAtOnce: boolean;
  /** Source of an array of the values that tell one activation from another. */
  readonly keys: string;
  /** Whether the function is neither async nor a generator, so that its activations end in the opposite order of their beginning. */
  readonly isSync: boolean;
  /** Whether activations end at the sites of the probe. */
  readonly endsAtSites: boolean;
}
