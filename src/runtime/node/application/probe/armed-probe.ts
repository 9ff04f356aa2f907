import { RedactedNames } from '../../../../redaction/identifiers.ts';
import { Counters } from '../../channel/counters.ts';
import type { ProbePlan } from '../../channel/probe-plan.ts';
import { ProbeBudget, type RecompilationCost } from '../budget/probe-budget.ts';
import type { Moment } from '../budget/thread-clock.ts';
import { append, mapped } from '../guard/intrinsics.ts';
import type { Hook } from '../placement/hook.ts';
import type { HookListener } from '../placement/hook-hit.ts';
import type { Installed, Placement } from '../placement/placement.ts';
import { Condition } from './condition.ts';
import { Drops } from './drops.ts';
import { Gate } from './gate.ts';
import { HitCost } from './hit-cost.ts';
import { HitLimits } from './hit-limits.ts';
import { HitPipeline } from './hit-pipeline.ts';
import { kindOf } from './kinds/kinds.ts';
import { type Point, pointsOf } from './points.ts';
import type { ProbeContext } from './probe-context.ts';
import { Report } from './report.ts';

/** What a probe uses of its placement. */
export type ProbePlacement = Pick<Placement, 'install' | 'recompilationCost'>;

/**
 * One probe and its hooks in the code. Its hits run inside the application's own statements. It takes itself out of the code when
 * they cost too much, after the last hit that is allowed, and when it expires.
 */
export class ArmedProbe {
  readonly plan: ProbePlan;
  readonly hooks: readonly Hook[];
  /** Whether each hit that counts pauses the thread. */
  readonly needsPause: boolean;
  readonly #context: ProbeContext;
  readonly #counters: Counters;
  readonly #budget: ProbeBudget;
  readonly #points: readonly Point[];
  readonly #gate: Gate;
  readonly #drops: Drops;
  readonly #pipeline: HitPipeline;
  #installed: Installed[] = [];
  #placement: ProbePlacement | undefined;

  constructor(plan: ProbePlan, context: ProbeContext) {
    const { probe, slot } = plan;
    const { control, clock, wallClock, notify, remainingHits, processBudget, proofs } = context;
    const { cpuMillisecondsPerSecond, hitsPerSecond, calls } = probe.limits;
    const counters = new Counters(plan.counters);
    const drops = new Drops(probe.uid, counters, notify);
    const limits = new HitLimits(hitsPerSecond, control, clock.now, remainingHits);
    const taken = { bytes: 0 };
    this.plan = plan;
    this.#context = context;
    this.#counters = counters;
    this.#drops = drops;
    this.#points = pointsOf(plan);
    this.hooks = mapped(this.#points, ({ hook }) => hook);
    this.#budget = new ProbeBudget(cpuMillisecondsPerSecond, processBudget, counters, clock);
    this.#gate = new Gate({ control, slot, expireTime: probe.expireTime, wallClock, onExpired: () => this.remove() });
    const kind = kindOf(probe, plan.values.length, taken);
    this.needsPause = kind.needsPause;
    const parts = {
      probe,
      kind,
      condition: new Condition(),
      limits,
      report: new Report(plan, control, counters, limits, wallClock, notify, () => this.remove()),
      drops,
      callPolicy: { proofs, calls },
      clock,
      taken,
    };
    const cost = new HitCost(this.#budget, clock, (over, untilReturn) => this.#suspend(over, untilReturn));
    this.#pipeline = new HitPipeline(this.#gate, cost, parts, namesOf(plan), (stall) => counters.stalled(stall));
  }

  get isPlaced(): boolean {
    return this.#gate.isPlaced;
  }

  /**
   * Installs the hooks that are not in the code yet.
   * @param again whether the probe returns after a suspension, so that its budget pays for placing it.
   * @param mayGoOn asked before each hook but the first.
   * @returns whether all hooks are installed; else this is to be called again in another turn of the event loop.
   * @throws what the placement throws; the probe is out of the code then.
   */
  install(placement: ProbePlacement, again: boolean, mayGoOn: (hook: Hook) => boolean): boolean {
    const { clock, wallClock } = this.#context;
    this.#placement = placement;
    const started = clock.moment();
    try {
      const first = this.#installed.length;
      for (let index = first; index < this.#points.length; index++) {
        const point = this.#points[index] as Point;
        if (index > first && !mayGoOn(point.hook)) return false;
        append(this.#installed, placement.install(point.hook, this.#listenerAt(point)));
      }
      this.#counters.entered(wallClock());
      this.#gate.isPlaced = true;
      return true;
    } catch (error) {
      this.remove();
      throw error;
    } finally {
      this.#counters.stalled(clock.now() - started.wall);
      const worked = clock.workedSince(started);
      this.#counters.charge(worked);
      if (again) this.#budget.payOnce(worked);
    }
  }

  /** Takes the probe out of the code; also from inside its own hit. @param returns whether it is only suspended and comes back. */
  remove(returns = false): void {
    const installed = this.#installed;
    const { isPlaced } = this.#gate;
    this.#installed = [];
    this.#gate.isPlaced = false;
    for (let index = 0; index < installed.length; index++) installed[index]?.remove();
    // A suspended probe that could not be placed again has been counted as out of the code before.
    if (isPlaced || !returns) this.#counters.left(returns, this.#context.wallClock());
  }

  /** Has its throw hooks watch exceptions again. */
  lookAgain(): void {
    if (!this.isPlaced) return;
    for (let index = 0; index < this.#installed.length; index++) this.#installed[index]?.lookAgain?.();
  }

  /** The worker's answer to a `thrown` notice. */
  settle(ticket: number, leaves: boolean): void {
    for (let index = 0; index < this.#installed.length; index++) this.#installed[index]?.settle?.(ticket, leaves);
  }

  #listenerAt(point: Point): HookListener {
    const { notify } = this.#context;
    const { uid } = this.plan.probe;
    const gate = this.#gate;
    return {
      get isWanted() {
        return gate.isOpen();
      },
      onHit: (hit) => this.#pipeline.take(point, hit),
      onMissed: () => this.#drops.count('CaptureFailed'),
      onLost: (message) => this.#lose(message),
      pay: (milliseconds) => {
        this.#counters.charge(milliseconds);
        return this.#budget.pay(milliseconds);
      },
      onBlind: (milliseconds, why) => notify({ type: 'unwatched', uid, milliseconds, why }),
      onUncertain: (ticket, through) => notify({ type: 'thrown', uid, ticket, through }),
    };
  }

  /** One of its hooks is no longer in the code. The others are removed too, since they would see only a part of the hits. */
  #lose(message: string): void {
    if (!this.isPlaced) return;
    this.remove();
    this.#context.notify({ type: 'lost', uid: this.plan.probe.uid, message });
  }

  #suspend(
    budget: 'probe' | 'process',
    untilReturn: (since: Moment, recompilationCost: RecompilationCost) => number,
  ): void {
    if (!this.isPlaced) return;
    const { clock, notify } = this.#context;
    const since = clock.moment();
    this.remove(true);
    const milliseconds = untilReturn(since, (gap) => this.#placement?.recompilationCost(gap) ?? 0);
    notify({ type: 'suspended', uid: this.plan.probe.uid, milliseconds, budget });
  }
}

function namesOf({ probe }: ProbePlan): RedactedNames {
  const { names = [], replacement = 'Remove', mode, allow = [] } = probe.redaction ?? {};
  const showsErrorNames = mode !== 'AllowList' || allow.includes('name');
  return new RedactedNames(names, replacement !== 'Remove', showsErrorNames);
}
