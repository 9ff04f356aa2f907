import type { ArmingRefusal } from '../channel/arming-refusal.ts';
import type { Placing } from '../channel/commands.ts';
import { Counters } from '../channel/counters.ts';
import type { Notice } from '../channel/notices.ts';
import type { ProbePlan } from '../channel/probe-plan.ts';
import { ProcessBudget } from './budget/process-budget.ts';
import type { ThreadClock } from './budget/thread-clock.ts';
import type { ProofSource } from './guard/guard.ts';
import { mapDelete } from './guard/intrinsics.ts';
import { HitQuotas } from './hit-quota.ts';
import type { Placement } from './placement/placement.ts';
import type { Placements } from './placement/placements.ts';
import { ArmedProbe } from './probe/armed-probe.ts';

/** What the probe registry uses of the engine. */
export interface ProbeRegistryMeans {
  readonly placements: Placements;
  readonly proofs: ProofSource;
  readonly clock: ThreadClock;
  readonly wallClock: () => number;
  readonly notify: (notice: Notice) => void;
  /** @returns why the process may not stand for these milliseconds; undefined where it may. */
  readonly refuse: (milliseconds: number, allowed: number) => ArmingRefusal | undefined;
}

/** The probes of this thread that are armed or suspended, and the budget and quotas that they share. */
export class ProbeRegistry {
  readonly quotas = new HitQuotas();
  /** The control block of the current worker. */
  control: Int32Array;
  readonly #means: ProbeRegistryMeans;
  readonly #probes = new Map<number, ArmedProbe>();
  readonly #processBudget: ProcessBudget;

  constructor(control: Int32Array, means: ProbeRegistryMeans) {
    this.control = control;
    this.#means = means;
    this.#processBudget = new ProcessBudget(means.clock.now());
  }

  /** Arms a probe. @returns how far placing got. @throws what the placement throws; the probe is out of the code then. */
  arm(plan: ProbePlan): Placing {
    const { uid, limits } = plan.probe;
    this.disarm(uid);
    const placement = this.#placementOf(plan);
    const counters = new Counters(plan.counters);
    const probe = this.#make(plan, counters);
    const refused =
      (probe.needsPause ? placement.refusePauses() : undefined) ??
      this.#means.refuse(placement.predictStall(probe.hooks), limits.maxStallMilliseconds);
    if (refused !== undefined) return refused;
    this.quotas.begin(
      plan,
      [...this.#probes.values()].map((one) => one.plan.probe),
    );
    this.#probes.set(plan.slot, probe);
    this.#shareBudget();
    counters.stalled(placement.readiness?.takeStall() ?? 0);
    return this.goOn(uid, false);
  }

  /** Places a suspended probe again. @returns milliseconds that it has to wait longer, or how far placing got. */
  rearm(uid: string): number | Placing {
    const wait = this.#processBudget.postponement(uid, this.#means.clock.now());
    return wait > 0 ? wait : this.goOn(uid, true);
  }

  /** Places as many hooks as the process may stand for in this turn of its event loop, at least one. @returns how far placing got. */
  goOn(uid: string, again: boolean): Placing {
    const probe = this.find(uid);
    if (probe === undefined || probe.isPlaced) return undefined;
    const { clock, refuse } = this.#means;
    const { maxStallMilliseconds } = probe.plan.probe.limits;
    const started = clock.now();
    const placement = this.#placementOf(probe.plan);
    try {
      const refused = refuse(placement.predictStall(probe.hooks), maxStallMilliseconds);
      if (refused !== undefined) {
        probe.remove(again);
        if (!again) this.disarm(uid);
        return refused;
      }
      const isAll = probe.install(
        placement,
        again,
        (hook) => clock.now() - started + placement.predictStall([hook]) <= maxStallMilliseconds,
      );
      return isAll ? undefined : 'more';
    } catch (error) {
      if (!again) this.disarm(uid);
      throw error;
    }
  }

  find(uid: string): ArmedProbe | undefined {
    for (const probe of this.#probes.values()) if (probe.plan.probe.uid === uid) return probe;
    return undefined;
  }

  disarm(uid: string): void {
    for (const [slot, probe] of this.#probes) {
      if (probe.plan.probe.uid !== uid) continue;
      probe.remove();
      mapDelete(this.#probes, slot);
    }
    try {
      this.#shareBudget();
    } catch {
      // The application may have replaced methods of arrays or iterators; the probe is out of the code all the same.
    }
  }

  /** Forgets all probes; the placements take their hooks out of the code. */
  clear(): void {
    this.#probes.clear();
  }

  #placementOf({ placement }: ProbePlan): Placement {
    return this.#means.placements.get(placement);
  }

  #make(plan: ProbePlan, counters: Counters): ArmedProbe {
    const { proofs, clock, wallClock, notify } = this.#means;
    const { uid } = plan.probe;
    return new ArmedProbe(plan, {
      control: this.control,
      proofs,
      clock,
      wallClock,
      notify,
      processBudget: this.#processBudget,
      remainingHits: () => this.quotas.remaining(uid, counters),
    });
  }

  #shareBudget(): void {
    const limits = [...this.#probes.values()].map(({ plan }) => plan.probe.limits.cpuMillisecondsPerSecond);
    this.#processBudget.resize(limits, this.#means.clock.now());
  }
}
