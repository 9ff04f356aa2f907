import type { BreakLocation, Site } from '../../../channel/positions.ts';
import { shapeOf } from '../functions/function-shape.ts';
import type { FunctionSite } from '../functions/functions.ts';
import type { FunctionList } from '../functions/script-functions.ts';
import type { SourceMap } from '../maps/source-map.ts';
import type { Scripts } from '../scripts.ts';
import { isIn, readFunction } from '../syntax.ts';
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
    const list = await access.functions.get(script);
    const offset = list.lines.offset(site);
    // Those inside of others come after them.
    const around = list.sites.findLast((one) => !one.isBare && isIn(one, offset));
    const one = around && (await functionAt(scriptId, list, around, access));
    if (one !== undefined) functions.push(one);
  }
  return functions;
}

/** The tree of a function is read when it is needed. */
export async function functionAt(
  scriptId: string,
  { source, path, lines }: FunctionList,
  site: FunctionSite,
  access: ScriptAccess,
  map?: SourceMap,
): Promise<LocatedFunction | undefined> {
  const node = readFunction(source, path, site);
  if (node === undefined) return undefined;
  const shape = shapeOf(node, { ...site, isConstructor: site.kind === 'constructor' }, source);
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
  const inside = await withStops(scriptId, shapeOf(generator, INSIDE, source), lines, access);
  return { ...inside, entry: generator.params.length > 0 ? undefined : entry, isAwaited: true };
}

const INSIDE = { isConstructor: false, isDerived: false, endsWithOuter: false };

/** Behind what a compiler makes of parameters: `if (retry === void 0) { retry = 2; }`. */
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
