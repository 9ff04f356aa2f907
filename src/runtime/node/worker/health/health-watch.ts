import type { ApplicationThread } from '../application-thread.ts';
import type { DesiredProbes } from '../desired/desired-probes.ts';
import { HEALTH_SAMPLE_MILLISECONDS, OverloadDetector } from './overload-detector.ts';

/** Takes the probes out while the process is overloaded, and brings them back afterwards. */
export class HealthWatch {
  readonly #thread: ApplicationThread;
  readonly #probes: Pick<DesiredProbes, 'withdraw' | 'restore'>;
  readonly #overload = new OverloadDetector();
  readonly #samples: NodeJS.Timeout;
  #isSampling = false;

  constructor(thread: ApplicationThread, probes: Pick<DesiredProbes, 'withdraw' | 'restore'>) {
    this.#thread = thread;
    this.#probes = probes;
    void this.#sample();
    this.#samples = setInterval(() => void this.#sample(), HEALTH_SAMPLE_MILLISECONDS);
  }

  /** Takes one sample, without interrupting the thread. While a busy process has not answered, no other is asked for. */
  async #sample(): Promise<void> {
    if (this.#isSampling) return;
    this.#isSampling = true;
    try {
      const verdict = this.#overload.judge(await this.#thread.ask({ type: 'health' }, false), performance.now());
      await (verdict.state === 'overload' ? this.#probes.withdraw(verdict.message) : this.#probes.restore());
    } catch {
      // The application's thread could not tell; the next sample will.
    } finally {
      this.#isSampling = false;
    }
  }

  stop(): void {
    clearInterval(this.#samples);
  }
}
