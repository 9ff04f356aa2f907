import type { Evaluated } from '../../channel/raw-values.ts';
import type { Deadline } from '../budget/thread-clock.ts';
import type { Pause } from '../debugger/pause.ts';
import type { Guard } from '../guard/guard.ts';
import { hasOwn, mapped } from '../guard/intrinsics.ts';
import type { Expression } from '../placement/hook-hit.ts';
import { evaluateOne } from './evaluate-expression.ts';
import type { ValueLimits } from './kinds/kind.ts';

/** Milliseconds of a pause that what comes first leaves to each expression after it; warm, one takes half of that. */
export const MILLISECONDS_PER_VALUE = 0.7;

/** Third of a hit: what the placeholders or watches give. @throws NeedsPause. */
export function valuesOf(
  values: readonly Expression[],
  guard: Guard,
  bounds: ValueLimits,
  deadline: Deadline,
): Evaluated[] {
  const limits = { ...bounds, deadline };
  return mapped(values, (value) => evaluateOne(value, guard, limits));
}

/** The same in a pause, where one which takes too long costs only itself. */
export function valuesIn(pause: Pause, values: readonly Expression[], guard: Guard, bounds: ValueLimits): Evaluated[] {
  return mapped(values, (value, index) =>
    pause.leaving((values.length - index - 1) * MILLISECONDS_PER_VALUE, () =>
      evaluateOne(value, guard, { ...bounds, deadline: pause.until }),
    ),
  );
}

/** Whether any of the expressions gave something. */
export function hasValue(evaluated: readonly Evaluated[]): boolean {
  for (let index = 0; index < evaluated.length; index++) {
    const one = evaluated[index];
    if (one !== undefined && hasOwn(one, 'value')) return true;
  }
  return false;
}
