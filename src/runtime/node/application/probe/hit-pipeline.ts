import { type RedactedNames, withNames } from '../../../../redaction/identifiers.ts';
import { Deadline } from '../budget/thread-clock.ts';
import { HIT_MILLISECONDS, LONGEST_HIT_MILLISECONDS, type Pause } from '../debugger/pause.ts';
import { NeedsPause, UNAVAILABLE } from '../guard/guard.ts';
import type { HookHit, Thrown } from '../placement/hook-hit.ts';
import { guardFor } from './evaluate-expression.ts';
import { isResult, resultWithout } from './function-result.ts';
import type { Gate } from './gate.ts';
import type { Hit } from './hit.ts';
import type { HitCost } from './hit-cost.ts';
import { type HitParts, takeInPause } from './paused-hit.ts';
import { codeOf, type Point } from './points.ts';
import { activeTraceOnce } from './trace-context.ts';
import { valuesOf } from './values.ts';

/** Milliseconds that the thread may work for a hit that does not pause. */
const UNPAUSED_MILLISECONDS = 8;

/**
 * The steps of a hit: gate, condition, limits, values, report. They run inside the application's own statement, never throw and
 * never wait. A hit that needs what only a pause shows requests one, and goes through the same steps there (paused-hit.ts).
 */
export class HitPipeline {
  readonly #gate: Gate;
  readonly #cost: HitCost;
  readonly #parts: HitParts;
  /** Names whose values this probe redacts. */
  readonly #names: RedactedNames;
  /** Called for a hit that worked for longer than allowed, with the milliseconds that passed. */
  readonly #onStall: (milliseconds: number) => void;

  constructor(
    gate: Gate,
    cost: HitCost,
    parts: HitParts,
    names: RedactedNames,
    onStall: (milliseconds: number) => void,
  ) {
    this.#gate = gate;
    this.#cost = cost;
    this.#parts = parts;
    this.#names = names;
    this.#onStall = onStall;
  }

  take(point: Point, given: HookHit): void {
    if (!this.#gate.isOpen()) return;
    const { clock } = this.#parts;
    const { thrown } = given;
    const started = clock.moment();
    const passed = given.elapsed();
    const elapsed = point.isEarly ? UNAVAILABLE : (passed ?? UNAVAILABLE);
    const hit: Hit = { point, given, started, elapsed, counted: false };
    if (thrown !== undefined) this.#takeThrown(thrown, hit);
    else this.#takeCharged(hit);
  }

  /** Takes an exit by exception: the exception watch has paused the thread already, and pays for the pause. */
  #takeThrown({ pause }: Thrown, hit: Hit): void {
    try {
      withNames(this.#names, () => takeInPause(this.#parts, pause, hit));
    } catch (error) {
      this.#fail(error);
    }
  }

  #takeCharged(hit: Hit): void {
    const { given, started } = hit;
    this.#cost.begin(started, given.overheadMilliseconds);
    this.#gate.isInHit = true;
    let pauses = false;
    try {
      pauses = withNames(this.#names, () => this.#evaluate(hit));
    } catch {
      this.#parts.drops.count('CaptureFailed');
    } finally {
      this.#gate.isInHit = false;
    }
    if (!pauses) this.#cost.charge(started, given.overheadMilliseconds);
  }

  /** @returns whether the thread will pause, where the hit goes on. */
  #evaluate(hit: Hit): boolean {
    const { point, given, started, elapsed } = hit;
    const { condition, limits, kind, drops, report, callPolicy, clock, taken } = this.#parts;
    const code = codeOf(point, given.site);
    if (code === undefined) return false;
    if (given.result === 0 && point.returned?.inPause === true) return this.#pause(hit);
    const trace = activeTraceOnce();
    const deadline = new Deadline(clock, started, UNPAUSED_MILLISECONDS, LONGEST_HIT_MILLISECONDS);
    const guard = guardFor({ trace, elapsed, returned: UNAVAILABLE, error: undefined }, callPolicy, deadline);
    guard.left = (name) => {
      // The variable holds the result of the function, which a pause shows.
      if (isResult(code, name)) throw new NeedsPause('result');
      return UNAVAILABLE;
    };
    try {
      if (given.result !== 0) guard.$return = resultWithout(point, given.result, guard);
      if (!condition.holds(given.condition, guard)) return false;
      const refusal = limits.refusal();
      if (refusal !== undefined) {
        drops.count(refusal);
        return false;
      }
      hit.counted = true;
      if (kind.needsPause) return this.#pause(hit);
      taken.bytes = 0;
      const values = valuesOf(given.values, guard, kind.valueLimits, deadline);
      report.send({ site: given.site, values, trace: trace(), capture: undefined, bytes: taken.bytes });
      return false;
    } catch (error) {
      if (error instanceof NeedsPause) return this.#pause(hit);
      this.#fail(error);
      return false;
    }
  }

  #pause(hit: Hit): boolean {
    const { limits, drops, probe } = this.#parts;
    if (!hit.counted && limits.isRateUsedUp) {
      drops.count('RateLimited');
      return false;
    }
    const { maxStallMilliseconds } = probe.limits;
    const request = { owner: this, started: hit.started, maxStallMilliseconds };
    const answer = hit.given.pause(request, (pause) => this.#takePaused(pause, hit));
    if (answer !== 'paused') drops.count(answer);
    return answer === 'paused';
  }

  #takePaused(pause: Pause, hit: Hit): void {
    const { clock } = this.#parts;
    const { started, given } = hit;
    try {
      withNames(this.#names, () => takeInPause(this.#parts, pause, hit));
    } catch (error) {
      this.#fail(error);
    } finally {
      // A first checked call of a hot function may take longer than allowed: V8 walks the heap for it, and cannot be stopped meanwhile.
      if (clock.workedSince(started) > HIT_MILLISECONDS) this.#onStall(clock.now() - started.wall);
      this.#cost.charge(started, given.overheadMilliseconds);
    }
  }

  #fail(error: unknown): void {
    const { drops, condition } = this.#parts;
    drops.countFailure(error, condition.takeCuts());
  }
}
