import { MAX_PROBES } from '../../../../protocol/limits.ts';
import type { WireProbe } from '../../../../protocol/probe.ts';
import { OVER_PROCESS_BUDGET } from '../../../../protocol/process-budget.ts';
import type { ProbeState } from '../../../../protocol/state.ts';
import type { CommandAnswers, Placing } from '../../channel/commands.ts';
import { SLOTS, setFlag } from '../../channel/control-block.ts';
import { Counters, countersKey, keepLatest, type TakenBack } from '../../channel/counters.ts';
import type { Notice } from '../../channel/notices.ts';
import type { PlacementOffer } from '../../channel/placement-offer.ts';
import type { Refusal } from '../../channel/refusal.ts';
import type { ScriptInfo } from '../../channel/script-info.ts';
import type { ApplicationThread } from '../application-thread.ts';
import type { CompiledProbe } from '../compile/compile-probe.ts';
import { functionPlan } from '../compile/plan-function.ts';
import { compileAnywhere, compileAtSites } from '../compile/site-code.ts';
import { redactorOf } from '../results/redactor-of.ts';
import { ScriptFunctions } from '../sources/functions/script-functions.ts';
import { findFile } from '../sources/locate/find-file.ts';
import { functionsAroundSites } from '../sources/locate/function-at.ts';
import { type Located, locate } from '../sources/locate/locate-line.ts';
import type { LocatedFunction } from '../sources/locate/located-function.ts';
import type { ScriptAccess } from '../sources/locate/script-access.ts';
import type { Naming } from '../sources/names/naming.ts';
import type { Scripts } from '../sources/scripts.ts';
import { choosePlacement } from './choose-placement.ts';
import { FunctionExits } from './function-exits.ts';
import { type Status, TrackedProbe } from './tracked-probe.ts';

const LONGEST_TIMER = 2_147_483_647;
const TOO_MANY = `the process has ${SLOTS} probes, some of which could not be taken out; it is armed by itself when one is out, or after a restart of the process`;
/** How long a probe stays out whose last allowed hit counts for nothing; it would cost as much again at once. */
const TAKEN_BACK_MILLISECONDS = 1000;
const SHORTEST_SUSPENSION = 100;
/** Files load many at a time. */
const EXPLAIN_MILLISECONDS = 300;
/** A probe for which the process cannot stand still is tried again: its heap may shrink, or the debugger be on by then. */
const REFUSED_MILLISECONDS = 10_000;

