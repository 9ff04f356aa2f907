import type { DebuggerMode } from '../../../../protocol/debugger-mode.ts';
import { soon } from '../entry-points.ts';
import { round } from '../guard/intrinsics.ts';
import { ScriptCatalog } from '../placement/script-catalog.ts';
import { CompileRate } from './compile-rate.ts';
import { DebuggerConnection } from './debugger-connection.ts';
import { StallPrediction } from './stall-prediction.ts';

const now = performance.now.bind(performance);

/**
 * Enables the debugger while the heap is small. V8 walks the whole heap for that, so that later, with a large heap, the stall
 * would be above the limit. The debugger stays enabled unless the program compiles scripts all the time, which it slows down.
 */
export class EarlyDebugger {
  /** The scripts of this thread. */
  readonly catalog = new ScriptCatalog();
  readonly connection = new DebuggerConnection(this.catalog);
  readonly prediction = new StallPrediction();
  readonly #compiled = new CompileRate(now());
  #isEnding = false;
  #why: string | undefined;

  /** Why the debugger is not enabled; undefined while it is. */
  get why(): string | undefined {
    return this.connection.enabled ? undefined : this.#why;
  }

  /** Enables the debugger if the mode says so. Never throws. */
  start(mode: DebuggerMode): void {
    try {
      if (mode === 'OnDemand') {
        this.#why = 'the debugger is enabled with the first probe only';
        return;
      }
      this.connection.stays = true;
      this.connection.onCompiled = () => this.#count();
      this.connection.enable();
      this.connection.prepare();
    } catch {
      // The debugger is enabled with the first probe instead.
    }
  }

  /** Counts a compiled script. Called inside V8's notification, where the debugger cannot be disabled, so that is done later. */
  #count(): void {
    if (this.#isEnding || !(this.#compiled.isTooHigh(now()) || this.catalog.isLarge)) return;
    this.#isEnding = true;
    soon(() => {
      this.#why = this.catalog.isLarge
        ? 'its scripts have more source maps in them than are worth keeping'
        : `the program compiles ${round(this.#compiled.perSecond)} scripts a second all the time, which the debugger makes dearer`;
      this.connection.stayNoLonger();
    });
  }
}
