import type { Writable } from 'node:stream';
import type { LogLine } from '../protocol/logline.ts';

/** Unwritten output above this is dropped: a reader that stands still must not make the agent grow. */
const MAX_UNWRITTEN_BYTES = 1024 * 1024;

export type AgentLevel = 'Debug' | 'Info' | 'Warn' | 'Error';

/**
 * The agent's standard output: results as one JSON line each, and between them the agent's own lines (`"kind": "Agent"`).
 * When the reader is slow, lines are dropped and counted; the count is written as soon as it reads again.
 */
export class LogSink {
  readonly #output: Writable;
  #dropped = 0;

  constructor(output: Writable) {
    this.#output = output;
    output.on('drain', () => this.#confess());
    // A reader that went away (EPIPE) takes the lines with it, not the agent.
    output.on('error', () => {});
  }

  result(line: LogLine): void {
    this.#write(line);
  }

  /** The agent's own log; `message` is a sentence without a full stop. */
  agent(level: AgentLevel, message: string): void {
    this.#write({ time: new Date().toISOString(), level, kind: 'Agent', message });
  }

  #write(line: object): void {
    if (this.#output.writableLength > MAX_UNWRITTEN_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#output.write(`${JSON.stringify(line)}\n`);
  }

  #confess(): void {
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.agent('Warn', `${dropped} lines were dropped here because standard output was not read fast enough`);
  }
}
