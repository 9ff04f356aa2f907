/**
 * Exponential back-off with jitter: between half and the whole of `base * 2^attempt`, never above `limit`.
 * @param attempt 0 for the first failure.
 * @returns milliseconds.
 */
export function backoffMs(attempt: number, base: number, limit: number): number {
  const full = Math.min(limit, base * 2 ** Math.min(attempt, 40));
  return full * (0.5 + Math.random() / 2);
}
