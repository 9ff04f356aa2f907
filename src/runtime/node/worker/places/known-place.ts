import type { KnownPlace } from '../../../../policy/place-patterns.ts';
import type { Position, Site } from '../../channel/positions.ts';
import type { ScriptAnalysis } from '../sources/analysis/analyze-script.ts';
import { fullName, type NamedFunction } from '../sources/functions/function-name.ts';
import { originalNames } from '../sources/locate/locate-function.ts';
import type { ScriptAccess } from '../sources/locate/script-access.ts';
import type { Script, Scripts } from '../sources/scripts.ts';
import { isIn } from '../sources/syntax/nodes.ts';

/** What policies go by of a position in generated code; `functions` is undefined where the code cannot be read for them. */
export interface PlaceInCode {
  readonly files: readonly string[];
  readonly functions: readonly string[] | undefined;
  /** Files of which the position may be a part, where its script is made of files and nothing tells of which it is. */
  readonly possibleFiles?: readonly string[] | undefined;
}

export async function placeOf(site: Site, scripts: Scripts, access: ScriptAccess): Promise<PlaceInCode> {
  const script = scripts.get(site.scriptId);
  if (script === undefined) return { files: [], functions: undefined };
  const { analysis } = await access.texts.get(site.scriptId);
  return placeIn(script, analysis, site);
}

/** @param analysis of the script; undefined where there is none. */
export function placeIn(script: Script, analysis: ScriptAnalysis | undefined, position: Position): PlaceInCode {
  const functions = analysis && functionsAround(script, analysis, position);
  const original = script.map?.original(position)?.path;
  if (original !== undefined && original !== script.path) return { files: [original, script.path], functions };
  // What a bundler adds has no mapping, and sees the variables of the file beside which it stands.
  const sources = original === undefined ? (script.map?.sources ?? []) : [];
  const possibleFiles = sources.flatMap((path) => path ?? []);
  return { files: [script.path], functions, ...(possibleFiles.length > 0 && { possibleFiles }) };
}

/** Every name by which one of the functions around the position can be called: those of all of them, each with and without what is before it. */
function functionsAround({ map }: Script, analysis: ScriptAnalysis, position: Position): string[] {
  const offset = analysis.lines.offset(position);
  return analysis.functions
    .filter((site) => isIn(site, offset) && site.names.length > 0)
    .flatMap((site) => namesOf(originalNames(site, site.names, analysis.lines, map)));
}

function namesOf(named: NamedFunction): string[] {
  const { kind, isStatic } = named;
  const names = named.paths.flatMap(({ path, isWrapped }) =>
    path.map((_, index) => fullName({ ...named, paths: [{ path: path.slice(index), isWrapped }] })),
  );
  const plain = names.map((name) => name.replace(/^(?:get|set|static) /, ''));
  const ofInstance = isStatic === true ? [] : plain.map((name) => name.replace(/\.(?=[^.]+$)/, '#'));
  const constructed = kind === 'constructor' ? plain.map((name) => `new ${name}`) : [];
  return [...new Set([...names, ...plain, ...ofInstance, ...constructed])];
}

/** A place for rules that do not mention functions. */
export function knownPlace({ files, functions = [] }: PlaceInCode): KnownPlace {
  return { files, functions };
}
