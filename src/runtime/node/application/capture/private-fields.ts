import type { CapturedField } from '../../../../protocol/value.ts';
import type { Guard } from '../guard/guard.ts';
import { isArray } from '../guard/intrinsics.ts';
import type { Expression } from '../placement/hook-hit.ts';
import { type CaptureLimits, captureVariables } from './capture.ts';

/**
 * Reads the private fields of `this`, each by its name in the source. Never throws.
 * @param reader gives their values in the order of the names, and the guard itself in the place of one that `this` does not have.
 */
export function capturePrivates(
  reader: Expression,
  guard: Guard,
  names: readonly string[],
  limits: CaptureLimits,
): CapturedField[] {
  try {
    const values = reader(guard);
    if (!isArray(values)) return [];
    const fields: Record<string, unknown> = Object.create(null);
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      if (name !== undefined && values[index] !== guard) fields[name] = values[index];
    }
    return captureVariables(fields, limits);
  } catch {
    // `this` is no object, or is not initialized yet.
    return [];
  }
}
