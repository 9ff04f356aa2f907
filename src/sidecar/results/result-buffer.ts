import { FRAME_BYTES, MAX_RESULT_BYTES, MAX_RESULTS } from '../../protocol/limits.ts';
import type { Result } from '../../protocol/result.ts';

export interface ResultBufferLimits {
  readonly results: number;
  /** Bytes of their JSON in UTF-8. */
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
  readonly bytes: number;
}

const DEFAULT_LIMITS: ResultBufferLimits = { results: 2000, bytes: 8 * 1024 * 1024 };

/** As many results as one frame may hold, and so many bytes that it stays far below the frame's limit. */
const BATCH: ResultBufferLimits = { results: MAX_RESULTS, bytes: FRAME_BYTES };

/** Probes whose drops are counted. */
const MAX_COUNTED = 1000;

/**
 * Results on their way to the gateway: numbered from 1, kept until acknowledged. When it is full the oldest are dropped,
 * and counted for their probe.
 */
export class ResultBuffer {
  readonly #limits: ResultBufferLimits;
  readonly #dropped = new Map<string, number>();
  #kept: Kept[] = [];
  #bytes = 0;
  /** Number of the oldest result that is kept. */
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
      const bytes = Buffer.byteLength(encoded);
      if (bytes > MAX_RESULT_BYTES) {
        this.drop(result.uid);
        continue;
      }
      this.#kept.push({ uid: result.uid, encoded, bytes });
      this.#bytes += bytes;
    }
    this.#dropAbove(this.#limits);
  }

  /** Frees memory: drops the older half of the bytes, and counts what it drops. */
  shed(): void {
    this.#dropAbove({ results: this.#limits.results, bytes: Math.floor(this.#bytes / 2) });
  }

  /** Counts a result that was refused or dropped. */
  drop(uid: string): void {
    const count = (this.#dropped.get(uid) ?? 0) + 1;
    this.#dropped.delete(uid);
    this.#dropped.set(uid, count);
    // A runtime that makes up UIDs must not fill the agent's memory.
    if (this.#dropped.size <= MAX_COUNTED) return;
    for (const oldest of this.#dropped.keys()) {
      this.#dropped.delete(oldest);
      return;
    }
  }

  /** The next results with a number of `from` or more, as many as one frame takes; undefined when there are none. */
  batch(from: number): ResultBatch | undefined {
    const start = Math.max(0, from - this.#first);
    const encoded: string[] = [];
    let bytes = 0;
    for (const kept of this.#kept.slice(start, start + BATCH.results)) {
      bytes += kept.bytes + 1;
      if (bytes > BATCH.bytes && encoded.length > 0) break;
      encoded.push(kept.encoded);
    }
    return encoded.length === 0 ? undefined : { first: this.#first + start, encoded };
  }

  /** Forgets every result up to and including this number. A number that was never given out changes nothing. */
  acknowledge(through: number): void {
    const count = through - this.#first + 1;
    if (count <= 0 || count > this.#kept.length) return;
    for (const { bytes } of this.#kept.slice(0, count)) this.#bytes -= bytes;
    this.#forget(count);
  }

  /** How many results each probe lost here since the agent started; the newest 200 probes. */
  dropped(): { uid: string; count: number }[] {
    return [...this.#dropped].slice(-200).map(([uid, count]) => ({ uid, count }));
  }

  #dropAbove({ results, bytes }: ResultBufferLimits): void {
    let excess = 0;
    for (const { uid, bytes: size } of this.#kept) {
      if (this.#kept.length - excess <= results && this.#bytes <= bytes) break;
      excess += 1;
      this.#bytes -= size;
      this.drop(uid);
    }
    this.#forget(excess);
  }

  #forget(count: number): void {
    if (count === 0) return;
    this.#kept = this.#kept.slice(count);
    this.#first += count;
  }
}
