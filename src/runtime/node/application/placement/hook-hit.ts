import type { DropReason } from '../../channel/counters.ts';
import type { Site } from '../../channel/positions.ts';
import type { Pause } from '../debugger/pause.ts';
import type { PauseRequest, PauseWork } from '../debugger/pause-scheduler.ts';
import type { Guard } from '../guard/guard.ts';

/** A compiled expression in the scope of the line. */
export type Expression = (guard: Guard) => unknown;

/** Who asks for a pause; where, the hit knows. */
export type HitPauseRequest = Omit<PauseRequest, 'site'>;

/** An exit by exception, with the thread standing. */
export interface Thrown {
  readonly pause: Pause;
  /** The thrown value. */
  readonly error: unknown;
  /** Whether the exception leaves the function for sure. */
  readonly isCertain: boolean;
  /**
   * Does the work as soon as it is certain, on this thread; never if the exception does not leave the function.
   * @returns false where too many exits wait for that already.
   */
  whenCertain(work: () => void): boolean;
}

/** What a placement gives of one hit of a hook. Valid during the hit, and in the pause that was asked for in it. */
export interface HookHit {
  readonly site: Site;
  /** 0 where there is none. */
  readonly condition: Expression | 0;
  readonly values: readonly Expression[];
  /** Gives the result of the function once more; 0 where only a pause does, or nobody asks. */
  readonly result: Expression | 0;
  readonly thrown: Thrown | undefined;
  /** Milliseconds that the hit takes beside what the handler does. */
  readonly overheadMilliseconds: number;
  /**
   * Asked once at each hit that is wanted, also where nothing is evaluated: it is how the beginning and the end are noticed.
   * @returns milliseconds since the function was entered; undefined where that is not known. Never throws.
   */
  elapsed(): number | undefined;
  /** Asks for the thread to stand here, once the handler has returned. @returns why it does not. */
  pause(request: HitPauseRequest, work: PauseWork): 'paused' | DropReason;
}

/** Who has put a hook into the code. None of it throws. */
export interface HookListener {
  /** Whether a hit would be looked at now; for placements that have to do something before they can tell of one. */
  readonly isWanted: boolean;
  onHit(hit: HookHit): void;
  /** There was a hit, and the placement could not give what is evaluated there. */
  onMissed(): void;
  /** The hook fell out of the code. */
  onLost(message: string): void;
  /** Pays for what the placement does beside hits, in milliseconds. @returns whether there is more. */
  pay(milliseconds: number): boolean;
  /** Its hits are not noticed for so long: they cost too much, or somebody else uses the debugger. */
  onBlind(milliseconds: number, why: 'budget' | 'debugger'): void;
  /** Whether an exception comes through these frames, from the throw on, is to be found out; {@link Installed.settle} is told. */
  onUncertain(ticket: number, through: readonly Site[]): void;
}
