import type { Debugger } from 'node:inspector';
import { INTERRUPTING, PAUSING } from '../../channel/control-block.ts';
import type { Site } from '../../channel/positions.ts';
import type { Moment, ThreadClock } from '../budget/thread-clock.ts';
import { TokenBucket } from '../budget/token-bucket.ts';
import { append, atomicLoad, atomicStore } from '../guard/intrinsics.ts';
import { CheckedCalls } from './checked-calls.ts';
import type { DebuggerSession } from './debugger-session.ts';
import { HIT_MILLISECONDS, Pause } from './pause.ts';
import { PausedEvaluation } from './paused-evaluation.ts';
import type { Stalls } from './stalls.ts';

/** Pauses of one process per second, over all probes: each stops the thread for about a millisecond. */
const PAUSES_PER_SECOND = 20;

/** What is done in a pause; its cost is charged by whoever asked. */
export type PauseWork = (pause: Pause) => void;

/** Who asks for a pause, and where. */
export interface PauseRequest {
  readonly owner: object;
  readonly site: Site;
  /** When the hit began. */
  readonly started: Moment;
  readonly maxStallMilliseconds: number;
}

interface WantedPause extends PauseRequest {
  readonly work: PauseWork;
}

/** Stops the thread at a hit, hands the frames to whoever asked, and always lets it go on. */
export class PauseScheduler {
  readonly #debugger: DebuggerSession;
  control: Int32Array;
  readonly #clock: ThreadClock;
  readonly #calls: CheckedCalls;
  readonly #bucket: TokenBucket;
  #wanted: WantedPause[] = [];
  /** What is evaluated in a pause, or wherever else V8 shows a frame. */
  readonly evaluation: PausedEvaluation;

  constructor(
    session: DebuggerSession,
    control: Int32Array,
    clock: ThreadClock,
    stalls: Pick<Stalls, 'functionMilliseconds'>,
  ) {
    this.#calls = new CheckedCalls(stalls);
    this.#debugger = session;
    this.evaluation = new PausedEvaluation(session);
    this.control = control;
    this.#clock = clock;
    this.#bucket = new TokenBucket(PAUSES_PER_SECOND, clock.now());
  }

  /** Whether a pause would be granted now, but for the rate. */
  get isFree(): boolean {
    return !this.#debugger.busy && atomicLoad(this.control, INTERRUPTING) === 0;
  }

  /** @returns 'paused' when the condition that is running has to be true; else why there is no pause. */
  request(asked: PauseRequest, work: PauseWork): 'paused' | 'RuntimeBusyDebugger' | 'RateLimited' {
    if (this.#debugger.busy) return 'RuntimeBusyDebugger';
    for (let index = 0; index < this.#wanted.length; index++) {
      const other = this.#wanted[index];
      if (other !== undefined && !this.#isSameHit(other, asked)) this.dropStale();
    }
    if (!this.#bucket.take(1, this.#clock.now())) return 'RateLimited';
    // Announced before looking: the worker does the same the other way round, so never both go on.
    atomicStore(this.control, PAUSING, 1);
    if (atomicLoad(this.control, INTERRUPTING) === 1) {
      if (this.#wanted.length === 0) atomicStore(this.control, PAUSING, 0);
      return 'RuntimeBusyDebugger';
    }
    append(this.#wanted, { ...asked, work });
    return 'paused';
  }

  /** V8 did not pause although it was asked to, and the thread has worked so many milliseconds since then: forget it. */
  dropStale(milliseconds = 0): void {
    const first = this.#wanted.length === 0 ? undefined : this.#wanted[0];
    if (first === undefined || this.#clock.workedSince(first.started) < milliseconds) return;
    this.#wanted = [];
    atomicStore(this.control, PAUSING, 0);
  }

  /** Probes at one position are hit one after the other, and share the pause. Anything else is a pause that never came. */
  #isSameHit(one: PauseRequest, other: PauseRequest): boolean {
    return (
      one.owner !== other.owner &&
      one.site.scriptId === other.site.scriptId &&
      one.site.line === other.site.line &&
      one.site.column === other.site.column &&
      this.#clock.workedSince(one.started) < HIT_MILLISECONDS
    );
  }

  /** Called by V8's notification, inside the pause. A pause that nobody asked for ends at once. */
  onPaused(event: Debugger.PausedEventDataType): void {
    const wanted = this.#wanted;
    this.#wanted = [];
    try {
      for (let index = 0; index < wanted.length; index++) {
        try {
          const { work, maxStallMilliseconds } = wanted[index] as WantedPause;
          const { started } = wanted[0] as WantedPause;
          work(this.pauseAt(event, started, maxStallMilliseconds));
        } catch {
          // The work counts its own failures; here only the way back to the application matters.
        }
      }
    } finally {
      this.#debugger.resume();
      atomicStore(this.control, PAUSING, 0);
    }
  }

  /** Does what a pause that no hit asked for is used for; what a hit asked for did not come. */
  runPaused(work: () => void): void {
    this.#wanted = [];
    atomicStore(this.control, PAUSING, 1);
    try {
      work();
    } catch {
      // Here only the way back to the application matters.
    } finally {
      this.#debugger.resume();
      atomicStore(this.control, PAUSING, 0);
    }
  }

  /** @returns what may be done in a pause of V8 that has begun. @param started when the hit began. */
  pauseAt(event: Debugger.PausedEventDataType, started: Moment, maxStallMilliseconds: number): Pause {
    const { evaluation } = this;
    return new Pause(event, started, maxStallMilliseconds, this.#debugger, evaluation, this.#calls, this.#clock);
  }
}
