import type { WireProbe } from '../../../../../protocol/wire-probe.ts';
import type { ArmingRefusal } from '../../../channel/arming-refusal.ts';
import type { BreakLocation, Site } from '../../../channel/positions.ts';
import type { LineRange } from '../maps/source-map.ts';
import { type FileMatch, originalOf, type Scripts } from '../scripts.ts';
import { isInExportGetter } from './export-getters.ts';
import { findFile } from './find-file.ts';
import { locateFunction } from './locate-function.ts';
import type { LocatedFunction } from './located-function.ts';
import { placeInFunction } from './place-in-function.ts';
import type { ScriptAccess } from './script-access.ts';

export type Located =
  | {
      readonly state: 'found';
      readonly sites: Site[];
      readonly location: string;
      /** How many scripts have the same file: bundles share sources, and some loaders load a file more than once. */
      readonly copies: number;
      /** What people should know of the place. */
      readonly note?: string;
      /** Of a function probe: the function, in each script that has it. */
      readonly functions?: readonly LocatedFunction[];
    }
  | ({ readonly state: 'waiting' | 'failed' } & ArmingRefusal);

/** The nearest line that can be executed is looked for within so many lines. */
const NEAREST_LINES = 50;
const MAX_SITES = 64;
const IN_FUNCTION = 'the line makes a function: values are those inside of it, whenever it runs';

/** Finds where in generated code a probe has to go. */
export async function locate(
  probe: WireProbe,
  scripts: Scripts,
  access: ScriptAccess,
  directory: string,
): Promise<Located> {
  const { file, line, function: name, at = 'Entry' } = probe.location;
  if (line !== undefined && file !== undefined) {
    const found = findFile(file, scripts, directory);
    if ('state' in found) return found;
    return withNote(await locateLine(found.matches, file, line - 1, scripts, access), found.note);
  }
  if (name === undefined) return failed('FileNotLoaded', 'the probe has neither a line nor a function');
  const found = file === undefined ? undefined : findFile(file, scripts, directory);
  if (found !== undefined && 'state' in found) return found;
  const located = await locateFunction(found?.matches, name, at, scripts, access);
  if ('state' in located) return located;
  const sites = foundAt(located.sites.slice(0, MAX_SITES), scripts);
  return withNote({ ...sites, functions: located.functions }, found?.note);
}

/** @param note how the file was found, where that is not plain. */
function withNote(located: Located, note: string | undefined): Located {
  if (located.state !== 'found' || note === undefined) return located;
  return { ...located, note: located.note === undefined ? note : `${note}; ${located.note}` };
}

async function locateLine(
  matches: readonly FileMatch[],
  file: string,
  line: number,
  scripts: Scripts,
  access: ScriptAccess,
): Promise<Located> {
  const places: PlaceOnLine[] = [];
  // Loaders that run a file again and again load it anew: its last copies count.
  for (const match of matches.slice(-MAX_SITES)) {
    const place = await placeOnLine(match, line, access);
    if (place !== undefined) places.push(place);
  }
  const found = foundAt(
    places.map(({ site }) => site),
    scripts,
  );
  const joined = places.find(({ joinedWith }) => joinedWith !== undefined)?.joinedWith;
  if (joined !== undefined) {
    const lines = `line ${joined + 1} with line ${line + 1}`;
    return { ...found, note: `the minifier joined ${lines} into one statement: values are those before both` };
  }
  const isInFunction = places.some((place) => place.isInFunction === true);
  if (isInFunction) return { ...found, note: IN_FUNCTION };
  if (places.length > 0) return found;
  const [match] = matches;
  const length = match?.map?.textOf(match.path)?.lines ?? Number.POSITIVE_INFINITY;
  if (match !== undefined && (match.map?.linesOf(match.path).at(-1) ?? 0) >= length) {
    const text = `the source map of ${scripts.pathOf(match.script)} was made from another version of ${file}, which has ${length} lines now`;
    return failed('SourceMapMissing', text);
  }
  const nearest = await nearestLine(matches, line, access);
  const hint =
    nearest === undefined
      ? line >= length
        ? `, which has ${length} lines`
        : ''
      : `; the nearest line with code is ${nearest + 1}`;
  return failed('LineNotExecutable', `no code starts on line ${line + 1} of ${file}${hint}`);
}

