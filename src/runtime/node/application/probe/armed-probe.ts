import type { WireProbe } from '../../../../protocol/probe.ts';
import type { CutTexts } from '../../../../redaction/cut-secrets.ts';
import { RedactedNames, withNames } from '../../../../redaction/identifiers.ts';
import { MARGIN } from '../../../../redaction/raw-value.ts';
import { isOn, OUTSTANDING, OUTSTANDING_BYTES } from '../../channel/control-block.ts';
import { Counters, type DropReason } from '../../channel/counters.ts';
import type { FunctionPlan, ReturnedAt } from '../../channel/function-plan.ts';
import type { Site } from '../../channel/positions.ts';
import type { LeftVariable, ProbePlan } from '../../channel/probe-plan.ts';
import type { Evaluated, RawCapture, TraceContext } from '../../channel/raw-values.ts';
import { ProbeBudget } from '../budget/probe-budget.ts';
import { Deadline, type Moment } from '../budget/thread-clock.ts';
import { TokenBucket } from '../budget/token-bucket.ts';
import { asyncFrames } from '../capture/async-frames.ts';
import type { CaptureLimits } from '../capture/capture.ts';
import { capturePrivates } from '../capture/private-fields.ts';
import { type ReturnVariables, takeSnapshot } from '../capture/snapshot.ts';
import { HIT_MILLISECONDS, LONGEST_HIT_MILLISECONDS, type Pause } from '../debugger/pause.ts';
import { STOOD_STILL } from '../debugger/pause-errors.ts';
import { GETTER, type Guard, NeedsPause, PROXY, UNAVAILABLE } from '../guard/guard.ts';
import { append, atomicAdd, hasOwn, mapped, max } from '../guard/intrinsics.ts';
import type { Thrown } from '../placement/breakpoint/exceptions.ts';
import type { Placed, Placement } from '../placement/placement.ts';
import {
  type CallPolicy,
  describeFailure,
  type Expression,
  evaluateOne,
  guardFor,
  isTrue,
  reasonOf,
  type SpecialVariables,
} from './evaluate-expression.ts';
import { FunctionProbe, type Keys, settled } from './function-probe.ts';
import type { ProbeContext } from './probe-context.ts';
import { activeTraceOnce } from './trace-context.ts';

/** Results that may wait for the worker, over all probes. */
const MAX_OUTSTANDING = 1000;
/** And roughly what they may take together, before the last of them. */
const MAX_OUTSTANDING_BYTES = 8 * 1024 * 1024;
/** What a result takes beside its values. */
const BYTES_PER_RESULT = 512;
/** What the thread may work for a hit that does not pause. */
const UNPAUSED_MILLISECONDS = 8;
/** Milliseconds of a pause that what comes first leaves to each expression after it; warm, one takes half of that. */
const MILLISECONDS_PER_VALUE = 0.7;
/** What the condition leaves to the variables of a snapshot. */
const MILLISECONDS_FOR_FRAMES = 2;
/** What the variables leave to the watches: a function that V8 has not checked before takes longer at first. */
const MILLISECONDS_FOR_WATCHES = 4;

interface PlacedStatement {
  readonly site: Site;
  readonly expression: string;
}

/** Roughly what a value in a message may take in any case; a placeholder has 1024 characters. */
const LEAST_BYTES = 1024;

interface Hit {
  readonly siteIndex: number;
  readonly condition: Expression | 0;
  readonly values: readonly Expression[];
  readonly started: Moment;
  /** The condition is true, and the rate limit has been asked. */
  counted: boolean;
  readonly elapsed: unknown;
  /** Gives the result of the function once more; 0 where it does not. */
  readonly returned: Expression | 0;
  /** Of an exit by exception. */
  readonly thrown?: Thrown;
}

interface Seen {
  readonly capture: Omit<RawCapture, 'pauseMicroseconds'> | undefined;
  /** It has nothing of the variables that it is about. */
  readonly isEmpty: boolean;
  readonly evaluated: Evaluated[];
}

/**
 * One probe in the code. Its hit runs inside the application's own statement: it never throws, never waits, and takes
 * itself out when it costs too much.
 */
