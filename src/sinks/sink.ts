import type { SinkRef } from '../api/probe.ts';
import type { Reason } from '../api/reasons.ts';
import type { LogLine } from '../protocol/log-line.ts';

/** One result on its way out. */
export interface SinkEntry {
  /** The result in its documented form. */
  readonly line: LogLine;
  /** What the probe names in `spec.sinkRefs`; at most 8. Sinks that every result goes to do not look at it. */
  readonly sinkRefs: readonly SinkRef[];
}

/** Where results go. Nothing that becomes of it may hold up or end whoever feeds it. */
export interface Sink {
  /** Takes results in the order in which they came, and returns at once. What does not fit into the queue is dropped and counted. Never throws. */
  write(batch: readonly SinkEntry[]): void;
  /** Brings away what waits, as far as the destination takes it. Nothing is written afterwards. Never rejects. */
  close(): Promise<void>;
  /** How many entries were dropped since the start, by reason. */
  dropped(): ReadonlyMap<Reason, number>;
}
