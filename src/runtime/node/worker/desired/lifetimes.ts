import { setFlag } from '../../channel/control-block.ts';
import type { ApplicationThread } from '../application-thread.ts';
import type { Arming } from './arming.ts';
import type { StepQueue } from './step-queue.ts';
import type { Status, TrackedProbe } from './tracked-probe.ts';

const LONGEST_TIMER = 2_147_483_647;
/** When a probe is tried again whose stall would be too long: the heap may have shrunk by then, or the debugger be enabled. */
export const REFUSED_MILLISECONDS = 10_000;

/** What is known of the set around a probe. */
export interface ProbeSet {
  /** Why no probe may be in the process now. */
  readonly overload: Status | undefined;
  /** Whether that very probe is still tracked. */
  has(tracked: TrackedProbe): boolean;
}

/** Brings probes into the code, and ends them when their time is over. */
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

  /** Brings a probe into the code, or as far as it gets now, which its status says. Never rejects. */
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
      // The probe can expire while it is being placed.
      if (tracked.isPlaced && probe.expireTime <= Date.now()) this.#expire(tracked);
    }
  }

  /** Places an armed probe anew when another copy of its file has been loaded, or a file that fits better. */
  async extend(tracked: TrackedProbe): Promise<void> {
    const located = await this.#arming.locate(tracked.probe);
    if (located.state === 'failed' && located.reason === 'AmbiguousFile') {
      // The file that the probe is in was not meant any more than the new one, so it goes into neither.
      this.stop(tracked);
      await this.#thread.ask({ type: 'disarm', uid: tracked.probe.uid });
      tracked.status = { state: 'Failed', reason: located.reason, message: located.message };
    }
    if (located.state !== 'found') return;
    const isBetter = located.sites.length > tracked.sites.length || located.location !== tracked.location;
    if (isBetter) await this.bring(tracked);
  }

  /** Sets the probe's flag: from now on, hits are evaluated. */
  start({ slot, isOutdated }: TrackedProbe): void {
    if (slot !== undefined && !isOutdated) setFlag(this.#control, slot, true);
  }

  /** Clears the probe's flag: from now on, hits do nothing, even where the probe is still in the code. */
  stop({ slot }: TrackedProbe): void {
    if (slot !== undefined) setFlag(this.#control, slot, false);
  }

  /** For a probe that is not in the code, and that nothing brings back by itself. */
  fail(tracked: TrackedProbe, message: string): void {
    this.end(tracked, { state: 'Failed', reason: 'PlacementFailed', message });
    this.watchExpiry(tracked);
  }

  /** Stops the probe and its timers. */
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