export class ArmedProbe {
  readonly plan: ProbePlan;
  readonly #probe: WireProbe;
  readonly #around: ProbeContext;
  readonly #counters: Counters;
  readonly #rate: TokenBucket;
  readonly #budget: ProbeBudget;
  /** Names whose values this probe does not show. */
  readonly #names: RedactedNames;
  readonly #valueLimits: Omit<CaptureLimits, 'deadline'>;
  /** Roughly what has been looked at for the hit at hand. */
  readonly #taken = { bytes: 0 };
  #placed: Placed[] = [];
  #isPlaced = false;
  #expressionLength = 0;
  readonly #callPolicy: CallPolicy;
  readonly #function: FunctionProbe | undefined;
  #inHit = false;
  #remark = '';
  /** What the condition that failed has cut, of which its error may speak. */
  #cuts: CutTexts | undefined;

  constructor(plan: ProbePlan, around: ProbeContext) {
    this.plan = plan;
    this.#probe = plan.probe;
    this.#around = around;
    this.#counters = new Counters(plan.counters);
    this.#rate = new TokenBucket(plan.probe.limits.hitsPerSecond, around.clock.now());
    const { cpuMillisecondsPerSecond } = plan.probe.limits;
    this.#budget = new ProbeBudget(cpuMillisecondsPerSecond, around.processBudget, this.#counters, around.clock);
    this.#callPolicy = { proofs: around.proofs, calls: plan.probe.limits.calls };
    this.#function = plan.function && this.#functionProbe(plan.function);
    const { names = [], replacement = 'Remove', mode, allow = [] } = plan.probe.redaction ?? {};
    const showsErrorNames = mode !== 'AllowList' || allow.includes('name');
    this.#names = new RedactedNames(names, replacement !== 'Remove', showsErrorNames);
    // All values of a hit together have the payload; the worker counts again what comes of them.
    const { payloadBytes } = plan.probe.limits;
    const bytes = Math.floor(payloadBytes / Math.max(4, plan.values.length));
    this.#valueLimits =
      plan.probe.kind === 'Snapshot'
        ? { ...plan.probe.capture, margin: MARGIN, bytes, taken: this.#taken }
        : {
            depth: 2,
            fields: 5,
            items: 5,
            stringLength: 255,
            margin: MARGIN,
            bytes: Math.max(bytes, LEAST_BYTES),
            taken: this.#taken,
          };
  }

  #functionProbe(plan: FunctionPlan): FunctionProbe {
    const { clock, notify, watch } = this.#around;
    const { uid, limits } = this.#probe;
    return new FunctionProbe(plan, {
      uid,
      slot: this.plan.slot,
      cpuMillisecondsPerSecond: limits.cpuMillisecondsPerSecond,
      maxStallMilliseconds: limits.maxStallMilliseconds,
      watch,
      now: clock.now,
      notify,
      pay: (milliseconds) => {
        this.#counters.charge(milliseconds);
        return this.#budget.pay(milliseconds);
      },
      onThrown: (thrown) => this.#takeThrown(thrown),
    });
  }

  /**
   * @param again whether this is the return after a suspension, whose stall the budget pays.
   * @param mayGoOn asked before each place but the first. @returns whether all of it is placed; else it is to be called again, in
   * another turn of the loop. @throws what V8 throws.
   */
  place(placement: Placement, runtime: string, again: boolean, mayGoOn: () => boolean): boolean {
    const started = this.#around.clock.moment();
    try {
      const all = this.#statements(runtime);
      const first = this.#placed.length;
      for (let index = first; index < all.length; index++) {
        if (index > first && !mayGoOn()) return false;
        const { site, expression } = all[index] as PlacedStatement;
        append(this.#placed, placement.place(site, { expression, onLost: (message) => this.#lose(message) }));
      }
      this.#counters.entered(this.#around.wallClock());
      this.#isPlaced = true;
      this.#function?.watch();
      return true;
    } catch (error) {
      this.remove();
      throw error;
    } finally {
      const { clock } = this.#around;
      this.#counters.stalled(clock.now() - started.wall);
      const worked = clock.workedSince(started);
      this.#counters.charge(worked);
      if (again) this.#budget.payOnce(worked);
    }
  }

  #statements(runtime: string): readonly PlacedStatement[] {
    const { plan } = this;
    const all: PlacedStatement[] = [];
    const silent = this.#function?.silent(runtime) ?? [];
    for (let index = 0; index < silent.length; index++) append(all, silent[index] as PlacedStatement);
    if (plan.function?.neverReturns === true) return all;
    for (let index = 0; index < plan.sites.length; index++) {
      const more = this.#function === undefined ? '' : `,${this.#function.returned(index)},${this.#function.keys}`;
      const expression = `${runtime}.hit(${plan.slot},${index},${this.#sources(index)}${more})`;
      this.#expressionLength = max(this.#expressionLength, expression.length);
      if (this.#placed.length === 0) this.#around.overhead.measure(expression);
      append(all, { site: plan.sites[index] as Site, expression });
    }
    return all;
  }

  #sources(siteIndex: number): string {
    const { condition, values } = this.plan.codes?.[siteIndex] ?? this.plan;
    const sources = values.map((source) => `$=>(${source})`).join(',');
    return `${condition === undefined ? '0' : `$=>(${condition})`},[${sources}]`;
  }

