import type { BreakLocation, Site } from '../../../channel/positions.ts';
import type { FunctionShape } from '../functions/function-shape.ts';
import type { LineTable } from '../line-table.ts';
import { isIn } from '../syntax/nodes.ts';
import type { ScriptAccess } from './script-access.ts';

/** A function in one script. */
export interface LocatedFunction {
  readonly scriptId: string;
  readonly shape: FunctionShape;
  readonly lines: LineTable;
  /** Where V8 can stop inside of it, by offsets. */
  readonly stops: readonly (BreakLocation & { readonly offset: number })[];
  /** Where it begins, if that is not its first stop. */
  readonly entry?: Site;
  /** It stands for an async function, whose promise is fulfilled with its result. */
  readonly isAwaited?: boolean;
  /** What the source's function was made into, if V8 does not show the end of that. */
  readonly hidesEnd?: 'a promise' | 'an iterator';
}

/** @returns the function, with the places inside of it where V8 can stop. */
export async function withStops(
  scriptId: string,
  shape: FunctionShape,
  lines: LineTable,
  access: ScriptAccess,
): Promise<LocatedFunction> {
  const { start, end } = shape.body;
  // An expression may begin with another function, and ends where it returns.
  const [from, to] = shape.isExpression ? [start - 1, shape.end + 1] : [start, end];
  const possible = await access.possible(scriptId, lines.position(from), lines.position(to));
  const stops = possible
    .map((location) => ({ ...location, offset: lines.offset(location) }))
    .filter(({ offset }) => offset <= shape.end && !shape.inner.some((range) => isIn(range, offset)));
  return { scriptId, shape, lines, stops };
}

/** The first place of the body. */
export function entrySites({ scriptId, stops, entry }: LocatedFunction): Site[] {
  if (entry !== undefined) return [entry];
  return stops.slice(0, 1).map((stop) => siteOf(scriptId, stop));
}

/** Where V8 stops with the function's result; before the `return` where a `finally` comes in between. */
export function exitSites({ scriptId, stops, shape }: LocatedFunction): Site[] {
  // For an async generator, V8 lists places of returns, and never stops there.
  if (shape.isAsync && shape.isGenerator) return [];
  const deferred = shape.returns.flatMap((one) => {
    const stop = one.isDeferred ? stops.find(({ offset }) => isIn(one, offset)) : undefined;
    return stop === undefined ? [] : [stop];
  });
  const shown = stops.filter(
    ({ type, offset }) => type === 'return' && !shape.returns.some((one) => one.isDeferred && one.end === offset),
  );
  return [...shown, ...deferred].map((stop) => siteOf(scriptId, stop));
}

export function siteOf(scriptId: string, { line, column, type }: BreakLocation): Site {
  return { scriptId, line, column, isReturn: type === 'return' };
}
