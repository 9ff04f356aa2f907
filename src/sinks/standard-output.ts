import type { Writable } from 'node:stream';
import type { Reason } from '../api/reasons.ts';
import { BoundedQueue } from './bounded-queue.ts';
import type { Sink, SinkEntry } from './sink.ts';

/** Lines above this are dropped while nobody reads: a reader that stands still must not make the agent grow. */
const MOST_BYTES = 1024 * 1024;

export type AgentLevel = 'Debug' | 'Info' | 'Warn' | 'Error';

/**
 * The agent's standard output, which every result goes to: one JSON line each, and between them the agent's own lines
 * (`"kind": "Agent"`). When the reader is slow, lines are dropped and counted; the count is written as soon as it reads again.
 */
export class StandardOutput implements Sink {
  readonly #output: Writable;
  readonly #queue = new BoundedQueue(MOST_BYTES);
  /** The reader has enough; what comes waits in the queue. */
  #isFull = false;
  /** Lines that were dropped and are told of. */
  #told = 0;

  constructor(output: Writable) {
    this.#output = output;
    output.on('drain', () => this.#continue());
    // A reader that went away (EPIPE) takes the lines with it, not the agent.
    output.on('error', () => {});
  }

  write(batch: readonly SinkEntry[]): void {
    for (const { line } of batch) this.#write(line);
  }

  /** The agent's own log; `message` is a sentence without a full stop. */
  agent(level: AgentLevel, message: string): void {
    this.#write({ time: new Date().toISOString(), level, kind: 'Agent', message });
  }

  /** Whether its reader is slow or not: what waits is within bounds. */
  async close(): Promise<void> {
    for (let text = this.#queue.take(); text !== undefined; text = this.#queue.take()) this.#output.write(text);
    await new Promise<void>((resolve) => this.#output.write('', () => resolve()));
  }

  dropped(): ReadonlyMap<Reason, number> {
    return this.#queue.dropped();
  }

  #write(line: object): void {
    const text = `${JSON.stringify(line)}\n`;
    if (this.#isFull) this.#queue.add(text);
    else this.#isFull = !this.#output.write(text);
  }

  #continue(): void {
    this.#isFull = false;
    while (!this.#isFull) {
      const text = this.#queue.take();
      if (text === undefined) break;
      this.#isFull = !this.#output.write(text);
    }
    if (this.#queue.size === 0) this.#tell();
  }

  #tell(): void {
    const dropped = this.dropped()
      .values()
      .reduce((sum, count) => sum + count, 0);
    const untold = dropped - this.#told;
    this.#told = dropped;
    if (untold === 0) return;
    this.agent('Warn', `${untold} lines were dropped here because standard output was not read fast enough`);
  }
}
