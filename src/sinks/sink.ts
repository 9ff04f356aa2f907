import type { SinkRef } from '../api/probe.ts';
import type { Reason } from '../api/reasons.ts';
import type { LogLine } from '../protocol/log-line.ts';

/** One result on its way out. */
export interface SinkEntry {
  /** The result in its documented form. */
  readonly line: LogLine;
  /** What the probe names in `spec.sinkRefs`; at most 8. A sink that gets every result ignores them. */
  readonly sinkRefs: readonly SinkRef[];
}

/** A destination of results. Whatever happens there must neither hold up nor end the process that writes to it. */
export interface Sink {
  /**
   * Takes results in the order in which they came, and returns at once. What does not fit into the queue is dropped and counted. Never
   * throws.
   */
  write(batch: readonly SinkEntry[]): void;
  /** Sends what still waits, as far as the destination takes it. Nothing is written afterwards. Never rejects. */
  close(): Promise<void>;
  /** How many entries were dropped since the start, by reason. */
  dropped(): ReadonlyMap<Reason, number>;
}
