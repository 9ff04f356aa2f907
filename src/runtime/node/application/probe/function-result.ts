import type { FunctionPlan } from '../../channel/function-plan.ts';
import type { LeftVariable, SiteCode } from '../../channel/probe-plan.ts';
import type { Pause } from '../debugger/pause.ts';
import { GETTER, type Guard, isMarker, NeedsPause, PROXY, UNAVAILABLE } from '../guard/guard.ts';
import { isCallable, isObject } from '../guard/intrinsics.ts';
import { readProperty } from '../guard/read.ts';
import type { Expression } from '../placement/hook-hit.ts';
import type { Point } from './points.ts';

const NONE: readonly LeftVariable[] = [];

/**
 * @returns `$return` without a pause.
 * @throws NeedsPause where the result comes from a getter or Proxy: a pause shows it without running them.
 */
export function resultWithout({ function: around, returned }: Point, result: Expression, guard: Guard): unknown {
  const value = result(guard);
  if ((value === GETTER || value === PROXY) && returned?.inPause === true) throw new NeedsPause('result');
  return settled(around, value);
}

/** @returns `$return` as a pause shows it; undefined where the probe does not read it. */
export function resultIn(pause: Pause, { function: around, returned }: Point): unknown {
  if (returned === undefined) return undefined;
  if (!returned.inPause) return UNAVAILABLE;
  const { isAsync = false, isConstructor = false } = around ?? {};
  const value = pause.returned(isAsync);
  return value === undefined && isConstructor ? pause.self : settled(around, value);
}

/** @returns the result; unavailable where an async function returns a promise or thenable, which is not settled yet. */
export function settled(plan: FunctionPlan | undefined, value: unknown): unknown {
  if (plan?.isAwaited !== true || !isObject(value)) return value;
  try {
    const then = readProperty(value, 'then');
    return isCallable(then) || isMarker(then) ? UNAVAILABLE : value;
  } catch {
    return UNAVAILABLE;
  }
}

/** @returns variables whose scope V8 has left at the site. */
export function leftAt({ left = NONE }: SiteCode): readonly LeftVariable[] {
  return left;
}

/** Whether the function returns the value of that variable at the site. */
export function isResult(code: SiteCode, name: string): boolean {
  const left = leftAt(code);
  for (let index = 0; index < left.length; index++)
    if (left[index]?.name === name) return left[index]?.isResult === true;
  return false;
}
