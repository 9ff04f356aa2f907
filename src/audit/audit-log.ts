import type { AuditEntry, AuditRecord, AuditStep } from './record.ts';

/** Takes lines, each with its end; never waits for where they go, and never throws. */
export interface LineWriter {
  write(line: string): void;
}

export interface AuditLogOptions {
  /** Each gets every line. */
  readonly writers: readonly LineWriter[];
  /** Called once for each record. */
  onRecord(step: AuditStep): void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Writes records of what happens to probes: each a line of JSON, at every place where they go. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #now: () => number;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  write({ id, step, ...entry }: AuditEntry): void {
    const { writers, onRecord } = this.#options;
    const time = new Date(this.#now()).toISOString();
    // In this order, for people who read it.
    const record = { stream: 'audit', time, step, id, ...entry } as AuditRecord;
    const line = toLine(record);
    for (const writer of writers) writer.write(line);
    onRecord(step);
  }
}

/** Characters that JSON lets stand, and at which readers end a line or terminals change their direction. */
const UNSEEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The record in one line, whatever names and notes are in it. */
function toLine(record: AuditRecord): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(record).replace(UNSEEN, escaped)}\n`;
}
