import type { CutTexts } from '../../../../redaction/cut-secrets.ts';
import type { Counters, DropReason } from '../../channel/counters.ts';
import type { Notice } from '../../channel/notices.ts';
import { slice, startsWith } from '../guard/intrinsics.ts';
import { describeFailure, reasonOf } from './evaluate-expression.ts';

const EMPTY = 'a capture had no time for any variable, so it does not count; the next hit is captured instead';

/** Counts the hits of one probe that become no result, and says why where people can do something about it. */
export class Drops {
  readonly #uid: string;
  readonly #counters: Counters;
  readonly #notify: (notice: Notice) => void;
  /** What was said last: a loop says the same a million times. */
  #remark = '';

  constructor(uid: string, counters: Counters, notify: (notice: Notice) => void) {
    this.#uid = uid;
    this.#counters = counters;
    this.#notify = notify;
  }

  count(reason: DropReason): void {
    this.#counters.drop(reason);
  }

  /** What holds nothing is no capture. It counts for no limit, and the next hit is looked at instead. */
  countEmpty(): void {
    this.count('CaptureFailed');
    this.#say('CaptureFailed', EMPTY);
  }

  /** The condition could not be evaluated. @param cuts texts that it has cut pieces out of, of which its error may speak. */
  countFailure(error: unknown, cuts: CutTexts | undefined): void {
    const reason = reasonOf(error);
    this.count(reason);
    const text = describeFailure(error);
    this.#say(
      reason,
      `the condition: ${startsWith(text, `${reason}: `) ? slice(text, reason.length + 2) : text}`,
      cuts,
    );
  }

  #say(reason: DropReason, message: string, cuts?: CutTexts): void {
    if (this.#remark === message) return;
    this.#remark = message;
    this.#notify({ type: 'remark', uid: this.#uid, reason, message, cuts });
  }
}
