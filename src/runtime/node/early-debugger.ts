import type { DebuggerMode } from '../../protocol/debugger-mode.ts';
import { CompileRate } from './compile-rate.ts';
import { readCPUQuota } from './cpu-quota.ts';
import { DebuggerConnection } from './debugger-connection.ts';
import { after, soon } from './entries.ts';
import { max, round } from './guard/guard-intrinsics.ts';
import { ENABLE_MILLISECONDS, PREPARING_WALKS, StallForecast, usedHeapMegabytes } from './stall-forecast.ts';
import { type Observation, StartUp } from './start-up.ts';

/** For how long a process without a probe may stand for it, once: as long as a probe may ask for by default. */
const MOST_MILLISECONDS = 100;

const eventLoopUtilization = performance.eventLoopUtilization.bind(performance);
const now = performance.now.bind(performance);
const { keys } = Object;

/**
 * Enables the debugger while the heap is small, since V8 walks all of it for that: a process with a large heap could not stand for
 * so long later. Enabled it stays until the program turns out to compile all the time, which it makes dearer.
 */
export class EarlyDebugger {
  readonly connection = new DebuggerConnection();
  readonly forecast = new StallForecast();
  readonly #startUp = new StartUp();
  readonly #compiled = new CompileRate(now());
  #isEnding = false;
  #why: string | undefined;

  /** Why a probe that comes now finds the debugger off. */
  get why(): string | undefined {
    return this.connection.enabled ? undefined : this.#why;
  }

  /** Never throws. */
  start(mode: DebuggerMode): void {
    try {
      if (mode === 'OnDemand') {
        this.#why = 'the debugger is enabled with the first probe only';
        return;
      }
      this.connection.stays = true;
      this.connection.onCompiled = () => this.#count();
      if (mode === 'AtStart') {
        this.connection.enable();
        this.connection.prepare();
        return;
      }
      this.#why = 'the program has not come to rest since its start';
      this.#lookLater();
    } catch {
      // Then it is enabled with the first probe.
    }
  }

  #lookLater(): void {
    after(this.#startUp.nextLook(), () => this.#look());
  }

  #look(): void {
    if (this.connection.enabled || !this.connection.stays) return;
    this.forecast.quota = readCPUQuota();
    const verdict = this.#startUp.judge(this.#observe(), MOST_MILLISECONDS);
    if (verdict === 'enable') {
      this.connection.enable();
      // In a turn of its own, since each walks the heap.
      soon(() => this.connection.prepare());
      return;
    }
    if (verdict !== 'wait') this.#why = verdict.why;
    this.#lookLater();
  }

  #observe(): Observation {
    const { active, idle } = eventLoopUtilization();
    const megabytes = usedHeapMegabytes();
    const enabling = this.forecast.milliseconds(megabytes, 1, ENABLE_MILLISECONDS);
    const preparing = this.forecast.milliseconds(megabytes, PREPARING_WALKS);
    return {
      modules: keys(require.cache).length,
      active,
      idle,
      megabytes,
      stallMilliseconds: max(enabling, preparing),
    };
  }

  /** In the middle of V8's announcement, where the debugger cannot be switched off. */
  #count(): void {
    if (this.#isEnding || !(this.#compiled.isTooHigh(now()) || this.connection.isLarge)) return;
    this.#isEnding = true;
    soon(() => {
      this.#why = this.connection.isLarge
        ? 'its scripts have more source maps in them than are worth keeping'
        : `the program compiles ${round(this.#compiled.perSecond)} scripts a second all the time, which the debugger makes dearer`;
      this.connection.stayNoLonger();
    });
  }
}
