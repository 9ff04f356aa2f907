import type { WireProbe } from '../../protocol/probe.ts';
import { Bucket } from './budget.ts';
import type { Calibration } from './calibration.ts';
import type { CaptureLimits } from './capture/capture.ts';
import {
  type Calling,
  describeFailure,
  type Expression,
  evaluateOne,
  guardFor,
  isTrue,
  type Offered,
  reasonOf,
} from './evaluation.ts';
import type { Governor } from './governor.ts';
import { NeedsPause, type ProofSource } from './guard/guard.ts';
import type { Evaluated, Notice, Plan, RawCapture, TraceContext } from './messages.ts';
import { HIT_MILLISECONDS, type Pause, type Pauser } from './pauser.ts';
import type { Placed, Placement } from './placement/placement.ts';
import { capturePrivates } from './private-fields.ts';
import { Counters, type DropReason, isOn, OUTSTANDING } from './shared-memory.ts';
import { takeSnapshot } from './snapshot.ts';
import { activeTrace } from './trace-context.ts';

/** Results that may wait for the worker, over all probes. */
const MAX_OUTSTANDING = 1000;
/** What a hit may take that does not pause. */
const UNPAUSED_MILLISECONDS = 8;
/** Milliseconds of a pause that what comes first leaves to each expression after it; warm, one takes half of that. */
const MILLISECONDS_PER_VALUE = 0.7;
/** What the condition leaves to the variables of a snapshot. */
const MILLISECONDS_FOR_FRAMES = 2;
/**
 * What V8 spends on compiling a function anew, and runs it slower meanwhile, each time that a probe has left it: about
 * 100 ms of a hot loop's throughput, most of it on another thread (bench/hit.ts, `runaway`). Charged, so that samples of a
 * hot line come rarely.
 */
const REOPTIMIZATION_MILLISECONDS = 60;
/** A budget that is used up so soon belongs to a line that does little else; each time in a row doubles the pause. */
const HOT_MILLISECONDS = 20;
const LONGEST_DOUBLING = 8;
/** What the variables leave to the watches: a function that V8 has not checked before takes longer at first. */
const MILLISECONDS_FOR_WATCHES = 4;

interface Hit {
  readonly siteIndex: number;
  readonly condition: Expression | 0;
  readonly values: readonly Expression[];
  readonly started: number;
  /** The condition is true, and the rate limit has been asked. */
  counted: boolean;
}

/** What an armed probe needs of the engine. */
export interface Surroundings {
  readonly control: Int32Array;
  readonly pauser: Pauser;
  readonly proofs: ProofSource;
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly notify: (notice: Notice) => void;
  readonly calibration: Calibration;
  readonly governor: Governor;
  /** How many of the probe's hits, over all its armings, are still allowed. */
  readonly remainingHits: () => number;
}

/**
 * One probe in the code. Its hit runs inside the application's own statement: it never throws, never waits, and takes
 * itself out when it costs too much.
 */
export class ArmedProbe {
  readonly plan: Plan;
  readonly #probe: WireProbe;
  readonly #around: Surroundings;
  readonly #counters: Counters;
  readonly #rate: Bucket;
  readonly #budget: Bucket;
  readonly #valueLimits: Omit<CaptureLimits, 'deadline'>;
  #placed: Placed[] = [];
  #firstHit = 0;
  #expressionLength = 0;
  #doubling = 1;
  readonly #calling: Calling;
  #inHit = false;
  #remark = '';

  constructor(plan: Plan, around: Surroundings) {
    this.plan = plan;
    this.#probe = plan.probe;
    this.#around = around;
    this.#counters = new Counters(plan.counters);
    const now = around.now();
    this.#rate = new Bucket(plan.probe.limits.hitsPerSecond, now);
    this.#budget = new Bucket(plan.probe.limits.cpuMillisecondsPerSecond, now);
    this.#calling = { proofs: around.proofs, calls: plan.probe.limits.calls };
    this.#valueLimits =
      plan.probe.kind === 'Snapshot'
        ? { ...plan.probe.capture, bytes: Math.floor(plan.probe.limits.payloadBytes / 4) }
        : { depth: 2, fields: 5, items: 5, stringLength: 255, bytes: Math.min(plan.probe.limits.payloadBytes, 16_384) };
  }

