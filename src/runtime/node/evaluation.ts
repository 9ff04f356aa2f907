import type { CapturedValue } from '../../protocol/value.ts';
import { type CaptureLimits, captureValue, captureVariables } from './capture.ts';
import { createGuard, type Guard, type GuardOptions, GuardRefusal, NeedsPause } from './guard.ts';
import type { Evaluated, TraceContext } from './messages.ts';
import { EvaluationTimeout, SideEffectRefused } from './pauser.ts';

/** A compiled expression in the scope of the line. */
export type Expression = (guard: Guard) => unknown;

export type CheckedCall = NonNullable<GuardOptions['checkedCall']>;

/** Operations of one hit, over all its expressions. */
const MAX_STEPS = 10_000;

/** What is offered to every expression under a name with `$`. */
export interface Offered {
  readonly trace?: TraceContext;
  readonly returned?: unknown;
}

/** @param checkedCall runs functions of the application; without it they need a pause. */
export function guardFor(offered: Offered, checkedCall?: CheckedCall): Guard {
  const guard = createGuard({ checkedCall, unbounded: checkedCall !== undefined, maxSteps: MAX_STEPS });
  const { trace } = offered;
  return Object.assign(guard, {
    $trace: trace === undefined ? undefined : `${trace.traceID}-${trace.spanID}`,
    $elapsed: undefined,
    $return: offered.returned,
    $error: undefined,
  });
}

/**
 * Evaluates each expression by itself: one that throws leaves the others alone.
 * @throws NeedsPause when one cannot be evaluated without a pause.
 */
export function evaluateAll(expressions: readonly Expression[], guard: Guard, limits: CaptureLimits): Evaluated[] {
  const values: Evaluated[] = [];
  for (let index = 0; index < expressions.length; index++) {
    const expression = expressions[index];
    if (expression === undefined) continue;
    try {
      values[index] = { value: captureValue(expression(guard), limits) };
    } catch (error) {
      if (error instanceof NeedsPause) throw error;
      values[index] = { failure: describeFailure(error) };
    }
  }
  return values;
}

/** @returns why a condition could not be evaluated. */
export function reasonOf(error: unknown): 'EvaluationTimeout' | 'SideEffectRefused' | 'EvaluationFailed' {
  if (error instanceof EvaluationTimeout) return 'EvaluationTimeout';
  if (error instanceof SideEffectRefused) return 'SideEffectRefused';
  return error instanceof GuardRefusal ? error.reason : 'EvaluationFailed';
}

/** @returns what is shown in the place of a value: the reason of ours, or what the application threw. */
export function describeFailure(error: unknown): string {
  if (error instanceof SideEffectRefused) return `SideEffectRefused: ${error.message}`;
  if (error instanceof EvaluationTimeout) return `EvaluationTimeout: ${error.message}`;
  if (error instanceof GuardRefusal) return `${error.reason}: ${error.message}`;
  return describeThrown(error);
}

/** @returns `TypeError: text`, read without running any code of the application. */
function describeThrown(error: unknown): string {
  const limits = { depth: 1, fields: 0, items: 0, stringLength: 255, bytes: 2048, deadline: Number.POSITIVE_INFINITY };
  const shown: CapturedValue = captureValue(error, limits);
  const text = shown.text ?? shown.type;
  const name = shown.className ?? (shown.type === 'error' ? 'Error' : undefined);
  if (name === undefined || text.startsWith(name)) return text.slice(0, 255);
  return `${name}: ${text}`.slice(0, 255);
}

/** Has the code of hits compiled before the first one, which would otherwise take milliseconds inside the application. */
export function warmUp(): void {
  const sample = { id: 1, name: 'a', items: [{ price: 1 }], when: new Date(0), tags: new Map([['a', new Set([1])]]) };
  const limits = {
    depth: 3,
    fields: 20,
    items: 20,
    stringLength: 255,
    bytes: 4096,
    deadline: Number.POSITIVE_INFINITY,
  };
  const guard = guardFor({});
  const expressions: Expression[] = [
    ($) => $.get($.get($.get(sample, 'items'), 0), 'price'),
    ($) => $.binary('+', $.get(sample, 'name'), $.call($.get(sample, 'name'), 'toUpperCase', [])),
    () => sample,
    () => new Error('sample'),
  ];
  evaluateAll(expressions, guard, limits);
  captureVariables(sample, limits);
}