/** Whether hits may stop the thread; only those are warmed up, since V8 is slower afterwards around a hot line. */
function mayPause({ kind, location }: WireProbe, { condition = '', values }: CompiledProbe): boolean {
  return (
    kind === 'Snapshot' || location.at === 'Exit' || /\$\.(?:call|invoke|left)\(/.test([condition, ...values].join())
  );
}

/** Whether it is refused for what is loaded, which a file that loads later can change. */
function isOfFiles({ reason }: Status): boolean {
  return reason === 'AmbiguousFile' || reason === 'SourceMapMissing' || reason === 'LineNotExecutable';
}

function isForWantOfFile({ reason }: Status): boolean {
  return reason === 'FileNotLoaded' || reason === 'ContextNotSupported' || reason === 'SourceMapMissing';
}

/** Brings the application to the desired set: every probe is armed, waiting, or has a reason why not. */
export class DesiredProbes {
  readonly #thread: ApplicationThread;
  readonly #control: Int32Array;
  readonly #scripts: Scripts;
  readonly #naming: Naming;
  readonly #directory: string;
  readonly #placements: readonly PlacementOffer[];
  readonly #memory: Map<string, SharedArrayBuffer>;
  readonly #access: ScriptAccess;
  readonly #exits: FunctionExits;
  readonly #tracked = new Map<string, TrackedProbe>();
  /** Those of the set; others are there that could not be taken out. */
  #wanted: ReadonlySet<string> = new Set();
  /** Changes happen one after the other. */
  #work: Promise<void> = Promise.resolve();
  #fresh: string[] = [];
  #explaining: NodeJS.Timeout | undefined;
  /** Why no probe may be in the process now. */
  #overload: Status | undefined;

  constructor(
    thread: ApplicationThread,
    control: Int32Array,
    scripts: Scripts,
    naming: Naming,
    directory: string,
    memory: ReadonlyMap<string, SharedArrayBuffer>,
    placements: readonly PlacementOffer[],
  ) {
    this.#placements = placements;
    this.#thread = thread;
    this.#control = control;
    this.#scripts = scripts;
    this.#naming = naming;
    this.#directory = directory;
    this.#memory = new Map(memory);
    const source = (scriptId: string) => thread.ask({ type: 'source', scriptId });
    this.#access = {
      possible: (scriptId, start, end) => thread.ask({ type: 'possible', scriptId, start, end }),
      functions: new ScriptFunctions(source),
      naming,
    };
    this.#exits = new FunctionExits(thread, source);
  }

  get(uid: string): TrackedProbe | undefined {
    return this.#tracked.get(uid);
  }

  states(): ProbeState[] {
    const all = [...this.#tracked.values()];
    const wanted = all.filter(({ probe }) => this.#wanted.has(probe.uid));
    // What is wanted has room in a frame, and what could not be taken out as far as there is more.
    const left = all.filter(({ probe }) => !this.#wanted.has(probe.uid));
    return [...wanted, ...left.slice(0, Math.max(0, MAX_PROBES - wanted.length))].map((tracked) => tracked.toState());
  }

  /**
   * Resolves when every probe of the set is as far as it gets now.
   * @throws when one that is not wanted any more could not be taken out; the others are as far as they get, too.
   */
  apply(probes: readonly WireProbe[]): Promise<void> {
    return this.#then(async () => {
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
        await this.#bring(tracked);
      }
      if (this.#tracked.size === 0) await this.#disable();
      if (failures.length > 0) throw failures[0];
    });
  }

  /** What came of a hit is no result, so it counts for no limit, and a probe that ended with it comes back. */
  takeBack(tracked: TrackedProbe, reason: TakenBack): void {
    const { counters, probe, status } = tracked;
    counters.takeBack(reason);
    tracked.takenBack = reason;
    const why =
      reason === 'PayloadTooLarge'
        ? `a result could not be cut to limits.payloadBytes, which is ${probe.limits.payloadBytes}`
        : 'a result could not be formed';
    tracked.remark = { reason, text: `${why}, so it does not count` };
    if (status.reason === 'HitLimitReached' && this.#tracked.get(probe.uid) === tracked) this.#bringBack(tracked);
  }

  onScripts(scripts: readonly ScriptInfo[]): void {
    for (const script of scripts) {
      this.#scripts.add(script);
      this.#fresh.push(script.scriptId);
    }
    // What loads together is looked at together.
    if (this.#fresh.length === scripts.length) this.#later(() => this.#onFresh());
  }

  /** Looks again at why probes wait for files: what is loaded now can be the answer, such as a path that is nearly theirs. */
  explain(): void {
    clearTimeout(this.#explaining);
    this.#explaining = undefined;
    for (const tracked of this.#tracked.values()) {
      const { file } = tracked.probe.location;
      if (file === undefined || this.#overload !== undefined || !isForWantOfFile(tracked.status)) continue;
      const found = findFile(file, this.#scripts, this.#directory);
      if (!('state' in found)) continue;
      const { state, reason, message } = found;
      tracked.status = { state: state === 'waiting' ? 'Waiting' : 'Failed', reason, message };
    }
  }

  /** Resolves when everything that has been asked for so far is done. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** Whether a probe has no place yet that a file may bring. */
  get areWaiting(): boolean {
    return [...this.#tracked.values()].some(({ status }) => status.state === 'Waiting' || isOfFiles(status));
  }

  /** Takes every probe out, until `restore`. @param message what is wrong with the process. */
  withdraw(message: string): Promise<void> {
    return this.#then(async () => {
      if (this.#overload !== undefined) return;
      this.#overload = { state: 'Suspended', reason: 'ProcessInDistress', message };
      for (const tracked of this.#tracked.values()) {
        if (!tracked.isPlaced) continue;
        this.#stop(tracked);
        tracked.clearTimers();
        tracked.status = this.#overload;
        tracked.expiry = this.#expiryOf(tracked);
      }
      await this.#disable();
    });
  }

  /** Brings back what was withdrawn. */
  restore(): Promise<void> {
    return this.#then(async () => {
      if (this.#overload === undefined) return;
      this.#overload = undefined;
      for (const tracked of this.#tracked.values()) {
        if (tracked.status.state !== 'Removed' && tracked.status.state !== 'Failed') await this.#bring(tracked);
      }
    });
  }

  onNotice(
    notice: Extract<Notice, { type: 'suspended' | 'finished' | 'lost' | 'remark' | 'unwatched' | 'thrown' }>,
  ): void {
    const tracked = this.#tracked.get(notice.uid);
    // It is said while the probe is being placed as well.
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
        this.#fail(tracked, notice.message);
        return;
      case 'thrown':
        void this.#exits.onThrown(notice);
        return;
      case 'finished':
        this.#stop(tracked);
        tracked.clearTimers();
        tracked.status = { state: 'Removed', reason: 'HitLimitReached' };
        // The worker took one back meanwhile.
        if (tracked.counters.takenBack > notice.takenBack) this.#bringBack(tracked);
        return;
      case 'suspended': {
        const wait = Math.max(SHORTEST_SUSPENSION, notice.milliseconds);
        const seconds = (wait / 1000).toFixed(1);
        const returnTime = Date.now() + wait;
        tracked.budget = notice.budget;
        const { cpuMillisecondsPerSecond } = tracked.probe.limits;
        const over =
          notice.budget === 'probe'
            ? `it cost more than ${cpuMillisecondsPerSecond} ms per second`
            : OVER_PROCESS_BUDGET;
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
        return;
      }
    }
  }

  /** Stops every hit at once, without the application's thread. */
  clearFlags(): void {
    for (const tracked of this.#tracked.values()) {
      this.#stop(tracked);
      tracked.clearTimers();
    }
  }

  /** @returns a promise that is rejected as the step is; the steps after it are done all the same. */
  #then(step: () => Promise<void>): Promise<void> {
    const next = this.#work.then(step);
    this.#work = next.catch(() => {});
    return next;
  }

  /** Does a step that nobody waits for. It tells in the status of its probe what went wrong. */
  #later(step: () => Promise<void>): void {
    this.#then(step).catch(() => {});
  }

  /** Takes the debugger out, and forgets the scripts that it told of. */
  async #disable(): Promise<void> {
    await this.#thread.ask({ type: 'disable' });
    this.#scripts.clear();
    this.#naming.clear();
    this.#access.functions.clear();
  }

  #freeSlot(): number | undefined {
    const taken = new Set<number | undefined>([...this.#tracked.values()].map(({ slot }) => slot));
    for (let slot = 0; slot < SLOTS; slot++) if (!taken.has(slot)) return slot;
    return undefined;
  }

  /** It does nothing from now on, wherever it still is. */
  #stop({ slot }: TrackedProbe): void {
    if (slot !== undefined) setFlag(this.#control, slot, false);
  }

  async #forget(uid: string, tracked: TrackedProbe): Promise<void> {
    this.#stop(tracked);
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

  async #bring(tracked: TrackedProbe): Promise<void> {
    const { probe } = tracked;
    const left = probe.expireTime - Date.now();
    if (left <= 0) tracked.status = { state: 'Removed', reason: 'Expired' };
    else if (probe.limits.remainingHits <= 0) tracked.status = { state: 'Removed', reason: 'HitLimitReached' };
    else {
      tracked.expiry = this.#expiryOf(tracked);
      try {
        tracked.status = this.#overload ?? (await this.#arm(tracked));
      } catch (error) {
        tracked.status = { state: 'Failed', reason: 'PlacementFailed', message: messageOf(error) };
      }
      if (tracked.status.reason === 'StallTooLong') this.#bringIn(tracked, REFUSED_MILLISECONDS);
      // Its time can end while it is being placed.
      if (tracked.isPlaced && probe.expireTime <= Date.now()) this.#expire(tracked);
    }
  }

  #expiryOf(tracked: TrackedProbe): NodeJS.Timeout {
    clearTimeout(tracked.expiry);
    const left = Math.max(0, tracked.probe.expireTime - Date.now());
    return setTimeout(() => this.#expire(tracked), Math.min(left, LONGEST_TIMER));
  }

  async #arm(tracked: TrackedProbe): Promise<Status> {
    const { probe, slot } = tracked;
    if (slot === undefined) return { state: 'Failed', reason: 'TooManyProbes', message: TOO_MANY };
    tracked.remark = undefined;
    tracked.exits = undefined;
    const refusal = compileAnywhere(probe);
    if ('reason' in refusal) return { state: 'Failed', ...refusal };
    const { maxStallMilliseconds } = probe.limits;
    const { kind: placement } = choosePlacement(this.#placements);
    tracked.placement = placement;
    const refused = await this.#thread.ask({ type: 'enable', placement, maxStallMilliseconds });
    if (refused !== undefined) return { state: 'Failed', ...refused };
    await this.#thread.ask({ type: 'prepare', placement, maxStallMilliseconds });
    while (mayPause(probe, refusal) && (await this.#thread.ask({ type: 'warmUp', placement })));
    const located = await this.#locate(probe);
    while (await this.#thread.ask({ type: 'release', maxStallMilliseconds }));
    if (located.state !== 'found') {
      const { reason, message } = located;
      return { state: located.state === 'waiting' ? 'Waiting' : 'Failed', reason, message };
    }
    const code = await compileAtSites(probe, located.sites, this.#naming);
    if ('reason' in code) return { state: 'Failed', ...code };
    const { compiled, codes } = code;
    while (mayPause(probe, compiled) && (await this.#thread.ask({ type: 'warmUp', placement })));
    tracked.sites = located.sites;
    tracked.location = located.location;
    tracked.template = compiled.template;
    const placing = await this.#thread.ask({
      type: 'arm',
      plan: {
        probe,
        placement,
        slot,
        counters: tracked.counters.memory,
        sites: located.sites,
        condition: compiled.condition,
        values: compiled.values,
        privates: compiled.privates,
        left: compiled.left,
        codes,
        function: functionPlan(probe, compiled, located.sites, await this.#functions(located, compiled)),
      },
    });
    const failure = await this.#placeAll(probe.uid, placing, false);
    if (failure !== undefined) return { state: 'Failed', ...failure };
    setFlag(this.#control, slot, true);
    const { copies, note } = located;
    const message = [copies > 1 ? `${copies} copies of the file are loaded` : undefined, note]
      .filter(Boolean)
      .join('; ');
    return { state: 'Armed', reason: 'Armed', message: message === '' ? undefined : message };
  }

  /** What cannot be placed in one turn of the application's loop is placed in several. @returns why it is not placed. */
  async #placeAll(uid: string, first: Placing, again: boolean): Promise<Refusal | undefined> {
    let placing = first;
    while (placing === 'more') placing = await this.#thread.ask({ type: 'goOn', uid, again });
    return placing;
  }

  #locate(probe: WireProbe): Promise<Located> {
    return locate(probe, this.#scripts, this.#access, this.#directory);
  }

  /** The functions that the sites are in, where the probe has to know them. */
  async #functions(located: Located, { usesElapsed }: CompiledProbe): Promise<readonly LocatedFunction[]> {
    if (located.state !== 'found') return [];
    if (located.functions !== undefined || !usesElapsed) return located.functions ?? [];
    return await functionsAroundSites(located.sites, this.#scripts, this.#access);
  }

  /** New scripts: what waits may be in one, and what is armed may have got another copy of its file. */
  async #onFresh(): Promise<void> {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const tracked of this.#tracked.values()) {
      const { state } = tracked.status;
      const { file } = tracked.probe.location;
      const concerns = file === undefined || fresh.some((scriptId) => this.#scripts.isIn(scriptId, file));
      if (!concerns) continue;
      if (state === 'Waiting' || (state === 'Failed' && isOfFiles(tracked.status))) await this.#bring(tracked);
      else if (state === 'Armed' && file !== undefined) await this.#extend(tracked).catch(() => {});
    }
    this.#explaining ??= setTimeout(() => this.explain(), EXPLAIN_MILLISECONDS);
  }

  async #extend(tracked: TrackedProbe): Promise<void> {
    const located = await this.#locate(tracked.probe);
    if (located.state === 'failed' && located.reason === 'AmbiguousFile') {
      // The first of them was not meant more than this one.
      this.#stop(tracked);
      await this.#thread.ask({ type: 'disarm', uid: tracked.probe.uid });
      tracked.status = { state: 'Failed', reason: located.reason, message: located.message };
    }
    if (located.state !== 'found') return;
    // Another copy of the file, or one that fits better than the one that the probe is in.
    const isBetter = located.sites.length > tracked.sites.length || located.location !== tracked.location;
    if (isBetter) await this.#bring(tracked);
  }

  #bringIn(tracked: TrackedProbe, milliseconds: number): void {
    clearTimeout(tracked.resumption);
    const bring = async () => {
      const isThere = this.#tracked.get(tracked.probe.uid) === tracked;
      if (isThere && tracked.status.reason === 'StallTooLong') await this.#bring(tracked);
    };
    tracked.resumption = setTimeout(() => this.#later(bring), milliseconds);
  }

  /** It is not in the code, and nothing will bring it back by itself. */
  #fail(tracked: TrackedProbe, message: string): void {
    this.#stop(tracked);
    tracked.clearTimers();
    tracked.status = { state: 'Failed', reason: 'PlacementFailed', message };
    tracked.expiry = this.#expiryOf(tracked);
  }

  #bringBack(tracked: TrackedProbe): void {
    const returnTime = Date.now() + TAKEN_BACK_MILLISECONDS;
    tracked.endedEarly = true;
    tracked.status = { state: 'Suspended', reason: tracked.takenBack, returnTime };
    tracked.expiry = this.#expiryOf(tracked);
    this.#resumeIn(tracked, TAKEN_BACK_MILLISECONDS);
  }

  #resumeIn(tracked: TrackedProbe, milliseconds: number): void {
    clearTimeout(tracked.resumption);
    tracked.resumption = setTimeout(() => this.#later(() => this.#resume(tracked)), milliseconds);
  }

  async #resume(tracked: TrackedProbe): Promise<void> {
    if (tracked.status.state !== 'Suspended' || this.#tracked.get(tracked.probe.uid) !== tracked) return;
    let wait: CommandAnswers['rearm'];
    try {
      wait = await this.#thread.ask({ type: 'rearm', uid: tracked.probe.uid });
    } catch (error) {
      this.#fail(tracked, messageOf(error));
      return;
    }
    if (tracked.status.state !== 'Suspended') return;
    if (typeof wait === 'number') {
      tracked.status = { ...tracked.status, returnTime: Date.now() + wait };
      this.#resumeIn(tracked, wait);
      return;
    }
    const refused = await this.#placeAll(tracked.probe.uid, wait, true);
    if (tracked.status.state !== 'Suspended') return;
    if (refused !== undefined) {
      // The heap has grown, and may shrink again.
      tracked.status = { state: 'Suspended', ...refused, returnTime: Date.now() + REFUSED_MILLISECONDS };
      this.#resumeIn(tracked, REFUSED_MILLISECONDS);
      return;
    }
    tracked.status = tracked.endedEarly
      ? { state: 'Armed', reason: 'Armed' }
      : { state: 'Armed', reason: 'Sampled', message: sampledFor(tracked.budget) };
    tracked.endedEarly = false;
    if (tracked.slot !== undefined) setFlag(this.#control, tracked.slot, true);
  }

  #expire(tracked: TrackedProbe): void {
    if (tracked.probe.expireTime > Date.now()) {
      this.#later(() => this.#bring(tracked));
      return;
    }
    this.#stop(tracked);
    tracked.clearTimers();
    const wasPlaced = tracked.isPlaced;
    tracked.status = { state: 'Removed', reason: 'Expired' };
    if (wasPlaced) this.#later(async () => void (await this.#thread.ask({ type: 'disarm', uid: tracked.probe.uid })));
  }
}

function sampledFor(budget: 'probe' | 'process'): string {
  const over = budget === 'probe' ? 'over its CPU budget at full rate' : OVER_PROCESS_BUDGET;
  return `${over}, so it takes samples`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
