import type { PlacementKind } from '../../../../api/instance-state.ts';
import type { Refusal } from '../../channel/refusal.ts';
import type { Callable } from '../guard/intrinsics.ts';
import type { Hook } from './hook.ts';
import type { HookListener } from './hook-hit.ts';

/** A hook in the code. */
export interface Installed {
  /** Takes it out again; also from inside its own hit. Never throws. */
  remove(): void;
  /** It was blind ({@link HookListener.onBlind}), and may look again. Only of exceptions. */
  lookAgain?(): void;
  /** Answers {@link HookListener.onUncertain}. */
  settle?(ticket: number, leaves: boolean): void;
}

/** What a placement needs before its first hook, one step in each turn of the application's loop. */
export interface Readiness {
  /** @returns why the process may not stand so long for it. */
  enable(maxStallMilliseconds: number): Refusal | undefined;
  /** What makes hooks cheaper to install, where the process may stand so long for it. Never throws. */
  prepare(maxStallMilliseconds: number): void;
  /** Makes the first hits as fast as later ones; each step is as short as a hit. @returns whether there are more steps. */
  warmUp(): boolean;
  /** @returns for how long the process stood at most since the last time this was asked, in milliseconds. */
  takeStall(): number;
}

/**
 * One way to notice in running code that a place is reached. Each is a folder of its own; all run on the application's thread.
 * docs/adding-a-placement.md says what else there is to do for another one.
 */
export interface Placement {
  readonly kind: PlacementKind;
  /** Whether the debugger has to be enabled for it. */
  readonly needsDebugger: boolean;
  /** Absent where nothing is needed. */
  readonly readiness?: Readiness;
  /** What its code in the application calls, behind the key of globalThis. None of it throws. */
  readonly entries: Readonly<Record<string, Callable>>;
  /** Why no hit can stop the thread now. */
  refusePauses(): Refusal | undefined;
  /** Milliseconds for which the process would stand for the longest of these hooks. */
  predictStall(hooks: readonly Hook[]): number;
  /** Milliseconds that a hit costs beside what its listener does, as far as that is known. */
  overhead(hook: Hook): number;
  /**
   * Milliseconds that the program works when hooks leave code that is hot: it is compiled anew.
   * @param gap milliseconds between hits, on average; undefined where there was no second one.
   */
  recompilationCost(gap: number | undefined): number;
  /** @throws what V8 refuses. */
  install(hook: Hook, listener: HookListener): Installed;
  /** Takes everything out at once. */
  clear(): void;
}
