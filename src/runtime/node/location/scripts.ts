import { statSync } from 'node:fs';
import { KnownScripts } from '../known-scripts.ts';
import type { Position, ScriptInfo } from '../messages.ts';
import { type OriginalPosition, readSourceMap, SourceMap } from './source-map.ts';
import { baseName, endsWithPath, locationOf, pathOf, showPath } from './source-path.ts';

/** Longer texts of maps are read again rather than kept. */
const MAX_KEPT_TEXT = 256 * 1024;

/** One loaded script, with its map as soon as somebody asks for it. */
export class Script {
  readonly info: ScriptInfo;
  readonly path: string;
  #text: string | undefined | null = null;
  #map: SourceMap | undefined | null = null;
  #mapURL: string | undefined;

  constructor(info: ScriptInfo) {
    this.info = info;
    this.path = pathOf(info.url);
  }

  /** Where the map is: as the script says, else beside it, as with maps that are not to be seen by browsers. */
  get mapURL(): string {
    this.#mapURL ??= this.info.sourceMapURL || hiddenMap(this);
    return this.#mapURL;
  }

  /** The map, or undefined where there is none that can be read. */
  get map(): SourceMap | undefined {
    if (this.#map !== null) return this.#map;
    const text = this.#mapText();
    // What has been parsed is not needed as text.
    this.#text = undefined;
    try {
      this.#map = text === undefined ? undefined : new SourceMap(text, this.info.url, this.mapURL);
      // One that the script does not speak of can be anybody's.
      if (this.info.sourceMapURL === '' && this.isMapStale) this.#map = undefined;
    } catch {
      this.#map = undefined;
    }
    return this.#map;
  }

  /** Whether the map belongs to another version of the script, which has more lines. */
  get isMapStale(): boolean {
    return this.map !== undefined && this.map.generatedLines > this.info.endLine + 1;
  }

  /** Parses the map only where it can name the file: applications bring thousands of maps. */
  mapNaming(file: string): SourceMap | undefined {
    if (this.#map !== null) return this.#map;
    const text = this.#mapText();
    if (text === undefined) return undefined;
    const name = baseName(file);
    const names = text.includes(name) || text.includes(encodeURIComponent(name));
    if (text.length > MAX_KEPT_TEXT) this.#text = null;
    return names ? this.map : undefined;
  }

  #mapText(): string | undefined {
    if (this.#text === null) {
      this.#text = this.mapURL === '' ? undefined : readSourceMap(this.info.url, this.mapURL);
    }
    return this.#text;
  }
}

function hiddenMap({ info, path }: Script): string {
  const file = locationOf(info.url);
  if (!file.startsWith('/') || path.includes('node_modules/')) return '';
  return statSync(`${file}.map`, { throwIfNoEntry: false })?.isFile()
    ? encodeURIComponent(`${baseName(file)}.map`)
    : '';
}

/** A file that somebody asked for, as it is in one script. */
export interface FileMatch {
  readonly script: Script;
  /** Path of the original source. */
  readonly path: string;
  /** Absent when the script itself is what was asked for. */
  readonly map?: SourceMap;
}

/** Where in a source the code at a position of the match's script comes from. */
export function originalOf({ path, map }: FileMatch, position: Position): OriginalPosition | undefined {
  return map === undefined ? { path, line: position.line, column: position.column } : map.original(position);
}

/** Every script that V8 announced, and what files are in them. */
export class Scripts {
  readonly #scripts = new Map<string, Script>();
  readonly #known = new KnownScripts();
  readonly #directory: string;
  readonly #ownDirectory: string;

  /** @param ownDirectory of the runtime itself, which is never a target. */
  constructor(directory: string, ownDirectory: string) {
    this.#directory = directory;
    this.#ownDirectory = ownDirectory;
  }

  add(info: ScriptInfo): void {
    const script = new Script(info);
    if (script.path.startsWith(`${this.#ownDirectory}/`)) return;
    this.#scripts.set(info.scriptId, script);
    for (const forgotten of this.#known.add(info.url, info.scriptId)) this.#scripts.delete(forgotten);
  }

  clear(): void {
    this.#scripts.clear();
    this.#known.clear();
  }

  get(scriptId: string): Script | undefined {
    return this.#scripts.get(scriptId);
  }

  /** The newest script of that URL, or of that path as stack traces have it. */
  named(name: string): Script | undefined {
    return this.all().findLast(({ info }) => info.url === name || locationOf(info.url) === name);
  }

  all(): Script[] {
    return [...this.#scripts.values()];
  }

  /** @returns whether the file is in that script. */
  isIn(scriptId: string, file: string): boolean {
    const script = this.#scripts.get(scriptId);
    if (script === undefined) return false;
    if (endsWithPath(script.path, file)) return true;
    return (
      script.mapNaming(file)?.sources.some((source) => source !== undefined && endsWithPath(source, file)) ?? false
    );
  }

  /** @returns the matches, all of one file; or the paths of several files that match. */
  match(file: string): { readonly matches: FileMatch[] } | { readonly candidates: string[] } {
    const found: FileMatch[] = [];
    for (const script of this.#scripts.values()) {
      const map = script.mapNaming(file);
      const sources = map?.sources.filter((source) => source !== undefined && endsWithPath(source, file)) ?? [];
      for (const path of new Set(sources)) if (path !== undefined) found.push({ script, path, map });
      // A loader that compiles while loading gives the script the path of its source: the map knows better.
      if (sources.length === 0 && endsWithPath(script.path, file)) found.push({ script, path: script.path });
    }
    const shown = (match: FileMatch) => showPath(match.path, this.#directory);
    const wanted = file.replace(/^(?:\.\/)+/, '');
    const narrowings: ((match: FileMatch) => boolean)[] = [
      (match) => shown(match) === wanted,
      (match) => !match.path.includes('node_modules/'),
      () => true,
    ];
    for (const narrowing of narrowings) {
      const matches = found.filter(narrowing);
      const paths = [...new Set(matches.map(shown))];
      if (paths.length === 1) return { matches };
      if (paths.length > 1) return { candidates: paths.sort() };
    }
    return { matches: [] };
  }

  /** The path of a script as it is shown. */
  pathOf(script: Script): string {
    return showPath(script.path, this.#directory);
  }

  /** file:line:column of the source, counted from 1, for generated code at that position. */
  show(scriptId: string, position: Position, url = ''): string {
    const script = this.#scripts.get(scriptId);
    const original = script?.map?.original(position);
    if (original !== undefined) {
      return `${showPath(original.path, this.#directory)}:${original.line + 1}:${original.column + 1}`;
    }
    const path = script?.path ?? (url.startsWith('node:') ? url : pathOf(url));
    return `${showPath(path, this.#directory) || '(unknown)'}:${position.line + 1}:${position.column + 1}`;
  }
}
