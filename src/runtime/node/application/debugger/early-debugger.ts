import type { DebuggerMode } from '../../../../protocol/debugger-mode.ts';
import { soon } from '../entry-points.ts';
import { round } from '../guard/intrinsics.ts';
import { ScriptCatalog } from '../placement/script-catalog.ts';
import { CompileRate } from './compile-rate.ts';
import { DebuggerConnection } from './debugger-connection.ts';
import { StallPrediction } from './stall-prediction.ts';

const now = performance.now.bind(performance);

/**
 * Enables the debugger while the heap is small, since V8 walks all of it for that: a process with a large heap could not stand for
 * so long later. Enabled it stays until the program turns out to compile all the time, which it makes dearer.
 */
export class EarlyDebugger {
  /** Of the scripts of this thread. */
  readonly catalog = new ScriptCatalog();
  readonly connection = new DebuggerConnection(this.catalog);
  readonly prediction = new StallPrediction();
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
      this.connection.enable();
      this.connection.prepare();
    } catch {
      // Then it is enabled with the first probe.
    }
  }

  /** In the middle of V8's announcement, where the debugger cannot be switched off. */
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
