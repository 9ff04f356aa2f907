import type { Result } from '../protocol/result.ts';

export interface ResultBufferLimits {
  readonly results: number;
  /** Of JSON. */
  readonly bytes: number;
}

export interface ResultBatch {
  /** Number of the first result; the others follow without a gap. */
  readonly first: number;
  /** Each result as JSON, so that it is encoded only once however often it is sent. */
  readonly encoded: readonly string[];
}

interface Kept {
  readonly uid: string;
  readonly encoded: string;
}

const DEFAULT_LIMITS: ResultBufferLimits = { results: 2000, bytes: 8 * 1024 * 1024 };

/** As many results as one frame may hold, and so many bytes that it stays far below the frame's limit. */
const BATCH: ResultBufferLimits = { results: 256, bytes: 1024 * 1024 };

/**
 * Results on their way to the gateway: numbered from 1, kept until acknowledged. When it is full the oldest are dropped,
 * and counted for their probe.
 */
export class ResultBuffer {
  readonly #limits: ResultBufferLimits;
  readonly #dropped = new Map<string, number>();
  #kept: Kept[] = [];
  #bytes = 0;
  /** Number of the first one that is kept. */
  #first = 1;

  constructor(limits: ResultBufferLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Results that wait for an acknowledgement. */
  get size(): number {
    return this.#kept.length;
  }

  add(results: readonly Result[]): void {
    for (const result of results) {
      const encoded = JSON.stringify(result);
      this.#kept.push({ uid: result.uid, encoded });
      this.#bytes += encoded.length;
    }
    this.#dropAbove(this.#limits);
  }

  /** Memory is short: the older half of the bytes goes, counted like all that is dropped. */
  shed(): void {
    this.#dropAbove({ results: this.#limits.results, bytes: Math.floor(this.#bytes / 2) });
  }

  /** The next results with a number of `from` or more, as many as one frame takes; undefined when there are none. */
  batch(from: number): ResultBatch | undefined {
    const start = Math.max(0, from - this.#first);
    const encoded: string[] = [];
    let bytes = 0;
    for (const kept of this.#kept.slice(start, start + BATCH.results)) {
      bytes += kept.encoded.length;
      if (bytes > BATCH.bytes && encoded.length > 0) break;
      encoded.push(kept.encoded);
    }
    return encoded.length === 0 ? undefined : { first: this.#first + start, encoded };
  }

  /** Forgets every result up to and including this number. A number that was never given out changes nothing. */
  acknowledge(through: number): void {
    const count = through - this.#first + 1;
    if (count <= 0 || count > this.#kept.length) return;
    for (const { encoded } of this.#kept.slice(0, count)) this.#bytes -= encoded.length;
    this.#forget(count);
  }

  /** How many results each probe lost here since the agent started; the newest 200 probes. */
  dropped(): { uid: string; count: number }[] {
    return [...this.#dropped].slice(-200).map(([uid, count]) => ({ uid, count }));
  }

  #dropAbove({ results, bytes }: ResultBufferLimits): void {
    let excess = 0;
    for (const { uid, encoded } of this.#kept) {
      if (this.#kept.length - excess <= results && this.#bytes <= bytes) break;
      excess += 1;
      this.#bytes -= encoded.length;
      this.#dropped.set(uid, (this.#dropped.get(uid) ?? 0) + 1);
    }
    this.#forget(excess);
  }

  #forget(count: number): void {
    if (count === 0) return;
    this.#kept = this.#kept.slice(count);
    this.#first += count;
  }
}
