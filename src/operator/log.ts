import { type Logger, pino } from 'pino';
import type { LineWriter } from '../audit/audit-log.ts';

/** The operator's log: a line of JSON for each entry on standard output. `error` in an entry is written with its message and stack. */
export function createLog(level: string): Logger {
  const { err } = pino.stdSerializers;
  return pino({ level, base: null, serializers: { err, error: err } });
}

/** Standard output for records of the audit, which no log level silences; `"stream":"audit"` in each tells them from the log. */
export function createAuditStream(): LineWriter {
  // Its own errors, such as a reader that has gone away, are treated as those of the log.
  const output = pino.destination({ fd: 1, sync: true });
  return { write: (line) => void output.write(line) };
}
