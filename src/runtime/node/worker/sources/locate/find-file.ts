import type { ArmingRefusal } from '../../../channel/arming-refusal.ts';
import type { Match, Script, Scripts } from '../scripts.ts';
import { isOfPackage, showPath, similarPaths, stem } from '../source-path.ts';

/** What Node.js loads as it is, so that a file of such a name can be a script of its own. */
const LOADABLE = /\.[cm]?js$/;
const MOST_CANDIDATES = 10;
const UNREACHED =
  'runs in another context of the process (node:vm; Jest runs each test file in one), which probes do not reach';
const ALSO_UNREACHED = 'it also runs in another context of the process, where the probe is not';

/** Why a file is not found: it may still load (`waiting`), or somebody has to do something (`failed`). */
export type FileRefusal = { readonly state: 'waiting' | 'failed' } & ArmingRefusal;

/** Finds the scripts that a file is in. @param directory in which the process was started. */
export function findFile(
  file: string,
  scripts: Scripts,
  directory: string,
): Extract<Match, { matches: unknown }> | FileRefusal {
  const match = scripts.match(file);
  if ('candidates' in match) {
    const more = match.candidates.length - MOST_CANDIDATES;
    const shown = match.candidates.slice(0, MOST_CANDIDATES).join(', ');
    const message = `${file} could be ${shown}${more > 0 ? ` and ${more} more` : ''}`;
    return { state: 'failed', reason: 'AmbiguousFile', message };
  }
  const stale = match.matches.find(({ script, map }) => map !== undefined && script.isMapStale);
  if (stale !== undefined) {
    const shown = showPath(stale.script.path, directory);
    const message = `the source map of ${shown} was made for another version of it`;
    return { state: 'failed', reason: 'SourceMapMissing', message };
  }
  if (match.matches.length === 0) return notFound(file, scripts, directory);
  const notes = [match.note, scripts.isInOtherContext(file) ? ALSO_UNREACHED : undefined];
  return { matches: match.matches, note: notes.filter(Boolean).join('; ') || undefined };
}

function notFound(file: string, scripts: Scripts, directory: string): FileRefusal {
  const all = scripts.all();
  if (scripts.isInOtherContext(file)) {
    return { state: 'waiting', reason: 'ContextNotSupported', message: `${file} ${UNREACHED}` };
  }
  const waits = { state: 'waiting', reason: 'FileNotLoaded' } as const;
  const bundle = bundleOf(file, all);
  if (bundle !== undefined) {
    const shown = showPath(bundle.path, directory);
    if (!LOADABLE.test(file)) {
      const message = `${shown} is loaded, but has no source map that can be read`;
      return { state: 'failed', reason: 'SourceMapMissing', message };
    }
    const hint = `${shown} has no source map that can be read, so what is bundled in it cannot be known`;
    return { ...waits, message: `no loaded file ends in ${file}; ${hint}` };
  }
  const paths = all.flatMap((script) => [
    showPath(script.path, directory),
    ...(isOfPackage(script.path) ? [] : (script.map?.sources ?? [])).map((path) =>
      path === undefined ? '' : showPath(path, directory),
    ),
  ]);
  const similar = similarPaths(paths, file);
  const hint = similar.length > 0 ? `; similar: ${similar.join(', ')}` : '';
  return { ...waits, message: `no loaded file ends in ${file}${hint}` };
}

/** A script of the same name that the file may have been compiled into. */
function bundleOf(file: string, all: readonly Script[]): Script | undefined {
  const named = all.filter((script) => stem(script.path) === stem(file) && script.map === undefined);
  return named.find(({ mapURL }) => mapURL !== '') ?? named.find(isMinified);
}

/** Much code on few lines. */
function isMinified({ info }: Script): boolean {
  return info.length / (info.endLine + 1) > 150;
}
