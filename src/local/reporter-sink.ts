import type { Reason } from '../api/reasons.ts';
import type { Sink } from '../sinks/sink.ts';
import type { Reporter } from './reporter.ts';

const NONE: ReadonlyMap<Reason, number> = new Map();

/** The sink of local mode. Whoever reads its standard output wants every result, so nothing is queued or dropped. */
export function reporterSink(reporter: Reporter): Sink {
  return {
    write: (batch) => {
      for (const { line } of batch) reporter.result(line);
    },
    close: async () => {},
    dropped: () => NONE,
  };
}
