import type { AnyNode } from 'acorn';
import type { BreakLocation, Refusal, Site } from '../messages.ts';
import {
  fullName,
  hasName,
  type NamedFunction,
  narrow,
  parseFunctionName,
  type WantedFunction,
} from './function-name.ts';
import { type FunctionShape, type FunctionSurroundings, shapeOf } from './function-shape.ts';
import { type FunctionSite, functionsIn, type Identifier, isLastField } from './functions.ts';
import { LineTable } from './line-table.ts';
import type { ScriptAccess } from './locate.ts';
import type { FileMatch, Script, Scripts } from './scripts.ts';
import type { SourceMap } from './source-map.ts';
import { type FunctionNode, functionAround, isIn, parseScript } from './syntax.ts';

/** A function in one script. */
export interface LocatedFunction {
  readonly scriptId: string;
  readonly shape: FunctionShape;
  readonly lines: LineTable;
  /** Where V8 can stop inside of it, by offsets. */
  readonly stops: readonly (BreakLocation & { readonly offset: number })[];
}

export type LocatedFunctions =
  | { readonly functions: readonly LocatedFunction[]; readonly sites: Site[] }
  | ({ readonly state: 'waiting' | 'failed' } & Refusal);

interface Candidate extends NamedFunction {
  readonly script: Script;
  readonly source: string;
  readonly lines: LineTable;
  readonly site: FunctionSite;
  /** Position in the source, for people. */
  readonly shown: string;
}

const MAX_LISTED = 10;

/** Finds the one function of that name, in each script that has it, and where a probe goes in. */
export async function locateFunction(
  matches: readonly FileMatch[] | undefined,
  name: string,
  at: 'Entry' | 'Exit',
  scripts: Scripts,
  access: ScriptAccess,
): Promise<LocatedFunctions> {
  const wanted = parseFunctionName(name);
  const places =
    matches ??
    scripts
      .all()
      .filter((script) => !script.path.includes('node_modules/'))
      .map((script) => ({ script, path: undefined, map: script.map }));
  const found: Candidate[] = [];
  const others = new Set<string>();
  for (const { script, path, map } of places) {
    const source = await access.source(script.info.scriptId);
    // Only a map can give a function a name that its code does not have.
    if (map === undefined && wanted.name !== 'default' && !source.includes(wanted.name)) continue;
    const lines = new LineTable(source);
    for (const site of functionsIn(source, script.path)) {
      const start = lines.position(site.names[0]?.path.at(-1)?.offset ?? site.node?.start ?? 0);
      if (path !== undefined && map !== undefined && map.original(start)?.path !== path) continue;
      const named = originalNames(site, lines, map);
      if (hasName(wanted, named)) {
        found.push({ ...named, script, source, lines, site, shown: scripts.show(script.info.scriptId, start) });
      } else others.add(fullName(named));
    }
  }
  const candidates = narrow(wanted, found);
  if (candidates.length === 0) return notFound(name, wanted, others);
  if (new Set(candidates.map(({ shown }) => shown)).size > 1) return ambiguous(name, candidates);
  const functions: LocatedFunction[] = [];
  for (const candidate of candidates) {
    const { site, script, source, lines } = candidate;
    if (site.node === undefined) return bareConstructor(candidate);
    const isConstructor = site.kind === 'constructor';
    const shape = shapeOf(site.node, { ...site, isConstructor }, source);
    functions.push(await withStops(script.info.scriptId, shape, lines, access));
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
    if (functions.some((one) => one.scriptId === scriptId)) continue;
    const source = await access.source(scriptId);
    const tree = parseScript(source, scripts.get(scriptId)?.path ?? '');
    const lines = new LineTable(source);
    const around = tree && functionAround(tree, lines.offset(site));
    if (around === undefined) continue;
    const shape = shapeOf(around.node, surroundingsOf(around.node, around.around), source);
    functions.push(await withStops(scriptId, shape, lines, access));
  }
  return functions;
}

function surroundingsOf(node: FunctionNode, around: readonly AnyNode[]): FunctionSurroundings {
  const owner = around.findLast((one) => one.type === 'ClassDeclaration' || one.type === 'ClassExpression');
  const member = around.at(-1);
  const isConstructor = member?.type === 'MethodDefinition' && member.kind === 'constructor';
  const isDerived = isConstructor && Boolean(owner?.superClass);
  return { isConstructor, isDerived, isLastField: isLastField(node, member, owner) };
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
export function entrySites({ scriptId, stops }: LocatedFunction): Site[] {
  return stops.slice(0, 1).map(({ line, column }) => ({ scriptId, line, column }));
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
  return [...shown, ...deferred].map(({ line, column }) => ({ scriptId, line, column }));
}

function originalNames(site: FunctionSite, lines: LineTable, map: SourceMap | undefined): NamedFunction {
  const name = ({ text, offset }: Identifier) => map?.original(lines.position(offset))?.name?.replace(/^#/, '') ?? text;
  const paths = site.names.map(({ path, isWrapped }) => ({ path: path.map(name), isWrapped }));
  return { paths, kind: site.kind, isStatic: site.isStatic, isPrivate: site.isPrivate };
}

function notFound(name: string, wanted: WantedFunction, others: ReadonlySet<string>): LocatedFunctions {
  const similar = similarNames(others, wanted);
  const hint = similar.length > 0 ? `; similar: ${similar.join(', ')}` : '';
  return { state: 'waiting', reason: 'FunctionNotFound', message: `no loaded function is called ${name}${hint}` };
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

function similarNames(names: ReadonlySet<string>, { name, owners }: WantedFunction): string[] {
  const last = name.toLowerCase();
  const owner = owners.at(-1)?.toLowerCase();
  return [...names]
    .flatMap((one) => {
      const parts = one.toLowerCase().split(/[ .#]+/);
      const own = parts.at(-1) ?? '';
      if (last.length < 2 || !(own.includes(last) || (own.length > 1 && last.includes(own)))) return [];
      return [{ one, isSameOwner: owner !== undefined && parts.includes(owner) }];
    })
    .sort((a, b) => Number(b.isSameOwner) - Number(a.isSameOwner))
    .slice(0, 5)
    .map(({ one }) => one);
}

function failed(reason: Refusal['reason'], message: string): LocatedFunctions {
  return { state: 'failed', reason, message };
}
