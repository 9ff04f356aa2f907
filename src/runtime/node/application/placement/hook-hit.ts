import type { DropReason } from '../../channel/counters.ts';
import type { Site } from '../../channel/positions.ts';
import type { Pause } from '../debugger/pause.ts';
import type { PauseRequest, PauseWork } from '../debugger/pause-scheduler.ts';
import type { Guard } from '../guard/guard.ts';

/** A compiled expression in the scope of the line. */
export type Expression = (guard: Guard) => unknown;

/** A request for a pause without its site, which is that of the hit. */
export type HitPauseRequest = Omit<PauseRequest, 'site'>;

/** An exit by exception, where the thread is paused. */
export interface Thrown {
  readonly pause: Pause;
  /** The thrown value. */
  readonly error: unknown;
  /** Whether it is known that the exception leaves the function. */
  readonly isCertain: boolean;
  /**
   * Does the work, on this thread, once it is known that the exception leaves the function; never if it does not.
   * @returns false where too many exits wait already.
   */
  whenCertain(work: () => void): boolean;
}

/** What a placement gives of one hit of a hook. Valid during the hit, and in the pause that the hit requested. */
export interface HookHit {
  readonly site: Site;
  /** The condition of the probe; 0 where there is none. */
  readonly condition: Expression | 0;
  readonly values: readonly Expression[];
  /** Gives the result of the function without side effects; 0 where only a pause shows it, or the probe does not read it. */
  readonly result: Expression | 0;
  readonly thrown: Thrown | undefined;
  /** Milliseconds that the hit takes beside the work of the listener. */
  readonly overheadMilliseconds: number;
  /**
   * Called once at each hit that is wanted, also where nothing is evaluated, since it notes where activations begin and end.
   * @returns milliseconds since the function was entered; undefined where that is not known. Never throws.
   */
  elapsed(): number | undefined;
  /** Requests a pause here, after the listener has returned. @returns 'paused', or why there will be none. */
  pause(request: HitPauseRequest, work: PauseWork): 'paused' | DropReason;
}

/** Whoever installed a hook, which the placement tells of hits. No method throws. */
export interface HookListener {
  /** Whether a hit would be used now; for placements that have to do work before they can tell of one. */
  readonly isWanted: boolean;
  onHit(hit: HookHit): void;
  /** There was a hit, but the placement could not evaluate anything there. */
  onMissed(): void;
  /** The hook is no longer in the code, without having been removed by the listener. */
  onLost(message: string): void;
  /** Pays for what the placement does beside hits, in milliseconds. @returns whether the budget is not used up yet. */
  pay(milliseconds: number): boolean;
  /** Hits are not noticed for these milliseconds: they cost too much, or somebody else uses the debugger. */
  onBlind(milliseconds: number, why: 'budget' | 'debugger'): void;
  /** Asks whether an exception comes through these frames, from the throw on; {@link Installed.settle} gets the answer. */
  onUncertain(ticket: number, through: readonly Site[]): void;
}
