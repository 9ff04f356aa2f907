import { cutText } from '../../../api/cut-text.ts';
import type { DynamicLog, DynamicLogStatus } from '../../../api/dynamiclog.ts';
import { MAX_RECENT } from '../../../api/status.ts';
import type { Result } from '../../../protocol/result.ts';
import type { Findings, ResultSource } from './findings.ts';

type RecentLine = NonNullable<DynamicLogStatus['recent']>[number];

const MAX_MESSAGE = 1024;

/** The last lines of a DynamicLog, newest last. */
export class RecentLines implements Findings {
  #lines: RecentLine[];
  /** Lines that an earlier operator wrote; agents may repeat those that it had not acknowledged. */
  readonly #restored: readonly RecentLine[];

  constructor(status: DynamicLog['status'] | undefined) {
    this.#restored = status?.recent ?? [];
    this.#lines = [...this.#restored];
  }

  add(result: Result, { podName }: ResultSource): void {
    if (result.kind !== 'DynamicLog') return;
    const { message } = result.log;
    const line: RecentLine = {
      time: new Date(result.time).toISOString(),
      podName,
      message: cutText(message, MAX_MESSAGE),
    };
    const isRepeated = this.#restored.some(
      ({ time, podName: pod, message: text }) => time === line.time && pod === line.podName && text === line.message,
    );
    if (isRepeated) return;
    this.#lines = [...this.#lines, line].sort((a, b) => Date.parse(a.time) - Date.parse(b.time)).slice(-MAX_RECENT);
  }

  toStatus(): Pick<DynamicLogStatus, 'recent'> {
    return this.#lines.length === 0 ? {} : { recent: this.#lines };
  }
}
