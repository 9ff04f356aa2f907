import type { Evaluated } from '../../channel/raw-values.ts';
import type { Deadline } from '../budget/thread-clock.ts';
import type { Pause } from '../debugger/pause.ts';
import type { Guard } from '../guard/guard.ts';
import { hasOwn, mapped } from '../guard/intrinsics.ts';
import type { Expression } from '../placement/hook-hit.ts';
import { evaluateOne } from './evaluate-expression.ts';
import type { ValueLimits } from './kinds/kind.ts';

/** Milliseconds of a pause that are kept for each expression that is still to come; a warmed-up one takes half of that. */
export const MILLISECONDS_PER_VALUE = 0.7;

/** Fourth step of a hit: evaluates placeholders or watches. @throws NeedsPause when one cannot be evaluated without a pause. */
export function valuesOf(
  values: readonly Expression[],
  guard: Guard,
  bounds: ValueLimits,
  deadline: Deadline,
): Evaluated[] {
  const limits = { ...bounds, deadline };
  return mapped(values, (value) => evaluateOne(value, guard, limits));
}

/** The same in a pause, where an expression that takes too long leaves enough time for those after it. */
export function valuesIn(pause: Pause, values: readonly Expression[], guard: Guard, bounds: ValueLimits): Evaluated[] {
  return mapped(values, (value, index) =>
    pause.leaving((values.length - index - 1) * MILLISECONDS_PER_VALUE, () =>
      evaluateOne(value, guard, { ...bounds, deadline: pause.until }),
    ),
  );
}

/** Whether any of the expressions gave a value. */
export function hasValue(evaluated: readonly Evaluated[]): boolean {
  for (let index = 0; index < evaluated.length; index++) {
    const one = evaluated[index];
    if (one !== undefined && hasOwn(one, 'value')) return true;
  }
  return false;
}
