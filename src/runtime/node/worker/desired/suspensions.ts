import { OVER_PROCESS_BUDGET } from '../../../../protocol/budget-message.ts';
import type { CommandAnswers } from '../../channel/commands.ts';
import type { TakenBack } from '../../channel/counters.ts';
import type { Notice } from '../../channel/notices.ts';
import type { ApplicationThread } from '../application-thread.ts';
import type { Arming } from './arming.ts';
import { type Lifetimes, messageOf, type ProbeSet, REFUSED_MILLISECONDS } from './lifetimes.ts';
import type { StepQueue } from './step-queue.ts';
import type { TrackedProbe } from './tracked-probe.ts';

/** How long a probe stays out whose last allowed hit was taken back: the next hit would probably cost as much for nothing. */
const TAKEN_BACK_MILLISECONDS = 1000;
const SHORTEST_SUSPENSION = 100;

/** Probes that left the code by themselves, and come back: over their budget, or ended by a hit that does not count. */
export class Suspensions {
  readonly #thread: ApplicationThread;
  readonly #queue: StepQueue;
  readonly #arming: Arming;
  readonly #lifetimes: Lifetimes;
  readonly #set: ProbeSet;

  constructor(thread: ApplicationThread, queue: StepQueue, arming: Arming, lifetimes: Lifetimes, set: ProbeSet) {
    this.#thread = thread;
    this.#queue = queue;
    this.#arming = arming;
    this.#lifetimes = lifetimes;
    this.#set = set;
  }

  onSuspended(tracked: TrackedProbe, notice: Extract<Notice, { type: 'suspended' }>): void {
    const wait = Math.max(SHORTEST_SUSPENSION, notice.milliseconds);
    const seconds = (wait / 1000).toFixed(1);
    const returnTime = Date.now() + wait;
    tracked.budget = notice.budget;
    const { cpuMillisecondsPerSecond } = tracked.probe.limits;
    const over =
      notice.budget === 'probe' ? `it cost more than ${cpuMillisecondsPerSecond} ms per second` : OVER_PROCESS_BUDGET;
    tracked.status =
      tracked.status.reason === 'Sampled'
        ? {
            state: 'Suspended',
            reason: 'Sampled',
            message: `${sampledFor(tracked.budget)}; the next in ${seconds} s`,
            returnTime,
          }
        : {
            state: 'Suspended',
            reason: 'BudgetExceeded',
            message: `${over}; it comes back in ${seconds} s`,
            returnTime,
          };
    this.#resumeIn(tracked, wait);
  }

  /** A probe has had its last allowed hit. */
  onFinished(tracked: TrackedProbe, { takenBack }: Extract<Notice, { type: 'finished' }>): void {
    this.#lifetimes.end(tracked, { state: 'Removed', reason: 'HitLimitReached' });
    // The worker has taken a hit back that the application's thread did not know of when it sent the notice.
    if (tracked.counters.takenBack > takenBack) this.#bringBack(tracked);
  }

  /** A hit of which no result could be made counts for no limit, so a probe that ended with it comes back. */
  takeBack(tracked: TrackedProbe, reason: TakenBack): void {
    const { counters, probe, status } = tracked;
    counters.takeBack(reason);
    tracked.takenBack = reason;
    const why =
      reason === 'PayloadTooLarge'
        ? `a result could not be cut to limits.payloadBytes, which is ${probe.limits.payloadBytes}`
        : 'a result could not be formed';
    tracked.remark = { reason, text: `${why}, so it does not count` };
    if (status.reason === 'HitLimitReached' && this.#set.has(tracked)) this.#bringBack(tracked);
  }

  #bringBack(tracked: TrackedProbe): void {
    const returnTime = Date.now() + TAKEN_BACK_MILLISECONDS;
    tracked.endedEarly = true;
    tracked.status = { state: 'Suspended', reason: tracked.takenBack, returnTime };
    this.#lifetimes.watchExpiry(tracked);
    this.#resumeIn(tracked, TAKEN_BACK_MILLISECONDS);
  }

  #resumeIn(tracked: TrackedProbe, milliseconds: number): void {
    clearTimeout(tracked.resumption);
    tracked.resumption = setTimeout(() => this.#queue.later(() => this.#resume(tracked)), milliseconds);
  }

  async #resume(tracked: TrackedProbe): Promise<void> {
    const { uid } = tracked.probe;
    if (tracked.status.state !== 'Suspended' || !this.#set.has(tracked)) return;
    let wait: CommandAnswers['rearm'];
    try {
      wait = await this.#thread.ask({ type: 'rearm', uid });
    } catch (error) {
      this.#lifetimes.fail(tracked, messageOf(error));
      return;
    }
    if (tracked.status.state !== 'Suspended') return;
    if (typeof wait === 'number') {
      tracked.status = { ...tracked.status, returnTime: Date.now() + wait };
      this.#resumeIn(tracked, wait);
      return;
    }
    const refused = await this.#arming.placeAll(uid, wait, true);
    if (tracked.status.state !== 'Suspended') return;
    if (refused !== undefined) {
      // The stall would be too long now: the heap has grown, and may shrink again.
      tracked.status = { state: 'Suspended', ...refused, returnTime: Date.now() + REFUSED_MILLISECONDS };
      this.#resumeIn(tracked, REFUSED_MILLISECONDS);
      return;
    }
    tracked.status = tracked.endedEarly
      ? { state: 'Armed', reason: 'Armed' }
      : { state: 'Armed', reason: 'Sampled', message: sampledFor(tracked.budget) };
    tracked.endedEarly = false;
    this.#lifetimes.start(tracked);
  }
}

function sampledFor(budget: 'probe' | 'process'): string {
  const over = budget === 'probe' ? 'over its CPU budget at full rate' : OVER_PROCESS_BUDGET;
  return `${over}, so it takes samples`;
}
