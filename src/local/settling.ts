import type { SessionProbe } from './session.ts';

/** A state that has not changed for so long is reported even if the probe only waits. */
const SETTLE_MILLISECONDS = 1_000;

/** Finds the probes whose state has not changed for a moment, each for itself: others may change all the time. */
export class Settling {
  readonly #describe: (probe: SessionProbe) => string;
  readonly #onSettled: () => void;
  /** By uid: the state of the probe as text, and since when, in milliseconds of performance.now(). */
  #since = new Map<string, { readonly text: string; readonly time: number }>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param describe the state of a probe as text.
   * @param onSettled called when a probe has settled since {@link see} was called.
   */
  constructor(describe: (probe: SessionProbe) => string, onSettled: () => void) {
    this.#describe = describe;
    this.#onSettled = onSettled;
  }

  /** @returns the probes that have settled. */
  see(probes: readonly SessionProbe[], now = performance.now()): SessionProbe[] {
    const seen = probes.map((probe) => {
      const text = this.#describe(probe);
      const known = this.#since.get(probe.uid);
      return { probe, text, time: known?.text === text ? known.time : now };
    });
    this.#since = new Map(seen.map(({ probe: { uid }, text, time }) => [uid, { text, time }]));
    const unsettled = seen.filter(({ time }) => now - time < SETTLE_MILLISECONDS);
    clearTimeout(this.#timer);
    if (unsettled.length > 0) {
      const next = Math.min(...unsettled.map(({ time }) => time)) + SETTLE_MILLISECONDS - now;
      this.#timer = setTimeout(this.#onSettled, Math.max(1, next)).unref();
    }
    return seen.filter((one) => !unsettled.includes(one)).map(({ probe }) => probe);
  }
}
