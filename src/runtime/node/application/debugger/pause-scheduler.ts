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

/** The work to be done in a pause, which the requester is charged for. */
export type PauseWork = (pause: Pause) => void;

/** Which probe asks for a pause, and where. */
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

/** Has V8 pause at a hit, runs the work of the requesters there, and always resumes the thread. */
export class PauseScheduler {
  readonly #debugger: DebuggerSession;
  control: Int32Array;
  readonly #clock: ThreadClock;
  readonly #calls: CheckedCalls;
  readonly #bucket: TokenBucket;
  #wanted: WantedPause[] = [];
  /** Evaluates in the frames of a pause. */
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

  /** Whether a pause would be granted now, apart from the rate limit. */
  get isFree(): boolean {
    return !this.#debugger.busy && atomicLoad(this.control, INTERRUPTING) === 0;
  }

  /** @returns 'paused' when the running breakpoint condition has to give true; else why there is no pause. */
  request(asked: PauseRequest, work: PauseWork): 'paused' | 'RuntimeBusyDebugger' | 'RateLimited' {
    if (this.#debugger.busy) return 'RuntimeBusyDebugger';
    for (let index = 0; index < this.#wanted.length; index++) {
      const other = this.#wanted[index];
      if (other !== undefined && !this.#isSameHit(other, asked)) this.dropStale();
    }
    if (!this.#bucket.take(1, this.#clock.now())) return 'RateLimited';
    // Each thread sets its own flag before it reads the other's (the worker sets INTERRUPTING and reads PAUSING), so never both go on.
    atomicStore(this.control, PAUSING, 1);
    if (atomicLoad(this.control, INTERRUPTING) === 1) {
      if (this.#wanted.length === 0) atomicStore(this.control, PAUSING, 0);
      return 'RuntimeBusyDebugger';
    }
    append(this.#wanted, { ...asked, work });
    return 'paused';
  }

  /** Forgets requested pauses that V8 did not make, if the thread has worked at least these milliseconds since the first of them. */
  dropStale(milliseconds = 0): void {
    const first = this.#wanted.length === 0 ? undefined : this.#wanted[0];
    if (first === undefined || this.#clock.workedSince(first.started) < milliseconds) return;
    this.#wanted = [];
    atomicStore(this.control, PAUSING, 0);
  }

  /** Whether two requests share a pause: probes at one position are hit one after the other. Else the first pause never came. */
  #isSameHit(one: PauseRequest, other: PauseRequest): boolean {
    return (
      one.owner !== other.owner &&
      one.site.scriptId === other.site.scriptId &&
      one.site.line === other.site.line &&
      one.site.column === other.site.column &&
      this.#clock.workedSince(one.started) < HIT_MILLISECONDS
    );
  }

  /** Called by V8's notification, inside the pause. A pause that no probe requested ends at once. */
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
          // The work counts its own failures; here the thread only has to be resumed.
        }
      }
    } finally {
      this.#debugger.resume();
      atomicStore(this.control, PAUSING, 0);
    }
  }

  /** Runs work in a pause that no hit requested. Requests of hits are dropped: their pause would have come first. */
  runPaused(work: () => void): void {
    this.#wanted = [];
    atomicStore(this.control, PAUSING, 1);
    try {
      work();
    } catch {
      // The work counts its own failures; here the thread only has to be resumed.
    } finally {
      this.#debugger.resume();
      atomicStore(this.control, PAUSING, 0);
    }
  }

  /** @returns access to the frames of a pause that has begun. @param started when the hit began. */
  pauseAt(event: Debugger.PausedEventDataType, started: Moment, maxStallMilliseconds: number): Pause {
    const { evaluation } = this;
    return new Pause(event, started, maxStallMilliseconds, this.#debugger, evaluation, this.#calls, this.#clock);
  }
}
