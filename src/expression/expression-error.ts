import type { Reason } from '../api/reasons.ts';

export type ExpressionReason = Extract<Reason, 'ExpressionInvalid' | 'SideEffectRefused'>;

/** An expression or a template that is refused. `offset` counts characters from 0 in the text that was given. */
export class ExpressionError extends Error {
  readonly reason: ExpressionReason;
  readonly offset: number;

  constructor(reason: ExpressionReason, message: string, offset: number) {
    super(message);
    this.name = 'ExpressionError';
    this.reason = reason;
    this.offset = offset;
  }
}
