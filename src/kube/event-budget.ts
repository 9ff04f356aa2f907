const BURST = 25;
const REFILL_MS = 30_000;
const MAX_OBJECTS = 5000;

/** How many Events an object may still get: 25 at once, and one more every 30 s. */
export class EventBudget {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** @param now milliseconds that never go back. @returns whether one more Event is allowed. */
  take(object: string, now: number): boolean {
    const known = this.#buckets.get(object) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, known.tokens + (now - known.at) / REFILL_MS);
    const allowed = tokens >= 1;
    // Moved to the end, so that the first entry is always the least recently used one.
    this.#buckets.delete(object);
    this.#buckets.set(object, { tokens: allowed ? tokens - 1 : tokens, at: now });
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MAX_OBJECTS) break;
      this.#buckets.delete(oldest);
    }
    return allowed;
  }
}
