import type { BreakLocation, Site } from '../../../channel/positions.ts';
import type { Refusal } from '../../../channel/refusal.ts';
import {
  fullName,
  hasName,
  type NamedFunction,
  narrow,
  parseFunctionName,
  type WantedFunction,
} from '../functions/function-name.ts';
import { type FunctionShape, shapeOf } from '../functions/function-shape.ts';
import type { FunctionSite } from '../functions/functions.ts';
import type { Identifier } from '../functions/given-names.ts';
import type { FunctionList } from '../functions/script-functions.ts';
import type { LineTable } from '../line-table.ts';
import type { SourceMap } from '../maps/source-map.ts';
import type { FileMatch, Script, Scripts } from '../scripts.ts';
import { isIn, readFunction } from '../syntax.ts';
import { generatorGivenBy, type WrittenFunction, writtenAt } from './compiled-functions.ts';
import type { ScriptAccess } from './locate-line.ts';

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

export type LocatedFunctions =
  | { readonly functions: readonly LocatedFunction[]; readonly sites: Site[] }
  | ({ readonly state: 'waiting' | 'failed' } & Refusal);

interface Candidate extends NamedFunction {
  readonly script: Script;
  readonly list: FunctionList;
  readonly site: FunctionSite;
  /** Position in the source, for people. */
  readonly shown: string;
}

const MAX_LISTED = 10;
/** Characters of a script that is read for similar names alone. */
const MAX_HINTED = 50_000;
/** Similar names that are kept for a hint. */
const MAX_SIMILAR = 100;

