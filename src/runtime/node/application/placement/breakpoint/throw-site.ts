import type { DropReason } from '../../../channel/counters.ts';
import type { FunctionBody } from '../../../channel/function-plan.ts';
import type { Site } from '../../../channel/positions.ts';
import { CpuCredit } from '../../budget/cpu-credit.ts';
import type { PauseWork } from '../../debugger/pause-scheduler.ts';
import { append } from '../../guard/intrinsics.ts';
import type { ThrowHook } from '../hook.ts';
import type { Expression, HitPauseRequest, HookHit, HookListener, Thrown } from '../hook-hit.ts';
import type { ActivationTimes, Keys } from './activation-times.ts';
import { keysOf, sourcesOf } from './condition-source.ts';
import type { ExceptionListener, WatchedThrow, Watching } from './exception-watch.ts';
import { UncertainExits } from './uncertain-exits.ts';

/** Share of its probe's CPU budget that watching exceptions may take. */
const SHARE_OF_BUDGET = 0.5;
/** Milliseconds after which a watch is tried again that was refused since the inspector is open. */
const BUSY_MILLISECONDS = 5000;

/** A throw hook as a listener of the exception watch. It is kept while its probe is suspended. */
export class ThrowSite implements ExceptionListener {
  readonly bodies: readonly FunctionBody[];
  readonly maxStallMilliseconds: number;
  readonly #hook: ThrowHook;
  #listener: HookListener | undefined;
  readonly #times: ActivationTimes;
  readonly #watch: Watching;
  readonly #now: () => number;
  readonly #budget: CpuCredit;
  readonly #uncertain: UncertainExits;

  constructor(hook: ThrowHook, times: ActivationTimes, watch: Watching, now: () => number) {
    const bodies: FunctionBody[] = [];
    for (let index = 0; index < hook.functions.length; index++) {
      const body = hook.functions[index]?.body;
      if (body !== undefined) append(bodies, body);
    }
    this.bodies = bodies;
    this.maxStallMilliseconds = hook.maxStallMilliseconds;
    this.#hook = hook;
    this.#times = times;
    this.#watch = watch;
    this.#now = now;
    this.#budget = new CpuCredit(hook.cpuMillisecondsPerSecond * SHARE_OF_BUDGET, now());
    this.#uncertain = new UncertainExits((ticket, through) => this.#listener?.onUncertain(ticket, through));
  }

  /** The hook is installed from now on; what it has paid before still counts. */
  begin(listener: HookListener): void {
    this.#listener = listener;
    this.lookAgain();
  }

  /** Watches exceptions if the budget allows it now; else tells the listener for how long they are not watched. */
  lookAgain(): void {
    if (this.#watch.isListening(this)) return;
    if (this.#budget.isSpent(this.#now())) this.#tellWait();
    else if (!this.#watch.add(this)) this.onBusy();
  }

  settle(ticket: number, leaves: boolean): void {
    this.#uncertain.settle(ticket, leaves);
  }

  remove(): void {
    this.#watch.delete(this);
    this.#uncertain.clear();
  }

  onThrown({ pause, site, error, through }: WatchedThrow): void {
    const listener = this.#listener;
    if (listener === undefined || !listener.isWanted) return;
    const elements = pause.elements(`${this.#sourcesIn(site.scriptId)},${keysOf(this.#hook.activation)}`);
    if (elements.length < 3) {
      listener.onMissed();
      return;
    }
    const keys = elements[2] as Keys | 0;
    const isCertain = through.length === 0;
    const thrown: Thrown = {
      pause,
      error,
      isCertain,
      whenCertain: (work) =>
        this.#uncertain.add(through, () => {
          this.#times.at(this.#hook, keys, true);
          work();
        }),
    };
    const condition = elements[0] as Expression | 0;
    listener.onHit(
      new ThrownHit(site, condition, elements[1] as Expression[], thrown, () =>
        this.#times.at(this.#hook, keys, isCertain),
      ),
    );
  }

  pay(milliseconds: number): boolean {
    this.#budget.charge(milliseconds, this.#now());
    const canPay = this.#listener?.pay(milliseconds) ?? false;
    if (canPay && !this.#budget.isSpent(this.#now())) return true;
    this.#tellWait();
    return false;
  }

  onBusy(): void {
    this.#listener?.onBlind(BUSY_MILLISECONDS, 'debugger');
  }

  #sourcesIn(scriptId: string): string {
    const { functions } = this.#hook;
    for (let index = 0; index < functions.length; index++) {
      const one = functions[index];
      if (one?.body.scriptId === scriptId) return sourcesOf(one.code);
    }
    return '0,[]';
  }

  #tellWait(): void {
    this.#listener?.onBlind(this.#budget.untilReturn(this.#now()), 'budget');
  }
}

/** A hit by exception. The thread is paused already, and the watch charges for the pause, so that the hit has no overhead. */
class ThrownHit implements HookHit {
  readonly site: Site;
  readonly condition: Expression | 0;
  readonly values: readonly Expression[];
  readonly result = 0;
  readonly thrown: Thrown;
  readonly overheadMilliseconds = 0;
  readonly elapsed: () => number | undefined;

  constructor(
    site: Site,
    condition: Expression | 0,
    values: readonly Expression[],
    thrown: Thrown,
    elapsed: () => number | undefined,
  ) {
    this.site = site;
    this.condition = condition;
    this.values = values;
    this.thrown = thrown;
    this.elapsed = elapsed;
  }

  pause(_request: HitPauseRequest, work: PauseWork): 'paused' | DropReason {
    work(this.thrown.pause);
    return 'paused';
  }
}
