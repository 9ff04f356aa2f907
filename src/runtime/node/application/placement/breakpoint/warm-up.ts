import type { WireDynamicLog, WireProbe, WireSnapshot } from '../../../../../protocol/wire-probe.ts';
import { ACTIVE, createControl, setFlag } from '../../../channel/control-block.ts';
import { Counters } from '../../../channel/counters.ts';
import type { Notice } from '../../../channel/notices.ts';
import type { ProbePlan } from '../../../channel/probe-plan.ts';
import { ProcessBudget } from '../../budget/process-budget.ts';
import type { ThreadClock } from '../../budget/thread-clock.ts';
import type { PauseScheduler } from '../../debugger/pause-scheduler.ts';
import { ArmedProbe, type ProbePlacement } from '../../probe/armed-probe.ts';
import type { SiteHook } from '../hook.ts';
import type { Expression, HookListener } from '../hook-hit.ts';
import { ActivationTimes } from './activation-times.ts';
import type { BreakpointOverhead } from './breakpoint-overhead.ts';
import { InstalledHooks } from './installed-hooks.ts';

/**
 * Steps until the engine's code is compiled and its caches are filled. Without them the first hit would take several times as long,
 * and run out of its time inside the application.
 */
export const WARM_UP_STEPS = 6;

/** The application may replace it later. */
const { now: wallClock } = Date;

const UNLIMITED = 1_000_000_000;
const SITE = { scriptId: '0', line: 0, column: 0 };
const HOOK: SiteHook = { type: 'line', site: SITE, code: undefined, activation: undefined };

const base = {
  uid: '',
  generation: 0,
  namespace: '',
  name: '',
  expireTime: Number.POSITIVE_INFINITY,
  location: {},
  limits: {
    hitsPerSecond: UNLIMITED,
    remainingHits: UNLIMITED,
    cpuMillisecondsPerSecond: UNLIMITED,
    maxStallMilliseconds: UNLIMITED,
    payloadBytes: 65_536,
  },
};
const log: WireDynamicLog = { ...base, kind: 'DynamicLog', level: 'Debug', message: '' };
const snapshot: WireSnapshot = {
  ...base,
  kind: 'Snapshot',
  watch: [],
  capture: { frames: 5, depth: 3, fields: 20, items: 20, stringLength: 255 },
};

/** Resembles objects of applications, so that the same code is warmed up. */
class Sample {
  readonly id = 7;
  readonly when = new Date(0);
  readonly tags = new Map([['a', new Set([1])]]);
  readonly items = [
    { name: 'lamp', price: 60, quantity: 2 },
    { name: 'wick', price: 4, quantity: 1 },
  ];
  readonly customer = { name: 'Humphry', password: '' };
  readonly failure = new Error('sample');

  total(): number {
    return this.items.reduce((sum, item) => sum + item.price * item.quantity, 0);
  }

  line(hit: (condition: Expression, values: readonly Expression[]) => boolean): number {
    const discount = 0.5;
    const condition: Expression = ($) => $.binary('>', $.call(this, 'total', []), 100);
    const values: Expression[] = [
      ($) => $.get(this, 'id'),
      ($) => $.call(this, 'total', []),
      ($) => $.get($.get(this, 'customer'), 'name'),
      ($) =>
        $.call($.get(this, 'items'), 'map', [
          $.arrow((item: unknown) => $.template(['', ' × '], [$.get(item, 'name')])),
        ]),
      ($) => $.call(/l.+p/, 'test', ['lamp']),
      () => this,
      () => discount,
    ];
    // biome-ignore lint/suspicious/noDebugger: pauses as a breakpoint of a probe would, with frames of the engine.
    if (hit(condition, values)) debugger;
    return discount;
  }
}

/** Makes hits of probes that are in no application code, on code of the runtime: everything that a hit does, except for its result. */
export class WarmUp {
  readonly #hooks: InstalledHooks;
  readonly #numbers: number[] = [];

  constructor(
    pauses: PauseScheduler,
    overhead: BreakpointOverhead,
    clock: ThreadClock,
    notify: (notice: Notice) => void,
  ) {
    const control = createControl();
    control[ACTIVE] = 1;
    this.#hooks = new InstalledHooks(pauses, () => {});
    const times = new ActivationTimes(undefined, { number: 0 }, clock.now);
    const placement: ProbePlacement = {
      recompilationCost: () => 0,
      install: (_hook, listener: HookListener) => {
        const number = this.#hooks.next();
        this.#hooks.set(number, {
          hook: HOOK,
          listener,
          times,
          mustPause: () => false,
          overhead: () => overhead.hitOverhead(1),
        });
        this.#numbers.push(number);
        return { remove: () => {} };
      },
    };
    [log, snapshot].forEach((probe: WireProbe, slot) => {
      setFlag(control, slot, true);
      const counters = new Counters().memory;
      const plan: ProbePlan = {
        probe,
        placement: 'Breakpoint',
        slot,
        counters,
        sites: [SITE],
        values: [],
        privates: [],
      };
      const armed = new ArmedProbe(plan, {
        control,
        // Without proofs calls are checked in a pause, which is the code to warm up.
        proofs: { of: () => undefined },
        clock,
        wallClock,
        notify: (content) => notify({ type: 'warmedUp', content }),
        processBudget: new ProcessBudget(clock.now(), () => 0),
        remainingHits: () => UNLIMITED,
      });
      armed.install(placement, false, () => true);
    });
  }

  /** One hit. Takes no longer than a hit may. Never throws. */
  step(index: number): void {
    const number = this.#numbers[index % this.#numbers.length] ?? 0;
    try {
      new Sample().line((condition, values) => this.#hooks.hit(number, condition, values));
    } catch {
      // Without the warm-up only the first hits in the application are slow.
    }
  }
}
