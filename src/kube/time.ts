/** An instant, in milliseconds since 1970, as Kubernetes' Time has it: RFC 3339, UTC, whole seconds; the rest of a second is cut off. */
export function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * An instant as Kubernetes' MicroTime wants it: RFC 3339, UTC, exactly six decimals. Leases and Events with the three decimals of
 * `toISOString()` are refused with status 400.
 */
export function microTime(date: Date = new Date()): string {
  return date.toISOString().replace(/Z$/, '000Z');
}
