import { cutText } from '../../../api/cut-text.ts';
import type { DynamicLog, DynamicLogStatus } from '../../../api/dynamiclog.ts';
import { MAX_RECENT } from '../../../api/status.ts';
import type { Result } from '../../../protocol/result.ts';
import type { Findings, IsInForce, ResultSource } from './findings.ts';

type RecentLine = NonNullable<DynamicLogStatus['recent']>[number];

/** A line, and the rules of redaction under which it was made. */
interface Kept {
  readonly line: RecentLine;
  readonly redactionHash: string | undefined;
}

const MAX_MESSAGE = 1024;

/** The last lines of a DynamicLog, newest last. */
export class RecentLines implements Findings {
  #kept: Kept[];
  /** Lines that an earlier operator wrote; agents may repeat those that it had not acknowledged. */
  readonly #restored: readonly RecentLine[];

  constructor(status: DynamicLog['status'] | undefined) {
    this.#restored = status?.recent ?? [];
    this.#kept = this.#restored.map((line) => ({ line, redactionHash: status?.redactionHash }));
  }

  add(result: Result, { podName }: ResultSource): void {
    if (result.kind !== 'DynamicLog') return;
    const { redactionHash } = result;
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
    this.#kept = [...this.#kept, { line, redactionHash }]
      .sort((a, b) => Date.parse(a.line.time) - Date.parse(b.line.time))
      .slice(-MAX_RECENT);
  }

  keepOnly(isInForce: IsInForce): void {
    this.#kept = this.#kept.filter(({ line, redactionHash }) => isInForce(line.podName, redactionHash));
  }

  toStatus(): Pick<DynamicLogStatus, 'recent'> {
    return this.#kept.length === 0 ? {} : { recent: this.#kept.map(({ line }) => line) };
  }
}
