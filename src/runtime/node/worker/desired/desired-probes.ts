import { MAX_PROBES } from '../../../../protocol/limits.ts';
import { redactionHash } from '../../../../protocol/redaction-hash.ts';
import type { ProbeState } from '../../../../protocol/state.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import { SLOTS } from '../../channel/control-block.ts';
import { Counters, countersKey, keepLatest, type TakenBack } from '../../channel/counters.ts';
import type { Notice } from '../../channel/notices.ts';
import type { PlacementOffer } from '../../channel/placement-offer.ts';
import type { ScriptInfo } from '../../channel/script-info.ts';
import type { ApplicationThread } from '../application-thread.ts';
import { redactorOf } from '../results/redactor-of.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { ScriptTexts } from '../sources/script-texts.ts';
import type { Scripts } from '../sources/scripts.ts';
import { Arming } from './arming.ts';
import { ExceptionExits } from './exception-exits.ts';
import { Lifetimes, messageOf, type ProbeSet } from './lifetimes.ts';
import { StepQueue } from './step-queue.ts';
import { Suspensions } from './suspensions.ts';
import { type Status, TrackedProbe } from './tracked-probe.ts';
import { isOfFiles, WaitingForFiles } from './waiting-for-files.ts';

/** Brings the application to the desired set: every probe is armed, waiting, or has a reason why not. */
export class DesiredProbes {
  readonly #thread: ApplicationThread;
  readonly #memory: Map<string, SharedArrayBuffer>;
  readonly #queue = new StepQueue();
  readonly #arming: Arming;
  readonly #lifetimes: Lifetimes;
  readonly #suspensions: Suspensions;
  readonly #exits: ExceptionExits;
  readonly #files: WaitingForFiles;
  readonly #tracked = new Map<string, TrackedProbe>();
  /** Uids of the desired set. `#tracked` also has probes that left the set and could not be taken out of the code. */
  #wanted: ReadonlySet<string> = new Set();
  /** Why no probe may be in the process now. */
  #overload: Status | undefined;

  constructor(
    thread: ApplicationThread,
    control: Int32Array,
    scripts: Scripts,
    texts: ScriptTexts,
    naming: Naming,
    directory: string,
    memory: ReadonlyMap<string, SharedArrayBuffer>,
    placements: readonly PlacementOffer[],
  ) {
    this.#thread = thread;
    this.#memory = new Map(memory);
    const overload = () => this.#overload;
    const set: ProbeSet = {
      get overload() {
        return overload();
      },
      has: (tracked) => this.#tracked.get(tracked.probe.uid) === tracked,
    };
    this.#arming = new Arming(thread, scripts, texts, naming, directory, placements);
    this.#lifetimes = new Lifetimes(thread, control, this.#queue, this.#arming, set);
    this.#suspensions = new Suspensions(thread, this.#queue, this.#arming, this.#lifetimes, set);
    this.#files = new WaitingForFiles(scripts, directory, this.#queue, this.#lifetimes, set, this.#tracked);
    this.#exits = new ExceptionExits(thread, texts);
  }

  get(uid: string): TrackedProbe | undefined {
    return this.#tracked.get(uid);
  }