  /** @param again whether this is the return after a suspension, whose stall the budget pays. @throws what V8 throws. */
  place(placement: Placement, globalKey: string, again: boolean): void {
    const started = this.#around.now();
    const { plan } = this;
    this.#counters.entered(this.#around.wallClock());
    try {
      for (const [index, site] of plan.sites.entries()) {
        const code = plan.codes?.[index] ?? plan;
        const condition = code.condition === undefined ? '0' : `$=>(${code.condition})`;
        const values = code.values.map((source) => `$=>(${source})`).join(',');
        const expression = `globalThis[${JSON.stringify(globalKey)}].hit(${plan.slot},${index},${condition},[${values}])`;
        this.#expressionLength = Math.max(this.#expressionLength, expression.length);
        this.#around.calibration.measure(expression);
        this.#placed.push(placement.place(site, { expression }));
      }
    } catch (error) {
      this.remove();
      throw error;
    } finally {
      const stall = this.#around.now() - started;
      this.#counters.stalled(stall);
      this.#counters.charge(stall, false);
      if (again) this.#pay(stall);
    }
  }

  get isPlaced(): boolean {
    return this.#placed.length > 0;
  }

  /** @param returns whether it comes back by itself, as it does after a suspension. */
  remove(returns = false): void {
    const placed = this.#placed;
    this.#placed = [];
    this.#firstHit = 0;
    for (const one of placed) one.remove();
    this.#counters.left(returns, this.#around.wallClock());
  }

