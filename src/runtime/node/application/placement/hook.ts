import type { ActivationPlan, FunctionBody, ReturnedAt } from '../../channel/function-plan.ts';
import type { Site } from '../../channel/positions.ts';
import type { SiteCode } from '../../channel/probe-plan.ts';

/** What a placement is to notice in the application: that a line is reached, or that a function begins, ends or throws. */
export type Hook = LineHook | EntryHook | ExitHook | ThrowHook;
/** A hook at one site. */
export type SiteHook = LineHook | EntryHook | ExitHook;

interface AtSite {
  /** A position in the generated code of a script of the catalog. */
  readonly site: Site;
  /** Sources that are evaluated there; undefined where it only has to be noted that the function begins or ends. */
  readonly code: SiteCode | undefined;
  /** How activations are told apart, for `$elapsed`; the same object at all hooks that belong together. */
  readonly activation: ActivationPlan | undefined;
}

export interface LineHook extends AtSite {
  readonly type: 'line';
}

export interface EntryHook extends AtSite {
  readonly type: 'entry';
  /** Whether the first statement of the function throws, and a throw hook of the same probe is to see the exception. */
  readonly throwsAtOnce: boolean;
}

export interface ExitHook extends AtSite {
  readonly type: 'exit';
  /** How `$return` is known there; undefined where the probe does not read it. */
  readonly returned: ReturnedAt | undefined;
}

/** Exceptions that leave functions: for each function, where it is and what is evaluated there. */
export interface ThrowHook {
  readonly type: 'throw';
  readonly functions: readonly ThrowingFunction[];
  readonly activation: ActivationPlan | undefined;
  /** Milliseconds for which the process may stand at a time. */
  readonly maxStallMilliseconds: number;
  /** CPU budget of the probe. */
  readonly cpuMillisecondsPerSecond: number;
}

export interface ThrowingFunction {
  readonly body: FunctionBody;
  readonly code: SiteCode;
}
