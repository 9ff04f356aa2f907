import type { ArmingRefusal } from '../../../channel/arming-refusal.ts';
import type { ActivationPlan } from '../../../channel/function-plan.ts';
import type { ThreadClock } from '../../budget/thread-clock.ts';
import type { DebuggerSession } from '../../debugger/debugger-session.ts';
import type { PauseScheduler } from '../../debugger/pause-scheduler.ts';
import type { Stalls } from '../../debugger/stalls.ts';
import { uncurry } from '../../guard/intrinsics.ts';
import type { Hook, SiteHook, ThrowHook } from '../hook.ts';
import type { HookListener } from '../hook-hit.ts';
import type { Installed, Placement, Readiness } from '../placement.ts';
import { ActivationTimes } from './activation-times.ts';
import type { BreakpointOverhead } from './breakpoint-overhead.ts';
import type { ConditionGCPressure } from './condition-gc-pressure.ts';
import { conditionOf, HIT, PASS } from './condition-source.ts';
import type { ExceptionWatch } from './exception-watch.ts';
import { InstalledHooks } from './installed-hooks.ts';
import { recompilationCost } from './recompilation-cost.ts';
import { SharedBreakpoints } from './shared-breakpoints.ts';
import { ThrowSite } from './throw-site.ts';

/** The application may replace them later. */
const weakMapGet: <K extends object, V>(map: WeakMap<K, V>, key: K) => V | undefined = uncurry(WeakMap.prototype.get);
const weakMapSet: <K extends object, V>(map: WeakMap<K, V>, key: K, value: V) => unknown = uncurry(
  WeakMap.prototype.set,
);

/** What the placement uses of the engine. */
export interface BreakpointMeans {
  readonly session: DebuggerSession;
  readonly pauses: PauseScheduler;
  readonly stalls: Stalls;
  readonly clock: ThreadClock;
  readonly watch: ExceptionWatch;
  readonly overhead: BreakpointOverhead;
  readonly garbage: ConditionGCPressure;
  readonly readiness: Readiness;
}

/**
 * Places hooks as V8 breakpoints whose conditions do the work: at any line of any script, at any time. V8 takes some 50 µs for a
 * hit, keeps the function in its interpreter, and pauses where the condition gives true.
 */
export class BreakpointPlacement implements Placement {
  readonly kind = 'Breakpoint';
  readonly needsDebugger = true;
  readonly readiness: Readiness;
  readonly entries: Placement['entries'];
  readonly #means: BreakpointMeans;
  readonly #breakpoints: SharedBreakpoints;
  readonly #hooks: InstalledHooks;
  /** State that is kept while a suspended probe is out of the code: by the plan that its hooks share, and by its throw hook. */
  readonly #times = new WeakMap<ActivationPlan, ActivationTimes>();
  readonly #throwSites = new WeakMap<ThrowHook, ThrowSite>();

  constructor(means: BreakpointMeans) {
    const { session, stalls, pauses, garbage, readiness } = means;
    this.#means = means;
    this.readiness = readiness;
    this.#breakpoints = new SharedBreakpoints(session, stalls);
    this.#hooks = new InstalledHooks(pauses, () => garbage.count());
    this.entries = { [HIT]: this.#hooks.hit, [PASS]: this.#hooks.pass };
  }

  refusePauses(): ArmingRefusal | undefined {
    if (!this.#means.session.busy) return undefined;
    return { reason: 'RuntimeBusyDebugger', message: 'the inspector of the process is open, so it is not paused' };
  }

  /** The same for all hooks: each breakpoint can be the first of its function, and that stall depends on the heap only. */
  predictStall(): number {
    return this.#means.stalls.functionMilliseconds;
  }

  overhead(hook: Hook): number {
    const { overhead, watch } = this.#means;
    return hook.type === 'throw' ? watch.pauseMilliseconds : overhead.hitOverhead(conditionOf(hook, 0).length);
  }

  recompilationCost(gap: number | undefined): number {
    return recompilationCost(gap);
  }

  install(hook: Hook, listener: HookListener): Installed {
    const times = this.#timesOf(hook.activation);
    const installed = hook.type === 'throw' ? this.#watch(hook, listener, times) : this.#set(hook, listener, times);
    return {
      ...installed,
      remove: () => {
        installed.remove();
        times.forget();
      },
    };
  }

  clear(): void {
    const { watch, garbage } = this.#means;
    watch.forget();
    this.#breakpoints.clear();
    this.#hooks.clear();
    garbage.clear();
  }

  #set(hook: SiteHook, listener: HookListener, times: ActivationTimes): Installed {
    const { overhead, watch } = this.#means;
    const number = this.#hooks.next();
    const expression = conditionOf(hook, number);
    overhead.measure(expression);
    const throwsAtOnce = hook.type === 'entry' && hook.throwsAtOnce;
    const mustPause = () => throwsAtOnce && watch.number !== 0;
    const { length } = expression;
    this.#hooks.set(number, {
      hook,
      listener,
      times,
      mustPause,
      // The pause that `mustPause` makes is not requested by a hit, so that its cost is counted here.
      overhead: () => overhead.hitOverhead(length) + (mustPause() ? watch.pauseMilliseconds : 0),
    });
    try {
      const take = this.#breakpoints.place(hook.site, {
        expression,
        onLost: (message) => {
          this.#hooks.delete(number);
          listener.onLost(message);
        },
      });
      return {
        remove: () => {
          take();
          this.#hooks.delete(number);
        },
      };
    } catch (error) {
      this.#hooks.delete(number);
      throw error;
    }
  }

  #watch(hook: ThrowHook, listener: HookListener, times: ActivationTimes): Installed {
    const { watch, clock } = this.#means;
    const site = weakMapGet(this.#throwSites, hook) ?? new ThrowSite(hook, times, watch, clock.now);
    weakMapSet(this.#throwSites, hook, site);
    site.begin(listener);
    return {
      remove: () => site.remove(),
      lookAgain: () => site.lookAgain(),
      settle: (ticket, leaves) => site.settle(ticket, leaves),
    };
  }

  #timesOf(plan: ActivationPlan | undefined): ActivationTimes {
    const { watch, clock } = this.#means;
    const known = plan && weakMapGet(this.#times, plan);
    if (known !== undefined) return known;
    const times = new ActivationTimes(plan, watch, clock.now);
    if (plan !== undefined) weakMapSet(this.#times, plan, times);
    return times;
  }
}