interface PlaceOnLine {
  readonly site: Site;
  /** An earlier line whose code a minifier has put into the same statement, so that it runs after the only place where V8 can stop. */
  readonly joinedWith?: number;
  /** Whether the site is inside of a function that begins on the line, and V8 can also stop outside of it. */
  readonly isInFunction?: boolean;
}

/** The first place on the line; inside of a function that begins there, if the code outside of it only makes it or has run once. */
async function placeOnLine(match: FileMatch, line: number, access: ScriptAccess): Promise<PlaceOnLine | undefined> {
  const content = match.map?.textOf(match.path)?.contentOf(line) ?? 'code';
  if (content === 'nothing') return undefined;
  const lineRanges = match.map?.lineRangesOf(match.path, line) ?? [{ line, start: 0, end: Number.POSITIVE_INFINITY }];
  // V8 can stop at the brace that ends a function. All other code that is mapped to a brace was added by a compiler.
  if (content === 'braces') return await firstStop(match, line, lineRanges, access, ({ type }) => type === 'return');
  const place = await firstStop(match, line, lineRanges, access);
  const site = await placeInFunction(match, line, lineRanges, place?.site, access);
  return site === undefined ? place : { site, isInFunction: place !== undefined };
}

/** The first place on the line where V8 can stop. */
async function firstStop(
  match: FileMatch,
  line: number,
  lineRanges: readonly LineRange[],
  access: ScriptAccess,
  isWanted: (stop: BreakLocation) => boolean = () => true,
): Promise<PlaceOnLine | undefined> {
  const { script, path, map } = match;
  const { scriptId } = script.info;
  const analysis = map === undefined ? undefined : (await access.naming.load(scriptId))?.analysis;
  let best: { site: Site; column: number; lineRange: number } | undefined;
  for (const [lineRange, { line: at, start, end }] of lineRanges.slice(0, MAX_SITES).entries()) {
    const possible = await access.possible(
      scriptId,
      { line: at, column: start },
      Number.isFinite(end) ? { line: at, column: end } : { line: at + 1, column: 0 },
    );
    for (const { line: generatedLine, column, type } of possible.filter(isWanted)) {
      if (generatedLine !== at) continue;
      const original = originalOf(match, { line: at, column });
      if (original?.path !== path || original.line !== line) continue;
      if (analysis !== undefined && isInExportGetter(analysis, match, { line: at, column })) continue;
      if (best === undefined || original.column < best.column) {
        const site = { scriptId, line: at, column, isReturn: type === 'return' };
        best = { site, column: original.column, lineRange };
      }
    }
  }
  if (best === undefined) return undefined;
  // `return n += e, n - o`: behind `return`, which is of this line, comes the line before, and then the rest of this one.
  const own = lineRanges[best.lineRange];
  const next = lineRanges[best.lineRange + 1];
  const between = own && map?.original({ line: own.line, column: own.end });
  const isJoined = own?.line === next?.line && between?.path === path && between.line < line;
  return { site: best.site, joinedWith: isJoined ? between.line : undefined };
}

async function nearestLine(
  matches: readonly FileMatch[],
  line: number,
  access: ScriptAccess,
): Promise<number | undefined> {
  const [match] = matches;
  if (match === undefined) return undefined;
  const lines = match.map?.linesOf(match.path);
  const last = lines?.at(-1) ?? match.script.info.endLine;
  const from = Math.min(line, last + 1);
  for (let distance = 1; distance <= NEAREST_LINES; distance++) {
    for (const candidate of [from + distance, from - distance]) {
      if (candidate < 0 || candidate > last || (lines !== undefined && !lines.includes(candidate))) continue;
      if ((await placeOnLine(match, candidate, access)) !== undefined) return candidate;
    }
  }
  return undefined;
}

function foundAt(sites: Site[], scripts: Scripts): Extract<Located, { state: 'found' }> {
  const [first] = sites;
  return {
    state: 'found',
    sites,
    location: first === undefined ? '' : scripts.show(first.scriptId, first),
    copies: new Set(sites.map(({ scriptId }) => scriptId)).size,
  };
}

function failed(reason: ArmingRefusal['reason'], message: string): Located {
  return { state: 'failed', reason, message };
}
