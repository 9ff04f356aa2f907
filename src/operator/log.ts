import { type Logger, pino } from 'pino';

/** The operator's log: a line of JSON for each entry on standard output. `error` in an entry is written with its message and stack. */
export function createLog(level: string): Logger {
  const { err } = pino.stdSerializers;
  return pino({ level, base: null, serializers: { err, error: err } });
}
