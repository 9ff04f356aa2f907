import type { BreakLocation, Site } from '../../../channel/positions.ts';
import type { ScriptAnalysis } from '../analysis/analyze-script.ts';
import { functionTree } from '../analysis/function-tree.ts';
import { shapeOf } from '../functions/function-shape.ts';
import type { FunctionSite } from '../functions/function-site.ts';
import type { SourceMap } from '../maps/source-map.ts';
import type { Scripts } from '../scripts.ts';
import { isIn } from '../syntax/nodes.ts';
import { generatorGivenBy, type WrittenFunction, writtenAt } from './compiled-functions.ts';
import { type LocatedFunction, siteOf, withStops } from './located-function.ts';
import type { ScriptAccess } from './script-access.ts';

/** @returns the functions that the sites are in, one for each script; none for code outside of functions. */
export async function functionsAroundSites(
  sites: readonly Site[],
  scripts: Scripts,
  access: ScriptAccess,
): Promise<LocatedFunction[]> {
  const functions: LocatedFunction[] = [];
  for (const site of sites) {
    const { scriptId } = site;
    const script = scripts.get(scriptId);
    if (script === undefined || functions.some((one) => one.scriptId === scriptId)) continue;
    const { analysis } = await access.texts.get(scriptId);
    const offset = analysis?.lines.offset(site) ?? 0;
    // Inner functions come after outer ones, so the last one is the innermost.
    const around = analysis?.functions.findLast((one) => !one.isBare && isIn(one, offset));
    const one = analysis && around && (await functionAt(scriptId, analysis, around, access));
    if (one !== undefined) functions.push(one);
  }
  return functions;
}

/** Reads a function again for its shape, and asks where V8 can stop inside of it. */
export async function functionAt(
  scriptId: string,
  analysis: ScriptAnalysis,
  site: FunctionSite,
  access: ScriptAccess,
  map?: SourceMap,
): Promise<LocatedFunction | undefined> {
  const { lines } = analysis;
  const node = functionTree(analysis, site);
  if (node === undefined) return undefined;
  const { isDerived, endsWithOuter } = site;
  const shape = shapeOf(node, { isConstructor: site.kind === 'constructor', isDerived, endsWithOuter }, analysis);
  const located = await withStops(scriptId, shape, lines, access);
  if (map === undefined) return located;
  const written = writtenAt(lines.position(node.start), map);
  const entry = entryOf(located, written, map);
  const isLowered = written?.isAsync === true && !node.async;
  const generator = isLowered || written === undefined ? generatorGivenBy(node) : undefined;
  if (generator === undefined || written?.isGenerator === true) {
    const isIterator = written?.isGenerator === true && (!node.generator || isLowered);
    return { ...located, entry, hidesEnd: isIterator ? 'an iterator' : isLowered ? 'a promise' : undefined };
  }
  const inside = await withStops(scriptId, shapeOf(generator, INSIDE, analysis), lines, access);
  return { ...inside, entry: generator.params.length > 0 ? undefined : entry, isAwaited: true };
}

const INSIDE = { isConstructor: false, isDerived: false, endsWithOuter: false };

/** The first stop behind the code that a compiler made of parameters: `if (retry === void 0) { retry = 2; }`. */
function entryOf(
  { scriptId, stops }: LocatedFunction,
  written: WrittenFunction | undefined,
  map: SourceMap,
): Site | undefined {
  const isInside = (stop: BreakLocation) => {
    const original = map.original(stop);
    if (written === undefined || original?.path !== written.path) return false;
    const { line, column } = written.body;
    return original.line > line || (original.line === line && original.column >= column);
  };
  const stop = stops.find(isInside) ?? stops[0];
  return stop && siteOf(scriptId, stop);
}
