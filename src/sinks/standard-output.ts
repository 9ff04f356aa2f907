import type { Writable } from 'node:stream';
import type { Reason } from '../api/reasons.ts';
import { BoundedQueue } from './bounded-queue.ts';
import type { Sink, SinkEntry } from './sink.ts';

/** Bytes of lines that wait; lines above that are dropped, so that a reader that stopped reading cannot make the agent grow. */
const MOST_BYTES = 1024 * 1024;

export type AgentLevel = 'Debug' | 'Info' | 'Warn' | 'Error';

/**
 * The agent's standard output, which every result goes to: one JSON line each, and between them the agent's own lines
 * (`"kind": "Agent"`). When the reader is slow, lines are dropped and counted; the count is written as soon as it reads again.
 */
export class StandardOutput implements Sink {
  readonly #output: Writable;
  readonly #queue = new BoundedQueue(MOST_BYTES);
  /** The stream's buffer is full: lines wait in the queue until it drains. */
  #isFull = false;
  /** Dropped lines whose number has been written already. */
  #told = 0;

  constructor(output: Writable) {
    this.#output = output;
    output.on('drain', () => this.#continue());
    // When the reader has gone away (EPIPE), lines are lost, but the agent goes on.
    output.on('error', () => {});
  }

  write(batch: readonly SinkEntry[]): void {
    for (const { line } of batch) this.#write(line);
  }

  /** The agent's own log; `message` is a sentence without a full stop. */
  agent(level: AgentLevel, message: string): void {
    this.#write({ time: new Date().toISOString(), level, kind: 'Agent', message });
  }

  /** Writes all that waits, even when the reader is slow: the queue bounds how much that is. */
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
