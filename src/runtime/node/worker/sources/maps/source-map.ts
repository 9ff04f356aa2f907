import { readFileSync, statSync } from 'node:fs';
import { dirname, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Position } from '../../../channel/positions.ts';
import { locationOf, pathOf } from '../source-path.ts';
import { SourceText } from '../source-text.ts';
import { decodeScopes, type EncodedScopes } from './map-scopes.ts';
import { checkSize, lastAtMost, Mappings, type MappingsPart } from './mappings.ts';
import { ScopeNames } from './scope-names.ts';

/** A larger file is left unread. */
const MAX_MAP_BYTES = 128 * 1024 * 1024;
/** Sources of which the positions are kept in the order of the source. */
const MAX_ORDERED = 16;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** A range of generated code on one line, from column to column. */
export interface LineRange {
  readonly line: number;
  readonly start: number;
  /** Infinity at the end of the line. */
  readonly end: number;
}

export interface OriginalPosition extends Position {
  readonly path: string;
  readonly name?: string;
}

/** The parts of a source map that are read. */
interface RawMap {
  readonly sources?: readonly (string | null)[];
  readonly sourceRoot?: string;
  readonly sourcesContent?: readonly (string | null)[];
  readonly names?: readonly string[];
  readonly mappings?: string;
  /** In drafts of before July 2026 one string. */
  readonly scopes?: readonly (string | null)[] | string;
  readonly ranges?: string;
  readonly sections?: readonly { readonly offset: Position; readonly map: RawMap }[];
}

