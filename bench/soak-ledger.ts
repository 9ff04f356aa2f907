import type { ProcessStates } from '../src/protocol/gateway-messages.ts';
import type { Result } from '../src/protocol/result.ts';

/**
 * Holds what came against what the process says it sent. Results are numbered per thread of the process: a number that never comes is a
 * lost result, which only the death of an agent may cause.
 */
export class Ledger {
  readonly #received = new Map<string, number>();
  readonly #hits = new Map<string, number>();
  readonly #dropped = new Map<string, Map<string, number>>();
  readonly #numbers = new Map<string, Set<number>>();
  readonly #reasons = new Set<string>();
  #twice = 0;
  #results = 0;
  #deaths = 0;

  onResults(results: readonly Result[]): void {
    for (const { instanceID, sequence, uid } of results) {
      const numbers = this.#numbers.get(instanceID) ?? new Set();
      this.#numbers.set(instanceID, numbers);
      if (numbers.has(sequence)) this.#twice += 1;
      numbers.add(sequence);
      this.#results += 1;
      const key = `${instanceID} ${uid}`;
      this.#received.set(key, (this.#received.get(key) ?? 0) + 1);
    }
  }

  onStates(processes: readonly ProcessStates[]): void {
    for (const { process, probes } of processes) {
      for (const { uid, hits, dropped, reason, state } of probes) {
        const key = `${process.instanceID} ${uid}`;
        this.#hits.set(key, Math.max(hits, this.#hits.get(key) ?? 0));
        this.#reasons.add(`${state}/${reason}`);
        this.#dropped.set(key, new Map(dropped.map(({ reason: why, count }) => [why, count])));
      }
    }
  }

  onDeath(): void {
    this.#deaths += 1;
  }

  #missing(): number {
    let missing = 0;
    for (const numbers of this.#numbers.values()) missing += Math.max(...numbers) - numbers.size;
    return missing;
  }

  summary(): string {
    let dropped = 0;
    for (const counts of this.#dropped.values()) for (const count of counts.values()) dropped += count;
    return `${this.#results} results, ${dropped} drops counted, ${this.#missing()} lost; seen: ${[...this.#reasons].sort().join(' ')}`;
  }

  problems(): string[] {
    const found: string[] = [];
    if (this.#twice > 0) found.push(`${this.#twice} results came twice`);
    if (this.#deaths === 0 && this.#missing() > 0) found.push(`${this.#missing()} results are missing`);
    let unseen = 0;
    for (const [key, hits] of this.#hits) unseen += Math.max(0, hits - (this.#received.get(key) ?? 0));
    if (unseen > this.#missing())
      found.push(`${unseen} hits in states, of which ${this.#missing()} results were lost: the rest is nowhere`);
    if (this.#results === 0) found.push('no result at all');
    return found;
  }
}
