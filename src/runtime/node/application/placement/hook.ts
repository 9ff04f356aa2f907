import type { ActivationPlan, FunctionBody, ReturnedAt } from '../../channel/function-plan.ts';
import type { Site } from '../../channel/positions.ts';
import type { SiteCode } from '../../channel/probe-plan.ts';

/** Something to be noticed in the application: that a line is reached, or that a function begins, ends or throws. */
export type Hook = LineHook | EntryHook | ExitHook | ThrowHook;
/** A hook at one place. */
export type SiteHook = LineHook | EntryHook | ExitHook;

interface AtSite {
  /** A position in the generated code of a script of the catalog. */
  readonly site: Site;
  /** Sources that are evaluated there; absent where only that the function begins or ends has to be known. */
  readonly code: SiteCode | undefined;
  /** How one activation is known from another, for `$elapsed`; the same object at all hooks that belong together. */
  readonly activation: ActivationPlan | undefined;
}

export interface LineHook extends AtSite {
  readonly type: 'line';
}

export interface EntryHook extends AtSite {
  readonly type: 'entry';
  /** The first statement throws, and a hook of the same probe is to see the exception. */
  readonly throwsAtOnce: boolean;
}

export interface ExitHook extends AtSite {
  readonly type: 'exit';
  /** How `$return` is known there; absent where nobody asks for it. */
  readonly returned: ReturnedAt | undefined;
}

/** Exceptions that leave functions: of each, where it is and what is evaluated there. */
export interface ThrowHook {
  readonly type: 'throw';
  readonly functions: readonly ThrowingFunction[];
  readonly activation: ActivationPlan | undefined;
  /** Milliseconds for which the process may stand at once. */
  readonly maxStallMilliseconds: number;
  /** What the probe may cost. */
  readonly cpuMillisecondsPerSecond: number;
}

export interface ThrowingFunction {
  readonly body: FunctionBody;
  readonly code: SiteCode;
}
