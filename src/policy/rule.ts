import type { Reason } from '../api/reasons.ts';
import type { FieldIssue } from '../expression/check-probe.ts';
import type { Judgment } from './judge.ts';
import type { PolicyView } from './policy-view.ts';

/** The facts by which it is decided whether a probe may be in any process. */
export interface ProbeFacts {
  /** Errors in its expressions, in any language of its processes. */
  readonly issues: readonly FieldIssue[];
  /** What its policies say of it; undefined where they were asked before. */
  readonly judgment?: Judgment;
  /** How it stands with the approvals that its policies ask for. */
  readonly approval?: ApprovalFacts;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly expireTime: number;
  /** Hits over all processes, and the limit on them. */
  readonly hits: number;
  readonly hitLimit: number;
  /** Why every probe is to be out of every process; undefined unless that was ordered. */
  readonly disarmed?: string;
}

/** Of a probe that needs approvals. */
export interface ApprovalFacts {
  /** Policies without whose approval it still waits. */
  readonly missing: readonly PolicyView[];
  /** When it is over unless it is approved, milliseconds since 1970. */
  readonly deadline: number;
}

/** `stalled`: only a change of the object helps. Where it is false, `message` is the beginning of a sentence, which the status completes. */
export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
  readonly stalled: boolean;
}

/** One rule, pure: why the probe may be in no process; undefined where the rule has nothing against it. */
export type Rule = (facts: ProbeFacts) => Refusal | undefined;