  /** One of its sites fell out of the code. What is left of it would count half. */
  #lose(message: string): void {
    if (!this.#isPlaced) return;
    this.remove();
    this.#around.notify({ type: 'lost', uid: this.#probe.uid, message });
  }

  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  /** @param returns whether it comes back by itself, as it does after a suspension. */
  remove(returns = false): void {
    const placed = this.#placed;
    const wasPlaced = this.#isPlaced;
    this.#placed = [];
    this.#isPlaced = false;
    for (const one of placed) one.remove();
    this.#function?.remove();
    // One that could not return is as far out as it was before.
    if (wasPlaced || !returns) this.#counters.left(returns, this.#around.wallClock());
  }

  /** @returns whether the thread is to pause here. */
  hit(
    siteIndex: number,
    condition: Expression | 0,
    values: readonly Expression[],
    returned: Expression | 0 = 0,
    keys: Keys | 0 = 0,
  ): boolean {
    if (!this.#isWanted()) return false;
    const started = this.#around.clock.moment();
    const known = this.#elapsed(keys, this.plan.function?.activations?.endsAtSites ?? false);
    const elapsed = this.#function?.isEarly(siteIndex) === true ? UNAVAILABLE : known;
    return this.#within(started, () =>
      this.#take({ siteIndex, condition, values, started, counted: false, elapsed, returned }),
    );
  }

  /** A silent site where the function begins. @returns whether the thread is to pause here. */
  enter(keys: Keys): boolean {
    if (!this.#isWanted()) return false;
    const started = this.#around.clock.moment();
    const pauses = this.#within(started, () => this.#function?.enter(keys) ?? false);
    // Nobody asked for this pause, so nobody else pays for it.
    if (pauses) this.#charge(started, this.#around.watch.pauseMilliseconds);
    return pauses;
  }

  /** A silent site where the function ends. */
  leave(keys: Keys): boolean {
    if (!this.#isWanted()) return false;
    return this.#within(this.#around.clock.moment(), () => {
      this.#function?.elapsed(keys, true);
      return false;
    });
  }

  /** Watches exceptions again, for the exits of the function. */
  watch(): void {
    if (this.isPlaced) this.#function?.watch();
  }

  settle(ticket: number, leaves: boolean): void {
    this.#function?.settle(ticket, leaves);
  }

  #isWanted(): boolean {
    const { control, wallClock } = this.#around;
    if (this.#inHit || !this.isPlaced || !isOn(control, this.plan.slot)) return false;
    if (wallClock() < this.#probe.expireTime) return true;
    // The worker sees to that; this is for the case that it is dead.
    this.remove();
    return false;
  }

  #elapsed(keys: Keys | 0, isEnd: boolean): unknown {
    return this.#function?.elapsed(keys, isEnd) ?? UNAVAILABLE;
  }

  #within(started: Moment, work: () => boolean): boolean {
    this.#budget.begin(started, this.#overhead);
    this.#inHit = true;
    let pauses = false;
    try {
      pauses = withNames(this.#names, work);
    } catch {
      this.#counters.drop('CaptureFailed');
    } finally {
      this.#inHit = false;
    }
    if (!pauses) this.#charge(started);
    return pauses;
  }

