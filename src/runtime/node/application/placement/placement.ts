import type { PlacementKind } from '../../../../api/instance-state.ts';
import type { ArmingRefusal } from '../../channel/arming-refusal.ts';
import type { Callable } from '../guard/intrinsics.ts';
import type { Hook } from './hook.ts';
import type { HookListener } from './hook-hit.ts';

/** A hook in the code. */
export interface Installed {
  /** Takes it out again; also from inside its own hit. Never throws. */
  remove(): void;
  /** Notices hits again after {@link HookListener.onBlind}. Only throw hooks have it. */
  lookAgain?(): void;
  /** Answers {@link HookListener.onUncertain}: whether the exception leaves the function. Only throw hooks have it. */
  settle?(ticket: number, leaves: boolean): void;
}

/** What has to be done before a placement's first hook, one step in each turn of the application's event loop. */
export interface Readiness {
  /** Does what hooks cannot do without. @returns the refusal where the process would stand longer for it than it may. */
  enable(maxStallMilliseconds: number): ArmingRefusal | undefined;
  /** Makes hooks cheaper to install, if the process may stand long enough for that. Never throws. */
  prepare(maxStallMilliseconds: number): void;
  /** Does one step of the warm-up, which is as short as a hit. @returns whether there are more steps. */
  warmUp(): boolean;
  /** @returns the longest stall by any of these steps since the last call, in milliseconds. */
  takeStall(): number;
}

/**
 * One way to notice in running code that a place is reached. Each has a folder of its own and runs on the application's thread.
 * docs/adding-a-placement.md tells how to add one.
 */
export interface Placement {
  readonly kind: PlacementKind;
  /** Whether the debugger has to be enabled for it. */
  readonly needsDebugger: boolean;
  /** Absent where nothing has to be done before the first hook. */
  readonly readiness?: Readiness;
  /** Functions that its code in the application calls through the runtime's key of globalThis. None of them throws. */
  readonly entries: Readonly<Record<string, Callable>>;
  /** @returns why no hit can pause the thread now; undefined where one can. */
  refusePauses(): ArmingRefusal | undefined;
  /** @returns milliseconds for which the process would stand while the costliest of these hooks is installed. */
  predictStall(hooks: readonly Hook[]): number;
  /** @returns milliseconds that a hit costs beside the work of its listener, as far as that is known. */
  overhead(hook: Hook): number;
  /**
   * @param gap milliseconds between hits, on average; undefined where there was no second one.
   * @returns milliseconds of work that removing hooks costs the program, since hot code is compiled anew.
   */
  recompilationCost(gap: number | undefined): number;
  /** Puts a hook into the code. @throws when V8 refuses it. */
  install(hook: Hook, listener: HookListener): Installed;
  /** Takes everything out at once. */
  clear(): void;
}
