import type { FunctionPlan } from '../../channel/function-plan.ts';
import type { Notice } from '../../channel/notices.ts';
import type { Site } from '../../channel/positions.ts';
import { CpuCredit } from '../budget/cpu-credit.ts';
import { isMarker, UNAVAILABLE } from '../guard/guard.ts';
import { append, isCallable, isObject } from '../guard/intrinsics.ts';
import { readProperty } from '../guard/read.ts';
import type { ExceptionListener, Thrown, Watching } from '../placement/breakpoint/exceptions.ts';
import { Activations } from './activations.ts';

/** Exits by exception that wait for the worker to say whether they are any. */
const MAX_PARKED = 20;
/** What watching exceptions may take of the CPU budget of its probe. */
const SHARE_OF_BUDGET = 0.5;
/** The inspector is open: looked at again after that time. */
const BUSY_MILLISECONDS = 5000;

/** Gives what tells one activation of the function from another, in the frame that it was made in. */
export type Keys = () => readonly unknown[];

/** What a function probe needs of the probe that it is part of. */
export interface FunctionProbeOptions {
  readonly uid: string;
  readonly slot: number;
  readonly cpuMillisecondsPerSecond: number;
  readonly maxStallMilliseconds: number;
  readonly watch: Watching;
  readonly now: () => number;
  readonly notify: (notice: Notice) => void;
  /** Charges milliseconds to the probe. @returns whether it can pay for more. */
  readonly pay: (milliseconds: number) => boolean;
  readonly onThrown: (thrown: Thrown) => void;
}

interface Parked {
  readonly ticket: number;
  readonly confirm: () => void;
}

/** @returns a result, unless a promise is fulfilled with it that has to wait for it: a promise, or what is used like one. */
export function settled(plan: FunctionPlan | undefined, value: unknown): unknown {
  if (plan?.isAwaited !== true || !isObject(value)) return value;
  try {
    const then = readProperty(value, 'then');
    return isCallable(then) || isMarker(then) ? UNAVAILABLE : value;
  } catch {
    return UNAVAILABLE;
  }
}

/** The part of a probe that knows the function around it: when it was entered, and whether an exception leaves it. */
export class FunctionProbe implements ExceptionListener {
  readonly plan: FunctionPlan;
  readonly bodies: FunctionPlan['thrown'];
  readonly maxStallMilliseconds: number;
  readonly onThrown: (thrown: Thrown) => void;
  readonly #options: FunctionProbeOptions;
  readonly #activations: Activations | undefined;
  readonly #budget: CpuCredit;
  #parked: Parked[] = [];
  #ticket = 0;

  constructor(plan: FunctionPlan, options: FunctionProbeOptions) {
    this.plan = plan;
    this.bodies = plan.thrown;
    this.maxStallMilliseconds = options.maxStallMilliseconds;
    this.onThrown = options.onThrown;
    this.#options = options;
    this.#activations = plan.activations && new Activations(plan.activations.isSync);
    this.#budget = new CpuCredit(options.cpuMillisecondsPerSecond * SHARE_OF_BUDGET, options.now());
  }

  /** Source of the keys, for statements of the probe itself; `0` where none are wanted. */
  get keys(): string {
    return this.plan.activations === undefined ? '0' : `()=>${this.plan.activations.keys}`;
  }

  /** @returns the source of a function that gives the result once more at a site; `0` where it is not wanted, or there is none. */
  returned(siteIndex: number): string {
    const { source } = this.plan.returned[siteIndex] ?? {};
    return source === undefined || !this.plan.readsResult ? '0' : `$=>(${source})`;
  }

  /** What to place at the silent sites: entries first, since a function can begin where it ends. */
  silent(runtime: string): readonly { readonly site: Site; readonly expression: string }[] {
    const { entries = [], ends = [] } = this.plan.activations ?? {};
    const all: { readonly site: Site; readonly expression: string }[] = [];
    const addAll = (sites: readonly Site[], name: 'enter' | 'leave') => {
      const expression = `${runtime}.${name}(${this.#options.slot},${this.keys})`;
      for (let index = 0; index < sites.length; index++) append(all, { site: sites[index] as Site, expression });
    };
    addAll(entries, 'enter');
    addAll(ends, 'leave');
    return all;
  }

  remove(): void {
    this.#options.watch.delete(this);
    this.#activations?.forget();
    this.#parked = [];
  }

  /** Watches exceptions, if that is wanted and affordable by now. */
  watch(): void {
    const { watch, now, notify, uid } = this.#options;
    if (this.bodies.length === 0 || watch.isListening(this)) return;
    if (this.#budget.isSpent(now())) this.#tellWait();
    else if (!watch.add(this)) notify({ type: 'unwatched', uid, milliseconds: BUSY_MILLISECONDS, why: 'debugger' });
  }

  /** @returns whether the thread is to pause here, so that V8 takes notice of an exception of this statement. */
  enter(keys: Keys): boolean {
    const { now, watch } = this.#options;
    try {
      this.#activations?.enter(keys(), now(), watch.number);
    } catch {
      // `this` before super(): the activation stays unknown.
    }
    return watch.number !== 0 && this.bodies.length > 0 && (this.plan.activations?.throwsAtOnce ?? false);
  }

  /** @returns whether the end at that site comes later, so that nobody knows yet how it will be. */
  isEarly(siteIndex: number): boolean {
    const { source, inPause = true } = this.plan.returned[siteIndex] ?? {};
    return source === undefined && !inPause;
  }

  /** @returns milliseconds since the function was entered, where that is known; the activation ends if `isEnd`. */
  elapsed(keys: Keys | 0, isEnd: boolean): number | undefined {
    const { now, watch } = this.#options;
    const time = now();
    if (this.plan.isEntry) return 0;
    if (keys === 0) return undefined;
    try {
      const values = keys();
      return isEnd
        ? this.#activations?.leave(values, time, watch.number)
        : this.#activations?.elapsed(values, time, watch.number);
    } catch {
      return undefined;
    }
  }

  /** Asks the worker whether the exception comes through those frames; only then it is confirmed. @returns whether there is room. */
  park(through: readonly Site[], confirm: () => void): boolean {
    if (this.#parked.length >= MAX_PARKED) return false;
    const ticket = ++this.#ticket;
    append(this.#parked, { ticket, confirm });
    this.#options.notify({ type: 'thrown', uid: this.#options.uid, ticket, through });
    return true;
  }

  /** The worker's answer. */
  settle(ticket: number, leaves: boolean): void {
    const parked = this.#parked;
    this.#parked = [];
    let confirm: (() => void) | undefined;
    for (let index = 0; index < parked.length; index++) {
      const one = parked[index] as Parked;
      if (one.ticket === ticket) confirm = one.confirm;
      else append(this.#parked, one);
    }
    if (leaves) confirm?.();
  }

  pay(milliseconds: number): boolean {
    const { now, pay } = this.#options;
    this.#budget.charge(milliseconds, now());
    const canPay = pay(milliseconds);
    if (canPay && !this.#budget.isSpent(now())) return true;
    this.#tellWait();
    return false;
  }

  onBusy(): void {
    const { notify, uid } = this.#options;
    notify({ type: 'unwatched', uid, milliseconds: BUSY_MILLISECONDS, why: 'debugger' });
  }

  #tellWait(): void {
    const { notify, uid, now } = this.#options;
    notify({ type: 'unwatched', uid, milliseconds: this.#budget.untilReturn(now()), why: 'budget' });
  }
}
