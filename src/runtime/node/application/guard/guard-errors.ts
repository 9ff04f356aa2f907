import { LONGEST_TEXT } from '../../../../redaction/longest-text.ts';
import type { Callable } from './intrinsics.ts';

/**
 * The expression needs something that a breakpoint condition must not run: a function of the application (`call`), a builtin whose
 * time the arguments do not bound (`unbounded`: regular expressions), or the `result` of the function, which only a pause shows.
 * The hit pipeline asks for a pause and evaluates again.
 */
export class NeedsPause extends Error {
  readonly kind: keyof typeof WHY;
  readonly fn?: Callable;
  readonly self: unknown;
  readonly args: unknown[];

  constructor(kind: keyof typeof WHY, fn?: Callable, self?: unknown, args: unknown[] = []) {
    super(WHY[kind]);
    this.kind = kind;
    this.fn = fn;
    this.self = self;
    this.args = args;
  }
}

const WHY = {
  call: 'a function has to be called',
  unbounded: 'the time of a builtin is not bounded',
  result: 'only a pause shows the result of the function',
};

/** Refused even in a pause: a side effect that is certain, or more work than one hit may take. */
export class GuardRefusal extends Error {
  readonly reason: 'SideEffectRefused' | 'EvaluationTimeout';

  constructor(reason: 'SideEffectRefused' | 'EvaluationTimeout', message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A side effect is certain: text run as code, an array of the application sorted in its place. */
export class SideEffectRefused extends GuardRefusal {
  constructor(message: string) {
    super('SideEffectRefused', message);
  }
}

/** More steps, deeper calls, or longer strings than one evaluation may have. */
export class EvaluationTimeout extends GuardRefusal {
  constructor(message: string) {
    super('EvaluationTimeout', message);
  }
}

/** Refuses what would read characters of a string that V8 may have to copy as a whole for it, while nothing can stop it. */
export function refuseLongText(text: string): void {
  if (text.length > LONGEST_TEXT) throw new EvaluationTimeout(`the string has more than ${LONGEST_TEXT} characters`);
}

/**
 * A function is not called because its result could hold a secret: where it runs without the guard, values behind redacted names are
 * not hidden from it, and the result does not tell where it is from. Shown as `<not called: …>`, as nobody knows whether it does.
 */
export class NotCalled extends GuardRefusal {
  constructor(why: string) {
    super('SideEffectRefused', why);
  }
}