/** Finds the one function of that name, in each script that has it, and where a probe goes in. */
export async function locateFunction(
  matches: readonly FileMatch[] | undefined,
  name: string,
  at: 'Entry' | 'Exit',
  scripts: Scripts,
  access: ScriptAccess,
): Promise<LocatedFunctions> {
  const wanted = parseFunctionName(name);
  const search = matches === undefined ? access.functions.search(name) : undefined;
  const places =
    matches ??
    scripts
      .all()
      .filter(({ path, info }) => !path.includes('node_modules/') && !search?.scriptIds.has(info.scriptId))
      .map((script) => ({ script, path: undefined, map: script.map }));
  const found: Candidate[] = [];
  const similar = search?.similar ?? new Set();
  for (const { script, path, map } of places) {
    const { scriptId } = script.info;
    const list = await access.functions.get(script);
    const before = found.length;
    // Only a map can give a function a name that its code does not have; short scripts are read for similar names as well.
    const isPossible =
      map !== undefined ||
      matches !== undefined ||
      wanted.name === 'default' ||
      list.source.length < MAX_HINTED ||
      list.source.includes(wanted.name);
    for (const site of isPossible ? list.sites : []) {
      const { names } = site;
      if (names.length === 0) continue;
      const start = list.lines.position(names[0]?.path.at(-1)?.offset ?? site.start);
      if (path !== undefined && map !== undefined && map.original(start)?.path !== path) continue;
      const named = originalNames(site, names, list.lines, map);
      if (hasName(wanted, named)) {
        found.push({ ...named, script, list, site, shown: scripts.show(scriptId, start) });
      } else if (similar.size < MAX_SIMILAR) {
        const other = fullName(named);
        if (isSimilar(other, wanted)) similar.add(other);
      }
    }
    if (found.length === before) search?.scriptIds.add(scriptId);
  }
  const candidates = narrow(wanted, found);
  if (candidates.length === 0) return notFound(name, wanted, similar, matches === undefined);
  if (new Set(candidates.map(({ shown }) => shown)).size > 1) return ambiguous(name, candidates);
  const functions: LocatedFunction[] = [];
  for (const candidate of candidates) {
    if (candidate.site.isBare) return bareConstructor(candidate);
    const { script, list, site } = candidate;
    const one = await functionAt(script.info.scriptId, list, site, access, script.map);
    if (one !== undefined) functions.push(one);
  }
  const hidden = at === 'Exit' ? functions.find(({ hidesEnd }) => hidesEnd !== undefined)?.hidesEnd : undefined;
  if (hidden !== undefined) {
    return failed(
      'LineNotExecutable',
      `${name} was compiled to a function that gives ${hidden} at once, so V8 does not show its end; use at: Entry, or a line`,
    );
  }
  const ends = at === 'Exit' ? functions.flatMap(exitSites) : [];
  const onlyThrows = functions.some(({ shape }) => shape.throws.length > 0 && !(shape.isAsync && shape.isGenerator));
  const sites = at === 'Entry' || (ends.length === 0 && onlyThrows) ? functions.flatMap(entrySites) : ends;
  if (sites.length > 0) return { functions, sites };
  const { isAsync, isGenerator } = functions[0]?.shape ?? {};
  return failed(
    'LineNotExecutable',
    isAsync && isGenerator && at === 'Exit'
      ? `V8 shows no end of an async generator such as ${name}; use at: Entry, or a line`
      : `${name} has no code where a probe could go`,
  );
}

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
async function functionAt(
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
  // V8 lists some, and never stops there.
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

function originalNames(
  { kind, isStatic, isPrivate }: FunctionSite,
  names: FunctionSite['names'],
  lines: LineTable,
  map: SourceMap | undefined,
): NamedFunction {
  const name = ({ text, offset }: Identifier) => map?.original(lines.position(offset))?.name?.replace(/^#/, '') ?? text;
  const paths = names.map(({ path, isWrapped }) => ({ path: path.map(name), isWrapped }));
  return { paths, kind, isStatic, isPrivate };
}

function notFound(
  name: string,
  wanted: WantedFunction,
  similar: ReadonlySet<string>,
  isEverywhere: boolean,
): LocatedFunctions {
  const hint = similar.size > 0 ? `; similar: ${nearest(similar, wanted).join(', ')}` : '';
  const packages = isEverywhere ? '; one of node_modules needs location.file as well' : '';
  const message = `no loaded function is called ${name}${hint}${packages}`;
  return { state: 'waiting', reason: 'FunctionNotFound', message };
}

function ambiguous(name: string, candidates: readonly Candidate[]): LocatedFunctions {
  const shown = new Map(candidates.map((one) => [one.shown, `${fullName(one)} at ${one.shown}`]));
  const listed = [...shown.values()].sort().slice(0, MAX_LISTED).join(', ');
  const more = shown.size > MAX_LISTED ? ` and ${shown.size - MAX_LISTED} more` : '';
  return failed('AmbiguousFunction', `${name} could be ${listed}${more}; ${wayOut(candidates)}`);
}

function wayOut(candidates: readonly Candidate[]): string {
  const names = new Set(candidates.map(fullName));
  const positions = new Set(candidates.map(({ shown }) => shown));
  const isOfBothKinds =
    candidates.some(({ isStatic }) => isStatic === true) && candidates.some(({ isStatic }) => isStatic === false);
  if (names.size === positions.size && isOfBothKinds && names.size === 2) {
    const instance = candidates.find(({ isStatic }) => isStatic === false);
    const name = instance === undefined ? '' : fullName(instance).replace(/\.(?=[^.]+$)/, '#');
    return `write ${name} for that of instances, or static before the name for the other`;
  }
  if (names.size === positions.size) return 'write the one that you mean as it is listed';
  const files = new Set([...positions].map((position) => position.replace(/:\d+:\d+$/, '')));
  return files.size === positions.size ? 'add location.file' : 'use location.file and location.line instead';
}

function bareConstructor({ paths }: Candidate): LocatedFunctions {
  const name = paths[0]?.path.join('.') ?? 'the class';
  return failed('LineNotExecutable', `${name} has no constructor in its code, so there is none to stop in; use a line`);
}

/** @returns those whose class or object is the wanted one first. */
function nearest(names: ReadonlySet<string>, { owners }: WantedFunction): string[] {
  const owner = owners.at(-1)?.toLowerCase();
  const isSameOwner = (name: string) => owner !== undefined && partsOf(name).includes(owner);
  return [...names].sort((a, b) => Number(isSameOwner(b)) - Number(isSameOwner(a))).slice(0, 5);
}

function isSimilar(one: string, { name }: WantedFunction): boolean {
  const last = name.toLowerCase();
  const own = partsOf(one).at(-1) ?? '';
  if (last.length < 2 || own.length < 2) return own.includes(last) && last.length >= 2;
  return own.includes(last) || last.includes(own) || isTypo(own, last);
}

/** Whether one letter in four at most is another one, missing, too much, or in the other order. */
function isTypo(one: string, other: string): boolean {
  const most = Math.max(1, Math.floor(other.length / 4));
  if (Math.abs(one.length - other.length) > most) return false;
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const isSame = one[at - 1] === other[to - 1];
      let cost = Math.min((row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1, (row[to - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      if (isSwapped) cost = Math.min(cost, (before[to - 2] ?? 0) + 1);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return (row[other.length] ?? 0) <= most;
}

function partsOf(name: string): string[] {
  return name.toLowerCase().split(/[ .#]+/);
}

function failed(reason: Refusal['reason'], message: string): LocatedFunctions {
  return { state: 'failed', reason, message };
}
