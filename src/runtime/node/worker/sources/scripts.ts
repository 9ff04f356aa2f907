import { statSync } from 'node:fs';
import { KnownScripts } from '../../application/placement/known-scripts.ts';
import { keepLatest } from '../../channel/counters.ts';
import type { Position } from '../../channel/positions.ts';
import type { ScriptInfo } from '../../channel/script-info.ts';
import { WantedFile, type Way } from './locate/wanted-file.ts';
import { type OriginalPosition, readSourceMap, SourceMap } from './maps/source-map.ts';
import { baseName, isOfPackage, locationOf, pathOf, showPath } from './source-path.ts';

/** Longer texts of maps are read again rather than kept. */
const MAX_KEPT_TEXT = 256 * 1024;

/** A part of the runtime of an agent that was attached before, which a process reads below the root of that agent. */
const OF_EARLIER_AGENT = /^\/proc\/\d+\/root\/.*\/(?:preload|early-debugger|engine|worker)\.cjs$/;

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
      // A map that the script does not name can belong to another file.
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
  if (!file.startsWith('/') || isOfPackage(path)) return '';
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

/** One file in every script that has it, and what people should know of how it was found; or the paths of several files. */
export type Match =
  | { readonly matches: readonly FileMatch[]; readonly note?: string }
  | { readonly candidates: readonly string[] };

/** Where in a source the code at a position of the match's script comes from. */
export function originalOf({ path, map }: FileMatch, position: Position): OriginalPosition | undefined {
  return map === undefined ? { path, line: position.line, column: position.column } : map.original(position);
}

/** Every script that V8 announced, and what files are in them. */
export class Scripts {
  readonly #scripts = new Map<string, Script>();
  /** Those of other contexts, where no probe can be. */
  readonly #unreached = new Map<string, Script>();
  readonly #known = new KnownScripts();
  readonly #files = new Map<string, WantedFile>();
  readonly #directory: string;
  readonly #ownDirectory: string;

  /** @param ownDirectory of the runtime itself, which is never a target. */
  constructor(directory: string, ownDirectory: string) {
    this.#directory = directory;
    this.#ownDirectory = ownDirectory;
  }

  add(info: ScriptInfo): void {
    const script = new Script(info);
    if (script.path.startsWith(`${this.#ownDirectory}/`) || OF_EARLIER_AGENT.test(script.path)) return;
    (info.isInOtherContext ? this.#unreached : this.#scripts).set(info.scriptId, script);
    for (const forgotten of this.#known.add(info.url, info.scriptId)) {
      this.#scripts.delete(forgotten);
      this.#unreached.delete(forgotten);
    }
  }

  /** V8 has collected it. */
  forget(scriptId: string): void {
    this.#scripts.delete(scriptId);
  }

  clear(): void {
    this.#scripts.clear();
    this.#unreached.clear();
    this.#known.clear();
  }

  get(scriptId: string): Script | undefined {
    return this.#scripts.get(scriptId) ?? this.#unreached.get(scriptId);
  }

  /** The newest script of that URL, or of that path as stack traces have it. */
  named(name: string): Script | undefined {
    return this.all().findLast(({ info }) => info.url === name || locationOf(info.url) === name);
  }

  all(): Script[] {
    return [...this.#scripts.values()];
  }

  /** @returns whether the file is, or may be, in that script. */
  isIn(scriptId: string, file: string): boolean {
    const script = this.get(scriptId);
    return script !== undefined && this.#wanted(file).ways.some((way) => this.#inScript(script, way).length > 0);
  }

  /** @returns whether a script of another context has the file. */
  isInOtherContext(file: string): boolean {
    const [way] = this.#wanted(file).ways;
    return way !== undefined && [...this.#unreached.values()].some((script) => this.#inScript(script, way).length > 0);
  }

  /** @returns the matches, all of one file; or the paths of several files that match. */
  match(file: string): Match {
    const wanted = this.#wanted(file);
    for (const way of wanted.ways) {
      const found = [...this.#scripts.values()].flatMap((script) => this.#inScript(script, way));
      for (const narrowing of [
        (path: string) => this.#shown(path) === wanted.path,
        (path: string) => !isOfPackage(path),
        () => true,
      ]) {
        const matches = found.filter(({ path }) => narrowing(path));
        const paths = [...new Set(matches.map(({ path }) => this.#shown(path)))];
        const [only = ''] = paths;
        if (paths.length === 1) return { matches, note: way.note?.(only) };
        if (paths.length > 1) return { candidates: paths.sort() };
      }
    }
    return { matches: [] };
  }

  #wanted(file: string): WantedFile {
    const known = this.#files.get(file) ?? new WantedFile(file, this.#directory);
    this.#files.set(file, known);
    keepLatest(this.#files, () => false);
    return known;
  }

  #inScript(script: Script, { names, fits }: Way): FileMatch[] {
    const map = names.map((name) => script.mapNaming(name)).find((found) => found !== undefined);
    const sources = new Set(map?.sources.filter((source) => source !== undefined && fits(source)));
    // A loader that compiles while loading gives the script the path of its source: the map knows better.
    if (sources.size === 0) return fits(script.path) ? [{ script, path: script.path }] : [];
    return [...sources].flatMap((path) => (path === undefined ? [] : [{ script, path, map }]));
  }

  #shown(path: string): string {
    return showPath(path, this.#directory);
  }

  /** The path of a script as it is shown. */
  pathOf(script: Script): string {
    return showPath(script.path, this.#directory);
  }

  /** file:line:column of the source, counted from 1, for generated code at that position. */
  show(scriptId: string, position: Position, url = ''): string {
    const script = this.get(scriptId);
    const original = script?.map?.original(position);
    if (original !== undefined) {
      return `${showPath(original.path, this.#directory)}:${original.line + 1}:${original.column + 1}`;
    }
    const path = script?.path ?? (url.startsWith('node:') ? url : pathOf(url));
    return `${showPath(path, this.#directory) || '(unknown)'}:${position.line + 1}:${position.column + 1}`;
  }
}
