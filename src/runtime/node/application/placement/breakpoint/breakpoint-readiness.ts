import type { ArmingRefusal } from '../../../channel/arming-refusal.ts';
import type { ThreadClock } from '../../budget/thread-clock.ts';
import type { DebuggerConnection } from '../../debugger/debugger-connection.ts';
import type { DebuggerSession } from '../../debugger/debugger-session.ts';
import type { PauseScheduler } from '../../debugger/pause-scheduler.ts';
import type { Stalls } from '../../debugger/stalls.ts';
import { max } from '../../guard/intrinsics.ts';
import type { Readiness } from '../placement.ts';
import { WARM_UP_STEPS, type WarmUp } from './warm-up.ts';

/** Enables the debugger, prepares V8 to set breakpoints without walking the heap, and warms up the code of hits. */
export class BreakpointReadiness implements Readiness {
  readonly #session: DebuggerSession;
  readonly #connection: Pick<DebuggerConnection, 'enabled' | 'enable'>;
  readonly #stalls: Stalls;
  readonly #pauses: PauseScheduler;
  readonly #warmUp: WarmUp;
  readonly #clock: ThreadClock;
  #stall = 0;
  #warmUpSteps = 0;

  constructor(
    session: DebuggerSession,
    connection: Pick<DebuggerConnection, 'enabled' | 'enable'>,
    stalls: Stalls,
    pauses: PauseScheduler,
    warmUp: WarmUp,
    clock: ThreadClock,
  ) {
    this.#session = session;
    this.#connection = connection;
    this.#stalls = stalls;
    this.#pauses = pauses;
    this.#warmUp = warmUp;
    this.#clock = clock;
  }

  enable(maxStallMilliseconds: number): ArmingRefusal | undefined {
    if (this.#session.enabled) return undefined;
    if (!this.#connection.enabled) {
      const refused = this.#stalls.refuse(this.#stalls.enableMilliseconds, maxStallMilliseconds);
      if (refused !== undefined) return refused;
      this.#stall = this.#stalls.enable(() => this.#connection.enable());
    }
    this.#session.enable();
    this.#warmUpSteps = 0;
    return undefined;
  }

  prepare(maxStallMilliseconds: number): void {
    const predicted = this.#stalls.prepareMilliseconds;
    if (predicted === undefined || predicted > maxStallMilliseconds) return;
    try {
      this.#stall = max(this.#stall, this.#stalls.prepare());
    } catch {
      // The first breakpoint of each function then walks the heap, which the stall prediction counts.
    }
  }

  warmUp(): boolean {
    if (!this.#session.enabled || this.#warmUpSteps >= WARM_UP_STEPS || !this.#pauses.isFree) return false;
    const started = this.#clock.moment();
    this.#warmUp.step(this.#warmUpSteps++);
    this.#pauses.dropStale();
    this.#stall = max(this.#stall, this.#clock.workedSince(started));
    return this.#warmUpSteps < WARM_UP_STEPS;
  }

  takeStall(): number {
    const stall = this.#stall;
    this.#stall = 0;
    return stall;
  }
}