  states(): ProbeState[] {
    const all = [...this.#tracked.values()];
    const wanted = all.filter(({ probe }) => this.#wanted.has(probe.uid));
    // All probes of the set fit into one frame; those that could not be taken out are told as far as there is room left.
    const left = all.filter(({ probe }) => !this.#wanted.has(probe.uid));
    return [...wanted, ...left.slice(0, Math.max(0, MAX_PROBES - wanted.length))].map((tracked) => tracked.toState());
  }

  /**
   * Resolves when every probe of the set is armed, waits, or has a reason why not.
   * @throws when a probe that left the set could not be taken out of the code; the others are brought as far all the same.
   */
  apply(probes: readonly WireProbe[]): Promise<void> {
    this.#outdate(probes);
    return this.#queue.run(async () => {
      const failures: unknown[] = [];
      const isForgotten = async (uid: string, tracked: TrackedProbe) => {
        try {
          await this.#forget(uid, tracked);
          return true;
        } catch (error) {
          failures.push(error);
          return false;
        }
      };
      const wanted = new Map(probes.map((probe) => [probe.uid, probe]));
      this.#wanted = new Set(wanted.keys());
      for (const [uid, tracked] of this.#tracked) {
        if (!wanted.has(uid)) await isForgotten(uid, tracked);
      }
      for (const probe of wanted.values()) {
        const known = this.#tracked.get(probe.uid);
        const slot = known?.slot ?? this.#freeSlot();
        if (known !== undefined && JSON.stringify(known.probe) === JSON.stringify(probe) && known.slot === slot)
          continue;
        if (known !== undefined && !(await isForgotten(probe.uid, known))) continue;
        const counters = new Counters(this.#memory.get(countersKey(probe)));
        this.#memory.set(countersKey(probe), counters.memory);
        keepLatest(this.#memory, (key) => [...this.#tracked.values()].some((one) => countersKey(one.probe) === key));
        const tracked = new TrackedProbe(probe, slot, counters);
        this.#tracked.set(probe.uid, tracked);
        await this.#lifetimes.bring(tracked);
      }
      if (this.#tracked.size === 0) await this.#disable();
      if (failures.length > 0) throw failures[0];
    });
  }

  /**
   * Stops probes at once for which other rules of redaction are to be in force: before anything else is done, which may take its time, no hit
   * is evaluated under the old ones any more.
   */
  #outdate(probes: readonly WireProbe[]): void {
    for (const { uid, redaction } of probes) {
      const tracked = this.#tracked.get(uid);
      if (tracked === undefined || tracked.redactionHash === redactionHash(redaction)) continue;
      tracked.isOutdated = true;
      this.#lifetimes.stop(tracked);
    }
  }

  /** A hit of which no result could be made counts for no limit, so a probe that ended with it comes back. */
  takeBack(tracked: TrackedProbe, reason: TakenBack): void {
    this.#suspensions.takeBack(tracked, reason);
  }

  onScripts(scripts: readonly ScriptInfo[]): void {
    this.#files.onScripts(scripts);
  }

  /** Says of each probe that waits for a file why it still does. */
  explain(): void {
    this.#files.explain();
  }

  /** Resolves when everything that has been asked for so far is done. */
  async settled(): Promise<void> {
    await this.#queue.settled();
  }

  /** Whether a probe waits for a place that a file may bring when it loads. */
  get areWaiting(): boolean {
    return [...this.#tracked.values()].some(({ status }) => status.state === 'Waiting' || isOfFiles(status));
  }

  /** Takes every probe out, until `restore`. @param message what is wrong with the process. */
  withdraw(message: string): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#overload !== undefined) return;
      this.#overload = { state: 'Suspended', reason: 'ProcessInDistress', message };
      for (const tracked of this.#tracked.values()) {
        if (!tracked.isPlaced) continue;
        this.#lifetimes.end(tracked, this.#overload);
        this.#lifetimes.watchExpiry(tracked);
      }
      await this.#disable();
    });
  }

  /** Brings back what was withdrawn. */
  restore(): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#overload === undefined) return;
      this.#overload = undefined;
      for (const tracked of this.#tracked.values()) {
        if (tracked.status.state !== 'Removed' && tracked.status.state !== 'Failed')
          await this.#lifetimes.bring(tracked);
      }
    });
  }

  onNotice(
    notice: Extract<Notice, { type: 'suspended' | 'finished' | 'lost' | 'remark' | 'unwatched' | 'thrown' }>,
  ): void {
    const tracked = this.#tracked.get(notice.uid);
    // This notice comes also while the probe is still being placed.
    if (tracked !== undefined && notice.type === 'unwatched') this.#exits.onUnwatched(tracked, notice);
    if (tracked === undefined || !tracked.isPlaced || this.#overload !== undefined) return;
    switch (notice.type) {
      case 'remark':
        tracked.remark = {
          reason: notice.reason,
          text: redactorOf(tracked.probe).remark(notice.message, notice.cuts),
        };
        return;
      case 'lost':
        this.#lifetimes.fail(tracked, notice.message);
        return;
      case 'thrown':
        void this.#exits.onThrown(notice);
        return;
      case 'finished':
        this.#suspensions.onFinished(tracked, notice);
        return;
      case 'suspended':
        this.#suspensions.onSuspended(tracked, notice);
        return;
      case 'unwatched':
        return;
    }
  }

  /** Stops every hit at once, without the application's thread. */
  clearFlags(): void {
    for (const tracked of this.#tracked.values()) {
      this.#lifetimes.stop(tracked);
      tracked.clearTimers();
    }
  }

  /** Disables the debugger, and forgets the scripts that it announced. */
  async #disable(): Promise<void> {
    await this.#thread.ask({ type: 'disable' });
    this.#arming.clear();
  }

  #freeSlot(): number | undefined {
    const taken = new Set<number | undefined>([...this.#tracked.values()].map(({ slot }) => slot));
    for (let slot = 0; slot < SLOTS; slot++) if (!taken.has(slot)) return slot;
    return undefined;
  }

  async #forget(uid: string, tracked: TrackedProbe): Promise<void> {
    this.#lifetimes.stop(tracked);
    tracked.clearTimers();
    if (tracked.isPlaced) {
      try {
        await this.#thread.ask({ type: 'disarm', uid });
      } catch (error) {
        const message = `it could not be taken out of the code, and does nothing there: ${messageOf(error)}`;
        tracked.status = { state: 'Suspended', reason: 'PlacementFailed', message };
        throw error;
      }
    }
    this.#tracked.delete(uid);
  }
}
