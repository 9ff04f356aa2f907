import type { Result } from '../../protocol/result.ts';
import type { ProcessInfo } from '../../protocol/state.ts';
import type { PodIdentity } from '../agents/identity.ts';

export type ResultsListener = (
  identity: PodIdentity,
  results: Result[],
  /** By instanceID; also processes that have ended since. */
  processes: ReadonlyMap<string, ProcessInfo>,
) => void;

/** Those who are told of changes in the fleet. One that throws keeps no other from being told. */
export class FleetListeners {
  readonly ofProbes: ((probeUID: string) => void)[] = [];
  readonly ofPods: ((podUID: string) => void)[] = [];
  readonly ofWanted: ((podUID: string) => void)[] = [];
  readonly ofResults: ResultsListener[] = [];
  readonly #onError: (error: unknown) => void;

  constructor(onError: ((error: unknown) => void) | undefined) {
    this.#onError = onError ?? ((error) => process.emitWarning(asError(error)));
  }

  probeChanged(probeUID: string): void {
    for (const listener of this.ofProbes) this.#call(listener, probeUID);
  }

  podChanged(podUID: string): void {
    for (const listener of this.ofPods) this.#call(listener, podUID);
  }

  wantedChanged(podUID: string): void {
    for (const listener of this.ofWanted) this.#call(listener, podUID);
  }

  results(...about: Parameters<ResultsListener>): void {
    for (const listener of this.ofResults) this.guard(() => listener(...about));
  }

  guard(call: () => void): void {
    this.#call(call, undefined);
  }

  #call<About>(listener: (about: About) => void, about: About): void {
    try {
      listener(about);
    } catch (error) {
      this.#onError(error);
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
