/**
 * An instant as Kubernetes' MicroTime wants it: RFC 3339, UTC, exactly six decimals. Leases and Events with the three decimals of
 * `toISOString()` are refused with status 400.
 */
export function microTime(date: Date = new Date()): string {
  return date.toISOString().replace(/Z$/, '000Z');
}
