import type { CapturedValue } from '../../../../protocol/value.ts';
import { MARGIN } from '../../../../redaction/raw-value.ts';
import type { Evaluated, TraceContext } from '../../channel/raw-values.ts';
import { type CaptureLimits, captureValue } from '../capture/capture.ts';
import { PausedEvaluationTimeout, PausedSideEffect, ThrownByCall } from '../debugger/pause-errors.ts';
import {
  createGuard,
  type Guard,
  type GuardOptions,
  GuardRefusal,
  isMarker,
  NeedsPause,
  NotCalled,
} from '../guard/guard.ts';
import { defineGetter, slice, startsWith } from '../guard/intrinsics.ts';
import type { Expression } from '../placement/hook-hit.ts';

/** Steps of one hit, over all its expressions. */
const MAX_STEPS = 10_000;

/** The special variables of expressions (`$trace`, `$elapsed`, `$return`, `$error`), as far as a hit has them. */
export interface SpecialVariables {
  readonly trace?: () => TraceContext | undefined;
  readonly elapsed?: unknown;
  readonly returned?: unknown;
  readonly error?: unknown;
}

/** How far functions of the application may be called. */
export type CallPolicy = Pick<GuardOptions, 'proofs' | 'calls'>;

/** @returns a guard for one hit. @param means what a pause can do beyond reading, and the deadline. */
export function guardFor(
  offered: SpecialVariables,
  calling: CallPolicy,
  means: Pick<GuardOptions, 'checkedCall' | 'unbounded' | 'isLate'>,
): Guard {
  const { checkedCall, unbounded, isLate } = means;
  const { proofs, calls } = calling;
  const guard = createGuard({
    checkedCall: checkedCall && saying(checkedCall),
    unbounded,
    isLate,
    proofs,
    calls,
    maxSteps: MAX_STEPS,
  });
  const { trace } = offered;
  // The trace is looked up only when an expression reads `$trace`.
  if (trace !== undefined) defineGetter(guard, '$trace', () => textOf(trace()));
  guard.$elapsed = offered.elapsed;
  guard.$return = offered.returned;
  guard.$error = offered.error;
  return guard;
}

function textOf(trace: TraceContext | undefined): string | undefined {
  return trace === undefined ? undefined : `${trace.traceID}-${trace.spanID}`;
}

/** Adds the reason to a refused call: V8 only tells that there could be a side effect, the failed proof knows which. */
function saying(checkedCall: NonNullable<GuardOptions['checkedCall']>): NonNullable<GuardOptions['checkedCall']> {
  return (fn, self, args, why) => {
    try {
      return checkedCall(fn, self, args, why);
    } catch (error) {
      throw error instanceof PausedSideEffect ? new PausedSideEffect(why) : error;
    }
  };
}

/**
 * Evaluates one expression.
 * @returns its value, or the text of what it threw, which is shown in its place.
 * @throws NeedsPause when it cannot be evaluated without a pause.
 */
export function evaluateOne(expression: Expression, guard: Guard, limits: CaptureLimits): Evaluated {
  try {
    guard.cuts();
    return { value: captureValue(expression(guard), limits), cuts: guard.cuts() };
  } catch (error) {
    if (error instanceof NeedsPause) throw error;
    return { failure: describeFailure(error), cuts: guard.cuts() };
  }
}

/** A condition gave a value that must not be read, so the hit does not count; reported, or the probe would never report anything. */
export class HiddenCondition extends Error {}

/** Whether a condition is true. @throws HiddenCondition for a value that must not be read. */
export function isTrue(condition: Expression, guard: Guard): boolean {
  const value = condition(guard);
  if (isMarker(value)) throw new HiddenCondition(`it gives <${value.marker}>, which is no match`);
  return !!value;
}

/** @returns why a condition could not be evaluated. */
export function reasonOf(error: unknown): 'EvaluationTimeout' | 'SideEffectRefused' | 'EvaluationFailed' {
  return isRefusal(error) ? error.reason : 'EvaluationFailed';
}

function isRefusal(error: unknown): error is PausedEvaluationTimeout | PausedSideEffect | GuardRefusal {
  return error instanceof PausedEvaluationTimeout || error instanceof PausedSideEffect || error instanceof GuardRefusal;
}

/** @returns the text that is shown in the place of a value: Davylamp's reason, or what the application threw. */
export function describeFailure(error: unknown): string {
  if (error instanceof HiddenCondition) return error.message;
  if (error instanceof NotCalled) return `not called: ${error.message}`;
  if (isRefusal(error)) return `${error.reason}: ${error.message}`;
  return describeThrown(error instanceof ThrownByCall ? error.thrown : error);
}

/** @returns `TypeError: text`, read without running any code of the application. */
function describeThrown(error: unknown): string {
  const limits = {
    depth: 1,
    fields: 0,
    items: 0,
    stringLength: 255 + MARGIN,
    bytes: 2048,
  };
  const shown: CapturedValue = captureValue(error, limits);
  const text = shown.text ?? shown.type;
  const name = shown.className ?? (shown.type === 'error' ? 'Error' : undefined);
  if (name === undefined || startsWith(text, name)) return slice(text, 0, 255 + MARGIN);
  return slice(`${name}: ${text}`, 0, 255 + MARGIN);
}
