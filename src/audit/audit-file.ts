import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LineWriter } from './audit-log.ts';
import { WaitingLines } from './waiting-lines.ts';

/** Bytes of lines that wait for the file: some ten thousand records. */
const MOST_BYTES = 8 * 1024 * 1024;
/** How long after a failure it is tried again. */
const RETRY_MS = 5000;
/** How often it is looked whether the file was renamed or deleted. */
const LOOK_MS = 1000;
/** Bytes of one write. */
const BATCH_BYTES = 256 * 1024;
/** Who collects the file may be in the group of its volume. */
const MODE = 0o640;
// A pipe without a reader would hold a thread.
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

export interface AuditFileOptions {
  readonly path: string;
  readonly log: Logger;
  /** Called with how many records will never be in the file. */
  onLost(records: number): void;
  /** Bytes of UTF-8 that wait at most; 8 MiB unless given. */
  readonly mostBytes?: number;
  /** Milliseconds; 5,000 unless given. */
  readonly retryMs?: number;
  /** Milliseconds; 1,000 unless given. */
  readonly lookMs?: number;
}

/**
 * A file to which lines are appended, in the order in which they come. Nobody waits for it: while it cannot be written, lines wait in a
 * bounded queue, and what does not fit is counted. It is opened anew when its path names another file or none, as after `logrotate`.
 */
export class AuditFile implements LineWriter {
  readonly #options: AuditFileOptions;
  readonly #ending = new AbortController();
  readonly #waiting: WaitingLines;
  #file: FileHandle | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Whether the file ends within a line that could not be written to its end. */
  #isTorn = false;
  /** Whether it was said that the file cannot be written. */
  #isFailing = false;
  /** Lines that were lost since then. */
  #lost = 0;
  #writing: Promise<void> | undefined;

  constructor(options: AuditFileOptions) {
    this.#options = options;
    this.#waiting = new WaitingLines(options.mostBytes ?? MOST_BYTES);
  }

  write(line: string): void {
    if (this.#ending.signal.aborted || !this.#waiting.add(line)) this.#lose(1);
    else this.#writing ??= this.#writeAll();
  }

  /** Writes what waits, once, and closes the file; what cannot be written then is lost. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#writing;
    this.#lose(this.#waiting.clear());
    await this.#close();
  }

  async #writeAll(): Promise<void> {
    const { retryMs = RETRY_MS } = this.#options;
    const { signal } = this.#ending;
    while (this.#waiting.count > 0) {
      try {
        await this.#writeSome(await this.#present());
        this.#recovered();
      } catch (error) {
        this.#failed(error);
        await this.#close();
        if (signal.aborted) break;
        await delay(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    this.#writing = undefined;
  }

  /** The file that has the path now. */
  async #present(): Promise<FileHandle> {
    const { path, lookMs = LOOK_MS } = this.#options;
    const now = performance.now();
    if (this.#file !== undefined && now - this.#lookedAt >= lookMs) {
      const [own, named] = await Promise.all([this.#file.stat(), stat(path).catch(() => undefined)]);
      if (named === undefined || own.ino !== named.ino || own.dev !== named.dev) {
        await this.#close();
        this.#isTorn = false;
      }
      this.#lookedAt = now;
    }
    if (this.#file === undefined) {
      this.#file = await open(path, FLAGS, MODE);
      this.#lookedAt = now;
    }
    return this.#file;
  }

  async #writeSome(file: FileHandle): Promise<void> {
    const batch = this.#waiting.oldest(BATCH_BYTES);
    if (this.#isTorn && (await file.write('\n')).bytesWritten > 0) this.#isTorn = false;
    let written = 0;
    try {
      while (written < batch.length) written += (await file.write(batch, written)).bytesWritten;
    } finally {
      this.#isTorn = this.#waiting.written(written) || (written === 0 && this.#isTorn);
    }
  }

  #lose(records: number): void {
    if (records === 0) return;
    this.#lost += records;
    this.#options.onLost(records);
  }

  /** Said once, until it can be written again. */
  #failed(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const { path, log } = this.#options;
    log.error(
      { error, path },
      'the audit file cannot be written; records wait, and are lost when too many do. They are on standard output all the same. Make room, or set DAVYLAMP_AUDIT_FILE to a path that user 65532 can write',
    );
  }

  #recovered(): void {
    if (!this.#isFailing) return;
    const { path, log } = this.#options;
    log.info({ path, lost: this.#lost }, 'the audit file is written again');
    this.#isFailing = false;
    this.#lost = 0;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }
}
