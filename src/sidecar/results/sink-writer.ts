import type { WireProbe } from '../../protocol/wire-probe.ts';
import type { Sink, SinkEntry } from '../../sinks/sink.ts';
import { ProbeNames, toLogLine } from '../../sinks/to-log-line.ts';
import type { Permitted } from './grants.ts';

/** Writes the results of the pod to the agent's sinks; the only place of the agent that does. */
export class SinkWriter {
  readonly #sinks: readonly Sink[];
  readonly #podName: string | undefined;
  readonly #names = new ProbeNames();

  constructor(sinks: readonly Sink[], podName: string | undefined) {
    this.#sinks = sinks;
    this.#podName = podName;
  }

  /** Remembers the names of the probes, since results have only UIDs. */
  learn(probes: readonly WireProbe[]): void {
    this.#names.learn(probes);
  }

  write(results: readonly Permitted[]): void {
    const entries = results.flatMap(({ result, process }): SinkEntry[] => {
      const probe = this.#names.of(result.uid);
      // Only a runtime that makes up UIDs gets here; the line could not name a probe.
      if (probe === undefined) return [];
      return [{ line: toLogLine(result, probe, process, this.#podName), sinkRefs: probe.sinkRefs ?? [] }];
    });
    for (const sink of this.#sinks) sink.write(entries);
  }
}