  /** @returns whether the thread is to pause here. */
  hit(siteIndex: number, condition: Expression | 0, values: readonly Expression[]): boolean {
    const { control, now, wallClock } = this.#around;
    if (this.#inHit || !this.isPlaced || !isOn(control, this.plan.slot)) return false;
    if (wallClock() >= this.#probe.expireTime) {
      // The worker sees to that; this is for the case that it is dead.
      this.remove();
      return false;
    }
    const started = now();
    this.#firstHit ||= started;
    this.#inHit = true;
    let pauses = false;
    try {
      pauses = this.#take(siteIndex, condition, values, started);
    } catch {
      this.#counters.drop('CaptureFailed');
    } finally {
      this.#inHit = false;
    }
    if (!pauses) this.#charge(started);
    return pauses;
  }

  #take(siteIndex: number, condition: Expression | 0, values: readonly Expression[], started: number): boolean {
    const { now } = this.#around;
    const hit: Hit = { siteIndex, condition, values, started, counted: false };
    if (this.plan.needsReturnValue) return this.#pause(hit);
    const trace = activeTrace();
    const deadline = started + UNPAUSED_MILLISECONDS;
    const guard = guardFor({ trace }, this.#calling, { isLate: () => now() > deadline });
    try {
      if (condition !== 0 && !isTrue(condition, guard)) return false;
      if (!this.#mayReport()) return false;
      hit.counted = true;
      if (this.#probe.kind === 'Snapshot') return this.#pause(hit);
      const limits = { ...this.#valueLimits, deadline };
      this.#report(
        siteIndex,
        values.map((value) => evaluateOne(value, guard, limits)),
        trace,
      );
      return false;
    } catch (error) {
      if (error instanceof NeedsPause) return this.#pause(hit);
      this.#dropFailure(error);
      return false;
    }
  }

  #pause(hit: Hit): boolean {
    if (!hit.counted && this.#rate.level(this.#around.now()) < 1) {
      this.#drop('RateLimited');
      return false;
    }
    const site = this.plan.sites[hit.siteIndex];
    if (site === undefined) return false;
    const answer = this.#around.pauser.request(
      { owner: this, site, started: hit.started, maxStallMilliseconds: this.#probe.limits.maxStallMilliseconds },
      (pause) => {
        try {
          this.#takeInPause(pause, hit);
        } catch (error) {
          this.#dropFailure(error);
        } finally {
          const took = this.#around.now() - hit.started;
          // V8 walks the heap when it runs a hot function under its check for the first time, and cannot be stopped there.
          if (took > HIT_MILLISECONDS) this.#counters.stalled(took);
          this.#charge(hit.started);
        }
      },
    );
    if (answer !== 'paused') this.#drop(answer);
    return answer === 'paused';
  }

  #takeInPause(pause: Pause, { siteIndex, condition, values: all, started, counted }: Hit): void {
    const { now } = this.#around;
    const { privates } = this.plan.codes?.[siteIndex] ?? this.plan;
    const values = privates.length > 0 ? all.slice(0, -1) : all;
    const reader = privates.length > 0 ? all.at(-1) : undefined;
    const trace = activeTrace();
    const offered: Offered = { trace, returned: this.plan.needsReturnValue ? pause.returnValue : undefined };
    const guard = guardFor(offered, this.#calling, pause);
    if (!counted) {
      const rest =
        values.length * MILLISECONDS_PER_VALUE + (this.#probe.kind === 'Snapshot' ? MILLISECONDS_FOR_FRAMES : 0);
      if (condition !== 0 && !pause.leaving(rest, () => isTrue(condition, guard))) return;
      if (!this.#mayReport()) return;
    }
    const probe = this.#probe;
    // Variables first: they are what a snapshot is for, and cannot be had in any other way.
    const capture =
      probe.kind === 'Snapshot'
        ? pause.leaving(values.length === 0 ? 0 : MILLISECONDS_FOR_WATCHES, () => ({
            ...takeSnapshot(pause, probe),
            privates:
              reader && capturePrivates(reader, guard, privates, { ...this.#valueLimits, deadline: pause.until }),
          }))
        : undefined;
    const evaluated = values.map((value, index) =>
      // One which takes too long costs only itself.
      pause.leaving((values.length - index - 1) * MILLISECONDS_PER_VALUE, () =>
        evaluateOne(value, guard, { ...this.#valueLimits, deadline: pause.until }),
      ),
    );
    this.#report(siteIndex, evaluated, trace, capture && { ...capture, pauseMicroseconds: (now() - started) * 1000 });
  }

  /** Takes a token of the rate limit and looks at what bounds results; counts the drop when it may not. */
  #mayReport(): boolean {
    const { control, now, remainingHits } = this.#around;
    if (remainingHits() <= 0) {
      this.#drop('HitLimitReached');
      return false;
    }
    if (!this.#rate.take(1, now())) {
      this.#drop('RateLimited');
      return false;
    }
    if ((control[OUTSTANDING] ?? 0) >= MAX_OUTSTANDING) {
      this.#drop('BufferFull');
      return false;
    }
    return true;
  }

  #report(siteIndex: number, values: Evaluated[], trace: TraceContext | undefined, capture?: RawCapture): void {
    const { control, notify, wallClock, remainingHits } = this.#around;
    const site = this.plan.sites[siteIndex];
    if (site === undefined) return;
    const { uid, generation } = this.#probe;
    this.#counters.addHit();
    Atomics.add(control, OUTSTANDING, 1);
    notify({ type: 'hit', uid, generation, time: wallClock(), site, values, trace, capture });
    if (remainingHits() > 0) return;
    this.remove();
    notify({ type: 'finished', uid });
  }

  #charge(started: number): void {
    const { now, calibration, governor, notify } = this.#around;
    const cost = now() - started + calibration.hitOverhead(this.#expressionLength);
    this.#counters.charge(cost, true);
    this.#pay(cost);
    const time = now();
    const left = this.#budget.level(time);
    const isOwn = left <= 0;
    if (!this.isPlaced || !(isOwn || governor.mustLeave(this.#budget.perSecond - left, time))) return;
    const wasHot = time - this.#firstHit < HOT_MILLISECONDS;
    this.remove(true);
    this.#pay(now() - time + REOPTIMIZATION_MILLISECONDS * this.#doubling);
    this.#doubling = wasHot ? Math.min(LONGEST_DOUBLING, this.#doubling * 2) : 1;
    const gone = now();
    notify({
      type: 'suspended',
      uid: this.#probe.uid,
      milliseconds: governor.wait(this.#budget.untilFull(gone), gone),
      budget: isOwn ? 'probe' : 'process',
    });
  }

  #pay(milliseconds: number): void {
    const { governor, now } = this.#around;
    this.#budget.charge(milliseconds, now());
    governor.charge(milliseconds, now());
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
    this.#around.notify({ type: 'remark', uid: this.#probe.uid, reason, message });
  }
}