  #take(hit: Hit): boolean {
    const { siteIndex, condition, values, started, returned, elapsed } = hit;
    const at = this.#resultAt(siteIndex);
    if (returned === 0 && at?.inPause === true) return this.#pause(hit);
    const trace = activeTraceOnce();
    const deadline = new Deadline(this.#around.clock, started, UNPAUSED_MILLISECONDS, LONGEST_HIT_MILLISECONDS);
    const guard = guardFor({ trace, elapsed, returned: UNAVAILABLE }, this.#callPolicy, deadline);
    guard.left = (name) => {
      // The result of the function is shown by a pause.
      if (this.#isResult(siteIndex, name)) throw new NeedsPause('result');
      return UNAVAILABLE;
    };
    try {
      if (returned !== 0) {
        const value = returned(guard);
        // A getter that a pause need not run, as it knows its result.
        if ((value === GETTER || value === PROXY) && at?.inPause === true) return this.#pause(hit);
        guard.$return = settled(this.plan.function, value);
      }
      if (condition !== 0 && !this.#isTrue(condition, guard)) return false;
      if (!this.#mayReport()) return false;
      hit.counted = true;
      if (this.#probe.kind === 'Snapshot') return this.#pause(hit);
      const limits = { ...this.#valueLimits, deadline };
      this.#taken.bytes = 0;
      this.#report(
        hit,
        mapped(values, (value) => evaluateOne(value, guard, limits)),
        trace(),
        this.#taken.bytes,
      );
      return false;
    } catch (error) {
      if (error instanceof NeedsPause) return this.#pause(hit);
      this.#dropFailure(error);
      return false;
    }
  }

  #pause(hit: Hit): boolean {
    if (!hit.counted && this.#rate.level(this.#around.clock.now()) < 1) {
      this.#drop('RateLimited');
      return false;
    }
    const site = this.plan.sites[hit.siteIndex];
    if (site === undefined) return false;
    const answer = this.#around.pauses.request(
      { owner: this, site, started: hit.started, maxStallMilliseconds: this.#probe.limits.maxStallMilliseconds },
      (pause) => {
        try {
          withNames(this.#names, () => this.#takeInPause(pause, hit));
        } catch (error) {
          this.#dropFailure(error);
        } finally {
          const { clock } = this.#around;
          // V8 walks the heap when it runs a hot function under its check for the first time, and cannot be stopped there.
          if (clock.workedSince(hit.started) > HIT_MILLISECONDS) {
            this.#counters.stalled(clock.now() - hit.started.wall);
          }
          this.#charge(hit.started);
        }
      },
    );
    if (answer !== 'paused') this.#drop(answer);
    return answer === 'paused';
  }

  /** An exception comes out of the function; its cost is charged by the watch. */
  #takeThrown(thrown: Thrown): void {
    if (!this.#isWanted()) return;
    const siteIndex = this.#siteIn(thrown.site.scriptId);
    const elements = thrown.pause.elements(`${this.#sources(siteIndex)},${this.#function?.keys ?? '0'}`);
    if (elements.length < 3) {
      this.#drop('CaptureFailed');
      return;
    }
    const condition = elements[0] as Expression | 0;
    const values = elements[1] as Expression[];
    const keys = elements[2] as Keys | 0;
    const isCertain = thrown.through.length === 0;
    const elapsed = this.#elapsed(keys, isCertain);
    const started = this.#around.clock.moment();
    const hit: Hit = { siteIndex, condition, values, started, counted: false, elapsed, returned: 0, thrown };
    try {
      withNames(this.#names, () => this.#takeInPause(thrown.pause, hit, keys));
    } catch (error) {
      this.#dropFailure(error);
    }
  }

  #leftAt(siteIndex: number): readonly LeftVariable[] {
    const { left = [] } = this.plan.codes?.[siteIndex] ?? this.plan;
    return left;
  }

  /** Whether the function returns the value of that variable at the site. */
  #isResult(siteIndex: number, name: string): boolean {
    const left = this.#leftAt(siteIndex);
    for (let index = 0; index < left.length; index++)
      if (left[index]?.name === name) return left[index]?.isResult === true;
    return false;
  }

  /** What the snapshot cannot have from V8 where the function returns. */
  #variablesAt(siteIndex: number, guard: Guard): ReturnVariables | undefined {
    const left = this.#leftAt(siteIndex);
    return this.plan.sites[siteIndex]?.isReturn === true ? { left, read: (name) => guard.left(name) } : undefined;
  }

  #siteIn(scriptId: string): number {
    for (let index = 0; index < this.plan.sites.length; index++) {
      if (this.plan.sites[index]?.scriptId === scriptId) return index;
    }
    return 0;
  }

  /** How the result is known, if anybody asks for it. */
  #resultAt(siteIndex: number): ReturnedAt | undefined {
    const { readsResult = false, returned } = this.plan.function ?? {};
    return readsResult ? returned?.[siteIndex] : undefined;
  }

  #returnedInPause(pause: Pause, { siteIndex, thrown }: Hit): unknown {
    const at = this.#resultAt(siteIndex);
    if (at === undefined || thrown !== undefined) return undefined;
    if (!at.inPause) return UNAVAILABLE;
    const { isAsync = false, isConstructor = false } = this.plan.function ?? {};
    const value = pause.returned(isAsync);
    return value === undefined && isConstructor ? pause.self : settled(this.plan.function, value);
  }

