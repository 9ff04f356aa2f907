import type { Position, Site } from '../../../channel/positions.ts';
import type { ScriptAnalysis } from '../analysis/analyze-script.ts';
import { functionTree } from '../analysis/function-tree.ts';
import { scopesAt } from '../analysis/scope-lookup.ts';
import type { Scope } from '../analysis/scopes.ts';
import { shapeOf } from '../functions/function-shape.ts';
import type { LineRange } from '../maps/source-map.ts';
import { type FileMatch, originalOf } from '../scripts.ts';
import { isIn, type Range } from '../syntax/nodes.ts';
import { isExportGetter } from './export-getters.ts';
import { siteOf, withStops } from './located-function.ts';
import type { ScriptAccess } from './script-access.ts';

/** Functions of one line that are looked into. */
const MOST_FUNCTIONS = 5;
/** Only the places inside are asked for, which are the same for every kind. */
const ANY_KIND = { isConstructor: false, isDerived: false, endsWithOuter: false };

/**
 * Finds the first place of the line inside a function that begins there, for lines of which the code outside of it shows nothing: it only
 * makes the function, or ran once, as the file was loaded. V8 (13.6 and later, CommonJS) may have let go of the latter, and then knows no
 * place on the line, not even those in the function.
 * @param outside where V8 would stop. @returns undefined where that place is the right one, or there is no other.
 */
export async function placeInFunction(
  match: FileMatch,
  line: number,
  lineRanges: readonly LineRange[],
  outside: Position | undefined,
  access: ScriptAccess,
): Promise<Site | undefined> {
  const { script, path } = match;
  const { scriptId } = script.info;
  const analysis = (await access.naming.load(scriptId))?.analysis;
  if (analysis === undefined) return undefined;
  const { lines } = analysis;
  const isOnLine = (position: Position) => {
    const original = originalOf(match, position);
    return original?.path === path && original.line === line;
  };
  let first: Site | undefined;
  const made = functionsMade(analysis, lineRanges, outside).filter((range) => !isExportGetter(analysis, match, range));
  for (const range of made.slice(0, MOST_FUNCTIONS)) {
    const node = functionTree(analysis, range);
    if (node === undefined) continue;
    const { stops } = await withStops(scriptId, shapeOf(node, ANY_KIND, analysis), lines, access);
    const stop = stops.find(isOnLine);
    if (stop !== undefined) return siteOf(scriptId, stop);
    const [begin] = stops;
    if (begin !== undefined && isPassedAtTopLevel(analysis, range, outside)) first ??= siteOf(scriptId, begin);
  }
  return first;
}

/** `app.get('/', (request) => {` ran as the file was loaded; people mean the function that follows on the next lines. */
function isPassedAtTopLevel(
  { root, lines, source }: ScriptAnalysis,
  { start }: Range,
  outside: Position | undefined,
): boolean {
  if (outside !== undefined && scopesAt(root, lines.offset(outside))[0] !== root) return false;
  const isTopLevel = scopesAt(root, start - 1)[0] === root;
  return isTopLevel && /[(,=]\s*$/.test(source.slice(Math.max(0, start - 40), start));
}

/** The functions that the probe may go into, in the order of the source. */
function functionsMade(
  { root, lines }: ScriptAnalysis,
  lineRanges: readonly LineRange[],
  outside: Position | undefined,
): readonly Range[] {
  const ranges = lineRanges.map(({ line, start, end }) => ({
    start: lines.offset({ line, column: start }),
    end: lines.offset(Number.isFinite(end) ? { line, column: end } : { line: line + 1, column: 0 }),
  }));
  const begun = functionsIn(root, ranges);
  if (outside === undefined) return begun;
  const place = lines.offset(outside);
  const made = begun.filter(({ start }) => start === place);
  if (made.length > 0) return made;
  // At the top level, the line has run once, but for loops, which have a scope of their own as soon as they have a variable.
  return scopesAt(root, place)[0] === root ? begun : [];
}

/** The outermost functions that begin in the ranges. */
function functionsIn(scope: Scope, ranges: readonly Range[]): Scope[] {
  const touched = scope.children.filter(({ start, end }) => ranges.some((one) => start < one.end && end > one.start));
  return touched.flatMap((child) =>
    child.kind === 'function' && ranges.some((range) => isIn(range, child.start))
      ? [child]
      : functionsIn(child, ranges),
  );
}
