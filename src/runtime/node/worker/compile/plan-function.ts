import { ExpressionError } from '../../../../expression/expression-error.ts';
import { compileExpression } from '../../../../language/javascript/compile-expression.ts';
import type { WireProbe } from '../../../../protocol/wire-probe.ts';
import type { ActivationPlan, FunctionBody, FunctionPlan, ReturnedAt } from '../../channel/function-plan.ts';
import type { PositionRange, Site } from '../../channel/positions.ts';
import type { LineTable } from '../sources/line-table.ts';
import { entrySites, exitSites, type LocatedFunction } from '../sources/locate/located-function.ts';
import type { Range } from '../sources/syntax/nodes.ts';
import type { CompiledProbe } from './compile-probe.ts';

type Uses = Pick<CompiledProbe, 'usesReturn' | 'usesError' | 'usesElapsed'>;

/**
 * What a probe has to do with the functions around its sites; undefined where that is nothing. A probe that speaks of
 * `$return` and not of `$error` asks for results, so exceptions are not watched for it.
 * @param functions which the sites are in, one for each script.
 */
export function functionPlan(
  { location: { at, function: name } }: WireProbe,
  { usesReturn, usesError, usesElapsed }: Uses,
  sites: readonly Site[],
  functions: readonly LocatedFunction[],
): FunctionPlan | undefined {
  const [first] = functions;
  if (first === undefined) return undefined;
  const isExit = name !== undefined && at === 'Exit';
  const watches = isExit && (usesError || !usesReturn);
  if (!isExit && !usesElapsed) return undefined;
  return {
    returned: isExit ? sites.map((site) => returnedAt(site, functions)) : [],
    readsResult: isExit && usesReturn,
    isAsync: first.shape.isAsync,
    isConstructor: first.shape.isConstructor,
    isAwaited: first.isAwaited,
    neverReturns: isExit && functions.every((one) => exitSites(one).length === 0),
    isEntry: name !== undefined && !isExit,
    thrown: watches ? functions.map(bodyOf) : [],
    activations: usesElapsed && (isExit || name === undefined) ? activations(functions, isExit) : undefined,
  };
}

function activations(functions: readonly LocatedFunction[], isExit: boolean): ActivationPlan {
  const [{ isAsync = false, isGenerator = false, keys = [] } = {}] = functions.map(({ shape }) => shape);
  return {
    entries: functions.flatMap(entrySites),
    ends: isExit ? [] : functions.flatMap(exitSites),
    throwsAtOnce: functions.some(({ shape, stops }) => shape.throws.includes(stops[0]?.offset ?? -1)),
    keys: `[${keys.join()}]`,
    isSync: !isAsync && !isGenerator,
    endsAtSites: isExit,
  };
}

function returnedAt(site: Site, functions: readonly LocatedFunction[]): ReturnedAt {
  for (const { scriptId, shape, lines, stops } of functions) {
    if (scriptId !== site.scriptId) continue;
    const offset = lines.offset(site);
    const isEnd = stops.some((stop) => stop.offset === offset && stop.type === 'return');
    const one = shape.returns.find((candidate) =>
      isEnd ? candidate.end === offset && !candidate.isDeferred : offset >= candidate.start && offset < candidate.end,
    );
    return { source: sourceOf(one?.value), inPause: isEnd };
  }
  return { inPause: true };
}

/** Compiles an expression of generated code, whose names need no renaming; undefined where it is refused. */
function sourceOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return compileExpression(value).source;
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

function bodyOf({ scriptId, shape, lines }: LocatedFunction): FunctionBody {
  const range = (one: Range) => positions(one, lines);
  return {
    scriptId,
    ...range(shape),
    isAsync: shape.isAsync,
    inner: shape.inner.map(range),
    held: shape.held.map(range),
  };
}

function positions({ start, end }: Range, lines: LineTable): PositionRange {
  return { start: lines.position(start), end: lines.position(end) };
}