  #takeInPause(pause: Pause, hit: Hit, keys: Keys | 0 = 0): void {
    const { siteIndex, condition, values: all, started, counted, elapsed, thrown } = hit;
    const { privates } = this.plan.codes?.[siteIndex] ?? this.plan;
    const values = privates.length > 0 ? all.slice(0, -1) : all;
    const reader = privates.length > 0 ? all.at(-1) : undefined;
    const trace = activeTraceOnce();
    const offered: SpecialVariables = {
      trace,
      elapsed,
      returned: this.#returnedInPause(pause, hit),
      error: thrown?.error,
    };
    const guard = guardFor(offered, this.#callPolicy, pause);
    guard.left = (name) => {
      return thrown === undefined && this.#isResult(siteIndex, name) ? pause.returned(false) : UNAVAILABLE;
    };
    if (hit.returned !== 0 && this.#resultAt(siteIndex)?.inPause === false)
      guard.$return = settled(this.plan.function, hit.returned(guard));
    if (!counted) {
      const rest =
        values.length * MILLISECONDS_PER_VALUE + (this.#probe.kind === 'Snapshot' ? MILLISECONDS_FOR_FRAMES : 0);
      if (condition !== 0 && !pause.leaving(rest, () => this.#isTrue(condition, guard))) return;
      if (!this.#mayReport()) return;
    }
    let seen = this.#look(pause, hit, guard, values, reader, privates);
    let isCut = pause.stoodStill;
    if (isCut && pause.beginAgain()) {
      const again = this.#look(pause, hit, guard, values, reader, privates);
      if (seen.isEmpty || !again.isEmpty) {
        seen = again;
        isCut = pause.stoodStill;
      }
    }
    const { capture, isEmpty, evaluated } = seen;
    if (isEmpty && !hasValue(evaluated)) {
      this.#skipEmpty();
      return;
    }
    const pauseMicroseconds = (this.#around.clock.now() - started.wall) * 1000;
    const timed = capture && {
      ...capture,
      ...(isCut && { cut: withStoodStill(capture.cut) }),
      pauseMicroseconds,
    };
    const found = trace();
    const { bytes } = this.#taken;
    const report = () => this.#report(hit, evaluated, found, bytes, timed);
    if (thrown === undefined || thrown.through.length === 0) {
      report();
      return;
    }
    const isParked = this.#function?.park(thrown.through, () => {
      this.#elapsed(keys, true);
      report();
    });
    if (isParked !== true) this.#drop('BufferFull');
  }

  /** What a result holds, as far as there is time for it. */
  #look(
    pause: Pause,
    { siteIndex, thrown }: Hit,
    guard: Guard,
    values: readonly Expression[],
    reader: Expression | undefined,
    privates: readonly string[],
  ): Seen {
    const probe = this.#probe;
    this.#taken.bytes = 0;
    // Variables first: they are what a snapshot is for, and cannot be had in any other way.
    let isEmpty = false;
    const capture =
      probe.kind === 'Snapshot'
        ? pause.leaving(values.length === 0 ? 0 : MILLISECONDS_FOR_WATCHES, () => {
            const variables = thrown === undefined ? this.#variablesAt(siteIndex, guard) : undefined;
            const snapshot = takeSnapshot(pause, probe, variables, this.#taken);
            isEmpty = snapshot.isEmpty;
            return {
              ...snapshot.taken,
              privates:
                reader && capturePrivates(reader, guard, privates, { ...this.#valueLimits, deadline: pause.until }),
              asyncFrames: asyncFrames(),
            };
          })
        : undefined;
    const evaluated = mapped(values, (value, index) =>
      // One which takes too long costs only itself.
      pause.leaving((values.length - index - 1) * MILLISECONDS_PER_VALUE, () =>
        evaluateOne(value, guard, { ...this.#valueLimits, deadline: pause.until }),
      ),
    );
    return { capture, isEmpty, evaluated };
  }

  /** Takes a token of the rate limit and looks at what bounds results; counts the drop when it may not. */
  #mayReport(): boolean {
    const { control, clock, remainingHits } = this.#around;
    if (remainingHits() <= 0) {
      this.#drop('HitLimitReached');
      return false;
    }
    if (!this.#rate.take(1, clock.now())) {
      this.#drop('RateLimited');
      return false;
    }
    if ((control[OUTSTANDING] ?? 0) >= MAX_OUTSTANDING || (control[OUTSTANDING_BYTES] ?? 0) >= MAX_OUTSTANDING_BYTES) {
      this.#drop('BufferFull');
      return false;
    }
    return true;
  }

  #report(hit: Hit, values: Evaluated[], trace: TraceContext | undefined, taken: number, capture?: RawCapture): void {
    const { control, notify, wallClock, remainingHits } = this.#around;
    const site = hit.thrown?.site ?? this.plan.sites[hit.siteIndex];
    if (site === undefined) return;
    const { uid, generation } = this.#probe;
    this.#counters.addHit();
    const bytes = BYTES_PER_RESULT + taken;
    atomicAdd(control, OUTSTANDING, 1);
    atomicAdd(control, OUTSTANDING_BYTES, bytes);
    notify({ type: 'hit', uid, generation, time: wallClock(), site, values, trace, capture, bytes });
    const { takenBack } = this.#counters;
    if (remainingHits() > 0) return;
    this.remove();
    notify({ type: 'finished', uid, takenBack });
  }

  /** What V8 takes for a hit beside what it runs. */
  get #overhead(): number {
    return this.#around.overhead.hitOverhead(this.#expressionLength);
  }

  #charge(started: Moment, more = 0): void {
    const { clock, notify } = this.#around;
    const beside = this.#overhead + more;
    const worked = clock.workedSince(started) + beside;
    const budget = this.#budget.chargeHit(worked, clock.now() - started.wall + beside);
    if (budget === undefined || !this.isPlaced) return;
    const since = clock.moment();
    this.remove(true);
    notify({ type: 'suspended', uid: this.#probe.uid, milliseconds: this.#budget.leave(since), budget });
  }

  #isTrue(condition: Expression, guard: Guard): boolean {
    try {
      return isTrue(condition, guard);
    } catch (error) {
      this.#cuts = guard.cuts();
      throw error;
    }
  }

  /** What holds nothing is no capture. It counts for no limit, and the next hit is looked at instead. */
  #skipEmpty(): void {
    this.#drop('CaptureFailed');
    const message = 'a capture had no time for any variable, so it does not count; the next hit is captured instead';
    if (this.#remark === message) return;
    this.#remark = message;
    this.#around.notify({ type: 'remark', uid: this.#probe.uid, reason: 'CaptureFailed', message });
  }

  #drop(reason: DropReason): void {
    this.#counters.drop(reason);
  }

  #dropFailure(error: unknown): void {
    const reason = reasonOf(error);
    this.#drop(reason);
    const text = describeFailure(error);
    const message = `the condition: ${text.startsWith(`${reason}: `) ? text.slice(reason.length + 2) : text}`;
    if (this.#remark === message) return;
    this.#remark = message;
    this.#around.notify({ type: 'remark', uid: this.#probe.uid, reason, message, cuts: this.#cuts });
    this.#cuts = undefined;
  }
}

const withStoodStill = (cut: string | undefined): string =>
  cut === undefined ? STOOD_STILL : `${cut}; ${STOOD_STILL}`;

/** Whether any of the expressions gave something. */
function hasValue(evaluated: readonly Evaluated[]): boolean {
  for (let index = 0; index < evaluated.length; index++) {
    const one = evaluated[index];
    if (one !== undefined && hasOwn(one, 'value')) return true;
  }
  return false;
}
