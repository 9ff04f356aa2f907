import type { ArmingRefusal } from '../../../channel/arming-refusal.ts';
import type { Site } from '../../../channel/positions.ts';
import {
  fullName,
  hasName,
  type NamedFunction,
  narrow,
  parseFunctionName,
  type WantedFunction,
} from '../functions/function-name.ts';
import type { FunctionSite } from '../functions/function-site.ts';
import type { Identifier } from '../functions/inferred-names.ts';
import type { LineTable } from '../line-table.ts';
import type { SourceMap } from '../maps/source-map.ts';
import type { ScriptText } from '../script-texts.ts';
import type { FileMatch, Script, Scripts } from '../scripts.ts';
import { functionAt } from './function-at.ts';
import { entrySites, exitSites, type LocatedFunction } from './located-function.ts';
import type { ScriptAccess } from './script-access.ts';
import { isSimilar, nearest } from './similar-functions.ts';

export type LocatedFunctions =
  | { readonly functions: readonly LocatedFunction[]; readonly sites: Site[] }
  | ({ readonly state: 'waiting' | 'failed' } & ArmingRefusal);

interface Candidate extends NamedFunction {
  readonly script: Script;
  readonly text: ScriptText;
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
  const search = matches === undefined ? access.searches.get(name) : undefined;
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
    const text = await access.texts.get(scriptId).catch((error: unknown) => {
      if (!isCollected(error)) throw error;
      scripts.forget(scriptId);
      return undefined;
    });
    if (text === undefined) continue;
    const before = found.length;
    // Only a map can give a function a name that its code does not have; short scripts are read for similar names as well.
    const isPossible =
      map !== undefined ||
      matches !== undefined ||
      wanted.name === 'default' ||
      text.source.length < MAX_HINTED ||
      text.source.includes(wanted.name);
    for (const site of (isPossible && text.analysis?.functions) || []) {
      const { names } = site;
      if (names.length === 0) continue;
      const start = text.lines.position(names[0]?.path.at(-1)?.offset ?? site.start);
      if (path !== undefined && map !== undefined && map.original(start)?.path !== path) continue;
      const named = originalNames(site, names, text.lines, map);
      if (hasName(wanted, named)) {
        found.push({ ...named, script, text, site, shown: scripts.show(scriptId, start) });
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
    const { script, text, site } = candidate;
    const one = text.analysis && (await functionAt(script.info.scriptId, text.analysis, site, access, script.map));
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

/** Whether V8 has no such script any more: it announces what it once compiled, and its collector may have taken it since. */
function isCollected(error: unknown): boolean {
  return error instanceof Error && error.message.includes('No script for id');
}

/** The names of a function as they are in the source. */
export function originalNames(
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

function failed(reason: ArmingRefusal['reason'], message: string): LocatedFunctions {
  return { state: 'failed', reason, message };
}
