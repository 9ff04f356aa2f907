import { type Logger, pino } from 'pino';
import type { LineWriter } from '../audit/audit-log.ts';

/** The operator's log: a line of JSON for each entry on standard output. `error` in an entry is written with its message and stack. */
export function createLog(level: string): Logger {
  const { err } = pino.stdSerializers;
  return pino({ level, base: null, serializers: { err, error: err } });
}

/** Bytes that wait while standard output cannot be written; lines above that are lost. */
const MOST_BYTES = 1024 * 1024;

/**
 * Standard output for records of the audit, which no log level silences; `"stream":"audit"` in each tells them from the log.
 * @param onLost called with how many records will never be there.
 */
export function createAuditStream(onLost: (records: number) => void): LineWriter {
  const output = pino.destination({ fd: 1, sync: true, maxLength: MOST_BYTES });
  // What could not be written is tried again with the next line. A reader that has gone away is pino's own case.
  output.on('error', () => undefined);
  output.on('drop', () => onLost(1));
  return { write: (line) => void output.write(line) };
}