/** The text of a script's map, or undefined where there is none that can be read. */
export function readSourceMap(scriptUrl: string, sourceMapURL: string): string | undefined {
  try {
    if (sourceMapURL.startsWith('data:')) {
      const comma = sourceMapURL.indexOf(',');
      const body = sourceMapURL.slice(comma + 1);
      return /;\s*base64\s*$/i.test(sourceMapURL.slice(0, comma))
        ? Buffer.from(decodeURIComponent(body), 'base64').toString('utf8')
        : decodeURIComponent(body);
    }
    const file = mapFile(scriptUrl, sourceMapURL);
    if (file === undefined || statSync(file).size > MAX_MAP_BYTES) return undefined;
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function mapFile(scriptUrl: string, sourceMapURL: string): string | undefined {
  if (sourceMapURL.startsWith('file:')) return fileURLToPath(sourceMapURL);
  if (SCHEME.test(sourceMapURL)) return undefined;
  return resolve(dirname(locationOf(scriptUrl)), decoded(sourceMapURL.split(/[?#]/, 1)[0] ?? sourceMapURL));
}

/** Where generated code comes from, counted from 0 on both sides. */
export class SourceMap {
  /** Mappings that are not decoded yet: most maps are only asked for their sources. */
  #parts: MappingsPart[] = [];
  readonly #decoded = new Mappings();
  readonly #names: string[] = [];
  readonly #contents: (string | undefined)[] = [];
  readonly #paths: (string | undefined)[] = [];
  readonly #texts = new Map<number, SourceText | undefined>();
  readonly #ordered = new Map<number, Int32Array>();
  #scopes: EncodedScopes[] = [];
  #scopeNames: ScopeNames | undefined;

  /** @throws when the text is no source map, or one of more than 16 million lines or mappings. */
  constructor(text: string, scriptUrl: string, sourceMapURL: string) {
    const file = sourceMapURL.startsWith('data:') ? locationOf(scriptUrl) : mapFile(scriptUrl, sourceMapURL);
    const raw: RawMap = JSON.parse(text.replace(/^\)\]\}'?[^\n]*\n/, ''));
    this.#add(raw, file === undefined ? '' : dirname(file), { line: 0, column: 0 });
    checkSize(this.#parts);
  }

  /** Paths of the sources; undefined where the map has no name. */
  get sources(): readonly (string | undefined)[] {
    return this.#paths;
  }

  /** What the map tells of scopes, where it has some that can be read. */
  get scopeNames(): ScopeNames | undefined {
    if (this.#scopes.length > 0) {
      const ranges = this.#scopes.flatMap((encoded) => {
        try {
          return decodeScopes(encoded);
        } catch {
          return [];
        }
      });
      this.#scopes = [];
      if (ranges.length > 0) this.#scopeNames = new ScopeNames(ranges);
    }
    return this.#scopeNames;
  }

  /** Number of generated lines that the map knows of. */
  get generatedLines(): number {
    const last = this.#mappings.count - 1;
    return last < 0 ? 0 : this.#mappings.lineOf(last) + 1;
  }

  /** The original of what is at the position, or of what starts before it on the line. */
  original(position: Position): OriginalPosition | undefined {
    return this.#original(this.#mappings.at(position.line, position.column));
  }

  /** The original of what starts exactly at the position. */
  exact(position: Position): OriginalPosition | undefined {
    const segment = this.#mappings.at(position.line, position.column);
    return segment >= 0 && this.#mappings.columnOf(segment) === position.column ? this.#original(segment) : undefined;
  }

  /** Generated code that comes from the line of that source, in the order of generated code. */
  lineRangesOf(path: string, line: number): LineRange[] {
    const segments = this.#indexesOf(path).flatMap((source) => [...this.#onLine(source, line)]);
    const found: LineRange[] = [];
    for (const segment of segments.sort((a, b) => a - b)) {
      const generated = this.#mappings.lineOf(segment);
      const start = this.#mappings.columnOf(segment);
      const isLast = segment + 1 >= this.#mappings.segmentsOf(generated).to;
      const end = isLast ? Number.POSITIVE_INFINITY : this.#mappings.columnOf(segment + 1);
      const last = found.at(-1);
      if (last?.line === generated && last.end === start) found[found.length - 1] = { ...last, end };
      else found.push({ line: generated, start, end });
    }
    return found;
  }

  /** Where generated code has what starts exactly there in the source. */
  generated(path: string, { line, column }: Position): Position[] {
    const segments = this.#indexesOf(path).flatMap((source) =>
      [...this.#onLine(source, line)].filter((segment) => this.#mappings.originalColumnOf(segment) === column),
    );
    return segments.map((segment) => this.#position(segment));
  }

  /** Where generated code has something of that source which the map says to have that name. */
  named(name: string, path: string): Position[] {
    const wanted = new Set<number>();
    for (const [index, known] of this.#names.entries()) if (known === name) wanted.add(index);
    if (wanted.size === 0) return [];
    return this.#indexesOf(path).flatMap((source) =>
      [...this.#inOrder(source)]
        .filter((segment) => wanted.has(this.#mappings.nameOf(segment)))
        .map((segment) => this.#position(segment)),
    );
  }

  /** Lines of the source that have code, ascending. */
  linesOf(path: string): number[] {
    const lines = new Set<number>();
    for (const source of this.#indexesOf(path)) {
      for (const segment of this.#inOrder(source)) lines.add(this.#mappings.originalLineOf(segment));
    }
    return [...lines].sort((a, b) => a - b);
  }

  /** The text of a source: that in the map, else the file; undefined where neither can be read. */
  textOf(path: string): SourceText | undefined {
    const [source] = this.#indexesOf(path);
    if (source === undefined) return undefined;
    if (this.#texts.has(source)) return this.#texts.get(source);
    const text = SourceText.of(this.#contents[source], path);
    this.#texts.set(source, text);
    return text;
  }

  #add(raw: RawMap, directory: string, offset: Position): void {
    if (raw.sections !== undefined) {
      for (const section of raw.sections) {
        const { line, column } = section.offset;
        this.#add(section.map, directory, {
          line: offset.line + line,
          column: line === 0 ? offset.column + column : column,
        });
      }
      return;
    }
    if (typeof raw.mappings !== 'string') throw new TypeError('no source map');
    const { sources = [], sourcesContent = [], names = [], sourceRoot = '' } = raw;
    const offsets = { ...offset, source: this.#paths.length, name: this.#names.length };
    this.#parts.push({ text: raw.mappings, offsets });
    for (const [index, source] of sources.entries()) {
      this.#paths.push(source ? sourcePath(source, sourceRoot, directory) : undefined);
      this.#contents.push(sourcesContent[index] ?? undefined);
    }
    for (const name of names) this.#names.push(name);
    const { scopes, ranges } = raw;
    if (typeof scopes === 'object' && typeof ranges === 'string') this.#scopes.push({ names, scopes, ranges, offset });
  }

  get #mappings(): Mappings {
    for (const part of this.#parts) this.#decoded.add(part);
    this.#parts = [];
    return this.#decoded;
  }

  #original(segment: number): OriginalPosition | undefined {
    const path = segment < 0 ? undefined : this.#paths[this.#mappings.sourceOf(segment)];
    if (path === undefined) return undefined;
    return {
      path,
      line: this.#mappings.originalLineOf(segment),
      column: this.#mappings.originalColumnOf(segment),
      name: this.#names[this.#mappings.nameOf(segment)],
    };
  }

  #position(segment: number): Position {
    return { line: this.#mappings.lineOf(segment), column: this.#mappings.columnOf(segment) };
  }

  /** Indexes of a path: a source that several sections of the map have is listed several times. */
  #indexesOf(path: string): number[] {
    return this.#paths.flatMap((known, index) => (known === path ? [index] : []));
  }

  #inOrder(source: number): Int32Array {
    const known = this.#ordered.get(source);
    if (known !== undefined) return known;
    const [oldest] = this.#ordered.keys();
    if (oldest !== undefined && this.#ordered.size >= MAX_ORDERED) this.#ordered.delete(oldest);
    const ordered = this.#mappings.ofSource(source);
    this.#ordered.set(source, ordered);
    return ordered;
  }

  #onLine(source: number, line: number): Int32Array {
    const ordered = this.#inOrder(source);
    const lineAt = (index: number) => this.#mappings.originalLineOf(ordered[index] ?? -1);
    const before = lastAtMost(ordered.length, lineAt, line - 1);
    const last = lastAtMost(ordered.length, lineAt, line);
    if (ordered.length === 0 || lineAt(last) !== line) return new Int32Array();
    return ordered.subarray(lineAt(before) === line ? before : before + 1, last + 1);
  }
}

/** The path of a source as its map names it: a URL, or a path that starts at the map. */
function sourcePath(source: string, sourceRoot: string, directory: string): string {
  // Rollup marks modules that are no files so.
  const plain = source.replace(/^\0/, '');
  const rooted =
    sourceRoot === '' || SCHEME.test(plain) || plain.startsWith('/')
      ? plain
      : `${sourceRoot.replace(/\/$/, '')}/${plain.replace(/^\.\//, '')}`;
  if (SCHEME.test(rooted)) return normalized(pathOf(rooted));
  const path = decoded(rooted.replace(/\?.*$/, '').replaceAll('\\', '/'));
  return pathOf(path.startsWith('/') ? posix.normalize(path) : posix.join(directory, path));
}

/** `src/../lib/a.ts` is `lib/a.ts`; what would lead out of a bundler's own root stays within. */
function normalized(path: string): string {
  return posix.normalize(path).replace(/^(?:\.{1,2}\/)+/, '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
