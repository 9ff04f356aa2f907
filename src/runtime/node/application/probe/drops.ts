import type { CutTexts } from '../../../../redaction/cut-secrets.ts';
import type { Counters, DropReason } from '../../channel/counters.ts';
import type { Notice } from '../../channel/notices.ts';
import { slice, startsWith } from '../guard/intrinsics.ts';
import { describeFailure, reasonOf } from './evaluate-expression.ts';

const EMPTY = 'a capture had no time for any variable, so it does not count; the next hit is captured instead';

/** Counts the hits of one probe that become no result, and tells why where people can do something about it. */
export class Drops {
  readonly #uid: string;
  readonly #counters: Counters;
  readonly #notify: (notice: Notice) => void;
  /** The last remark, which is not sent again: in a loop the same would be sent a million times. */
  #remark = '';

  constructor(uid: string, counters: Counters, notify: (notice: Notice) => void) {
    this.#uid = uid;
    this.#counters = counters;
    this.#notify = notify;
  }

  count(reason: DropReason): void {
    this.#counters.drop(reason);
  }

  /** Counts a capture without any value. It counts for no limit, so that the next hit is captured instead. */
  countEmpty(): void {
    this.count('CaptureFailed');
    this.#say('CaptureFailed', EMPTY);
  }

  /** Counts a condition that could not be evaluated. @param cuts texts that it has cut, pieces of which may be in its error. */
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
