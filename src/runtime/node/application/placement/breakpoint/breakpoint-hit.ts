import type { DropReason } from '../../../channel/counters.ts';
import type { Site } from '../../../channel/positions.ts';
import type { PauseScheduler, PauseWork } from '../../debugger/pause-scheduler.ts';
import type { SiteHook } from '../hook.ts';
import type { Expression, HitPauseRequest, HookHit, HookListener } from '../hook-hit.ts';
import type { ActivationTimes, Keys } from './activation-times.ts';

/** A hook with a breakpoint in the code, or about to get one. */
export interface InstalledHook {
  readonly hook: SiteHook;
  readonly listener: HookListener;
  readonly times: ActivationTimes;
  /** Whether V8 has to pause at each hit, whether or not the listener asks for it. */
  readonly mustPause: () => boolean;
  /** Milliseconds that V8 itself takes for a hit. */
  readonly overhead: () => number;
}

/** A hit of a breakpoint while V8 evaluates its condition; V8 pauses when the condition gives true. */
export class BreakpointHit implements HookHit {
  readonly condition: Expression | 0;
  readonly values: readonly Expression[];
  readonly result: Expression | 0;
  readonly thrown = undefined;
  readonly #installed: InstalledHook;
  readonly #keys: Keys | 0;
  readonly #pauses: PauseScheduler;
  /** What the condition has to give: whether V8 is to pause. */
  isPausing = false;

  constructor(
    installed: InstalledHook,
    pauses: PauseScheduler,
    condition: Expression | 0,
    values: readonly Expression[],
    result: Expression | 0,
    keys: Keys | 0,
  ) {
    this.#installed = installed;
    this.#pauses = pauses;
    this.condition = condition;
    this.values = values;
    this.result = result;
    this.#keys = keys;
  }

  get site(): Site {
    return this.#installed.hook.site;
  }

  get overheadMilliseconds(): number {
    return this.#installed.overhead();
  }

  elapsed(): number | undefined {
    // V8 does not pause at an exception of a statement where a condition has just given false, so the condition gives true.
    if (this.#installed.mustPause()) this.isPausing = true;
    return this.#installed.times.at(this.#installed.hook, this.#keys);
  }

  pause(request: HitPauseRequest, work: PauseWork): 'paused' | DropReason {
    const answer = this.#pauses.request({ ...request, site: this.site }, work);
    if (answer === 'paused') this.isPausing = true;
    return answer;
  }
}
