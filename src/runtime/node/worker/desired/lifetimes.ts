import { setFlag } from '../../channel/control-block.ts';
import type { ApplicationThread } from '../application-thread.ts';
import type { Arming } from './arming.ts';
import type { StepQueue } from './step-queue.ts';
import type { Status, TrackedProbe } from './tracked-probe.ts';

const LONGEST_TIMER = 2_147_483_647;
/** A probe for which the process cannot stand still is tried again: its heap may shrink, or the debugger be on by then. */
export const REFUSED_MILLISECONDS = 10_000;

/** What is known of the set around a probe. */
export interface ProbeSet {
  /** Why no probe may be in the process now. */
  readonly overload: Status | undefined;
  /** Whether that very probe is still tracked. */
  has(tracked: TrackedProbe): boolean;
}

/** From when a probe is brought into the code until its time is over. */
export class Lifetimes {
  readonly #thread: ApplicationThread;
  readonly #control: Int32Array;
  readonly #queue: StepQueue;
  readonly #arming: Arming;
  readonly #set: ProbeSet;

  constructor(thread: ApplicationThread, control: Int32Array, queue: StepQueue, arming: Arming, set: ProbeSet) {
    this.#thread = thread;
    this.#control = control;
    this.#queue = queue;
    this.#arming = arming;
    this.#set = set;
  }

  /** Brings it as far as it gets now, which its status says. Never rejects. */
  async bring(tracked: TrackedProbe): Promise<void> {
    const { probe } = tracked;
    const left = probe.expireTime - Date.now();
    if (left <= 0) tracked.status = { state: 'Removed', reason: 'Expired' };
    else if (probe.limits.remainingHits <= 0) tracked.status = { state: 'Removed', reason: 'HitLimitReached' };
    else {
      this.watchExpiry(tracked);
      try {
        tracked.status = this.#set.overload ?? (await this.#arming.arm(tracked));
        if (tracked.status.state === 'Armed') this.start(tracked);
      } catch (error) {
        tracked.status = { state: 'Failed', reason: 'PlacementFailed', message: messageOf(error) };
      }
      if (tracked.status.reason === 'StallTooLong') this.#bringIn(tracked, REFUSED_MILLISECONDS);
      // Its time can end while it is being placed.
      if (tracked.isPlaced && probe.expireTime <= Date.now()) this.#expire(tracked);
    }
  }

  /** What is armed may have got another copy of its file, or one that fits better than the one that it is in. */
  async extend(tracked: TrackedProbe): Promise<void> {
    const located = await this.#arming.locate(tracked.probe);
    if (located.state === 'failed' && located.reason === 'AmbiguousFile') {
      // The first of them was not meant more than this one.
      this.stop(tracked);
      await this.#thread.ask({ type: 'disarm', uid: tracked.probe.uid });
      tracked.status = { state: 'Failed', reason: located.reason, message: located.message };
    }
    if (located.state !== 'found') return;
    const isBetter = located.sites.length > tracked.sites.length || located.location !== tracked.location;
    if (isBetter) await this.bring(tracked);
  }

  /** Its hits are looked at from now on. */
  start({ slot }: TrackedProbe): void {
    if (slot !== undefined) setFlag(this.#control, slot, true);
  }

  /** It does nothing from now on, wherever it still is. */
  stop({ slot }: TrackedProbe): void {
    if (slot !== undefined) setFlag(this.#control, slot, false);
  }

  /** It is not in the code, and nothing will bring it back by itself. */
  fail(tracked: TrackedProbe, message: string): void {
    this.end(tracked, { state: 'Failed', reason: 'PlacementFailed', message });
    this.watchExpiry(tracked);
  }

  /** Stops it and everything that is to happen to it. */
  end(tracked: TrackedProbe, status: Status): void {
    this.stop(tracked);
    tracked.clearTimers();
    tracked.status = status;
  }

  watchExpiry(tracked: TrackedProbe): void {
    clearTimeout(tracked.expiry);
    const left = Math.max(0, tracked.probe.expireTime - Date.now());
    tracked.expiry = setTimeout(() => this.#expire(tracked), Math.min(left, LONGEST_TIMER));
  }

  #bringIn(tracked: TrackedProbe, milliseconds: number): void {
    clearTimeout(tracked.resumption);
    const bring = async () => {
      if (this.#set.has(tracked) && tracked.status.reason === 'StallTooLong') await this.bring(tracked);
    };
    tracked.resumption = setTimeout(() => this.#queue.later(bring), milliseconds);
  }

  #expire(tracked: TrackedProbe): void {
    if (tracked.probe.expireTime > Date.now()) {
      this.#queue.later(() => this.bring(tracked));
      return;
    }
    const wasPlaced = tracked.isPlaced;
    this.end(tracked, { state: 'Removed', reason: 'Expired' });
    const { uid } = tracked.probe;
    if (wasPlaced) this.#queue.later(async () => void (await this.#thread.ask({ type: 'disarm', uid })));
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
