import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AnyMap, decodedMappings, originalPositionFor, type TraceMap } from '@jridgewell/trace-mapping';
import type { Position } from '../messages.ts';
import { locationOf, pathOf } from './source-path.ts';

/** A larger file is left unread. */
const MAX_MAP_BYTES = 128 * 1024 * 1024;

/** A stretch of generated code on one line, from column to column. */
export interface Stretch {
  readonly line: number;
  readonly start: number;
  /** Infinity at the end of the line. */
  readonly end: number;
}

export interface OriginalPosition extends Position {
  readonly path: string;
  readonly name?: string;
}

/** The text of a script's map, or undefined where there is none that can be read. */
export function readSourceMap(scriptUrl: string, sourceMapURL: string): string | undefined {
  try {
    if (sourceMapURL.startsWith('data:')) {
      const comma = sourceMapURL.indexOf(',');
      const body = sourceMapURL.slice(comma + 1);
      return sourceMapURL.slice(0, comma).endsWith(';base64')
        ? Buffer.from(body, 'base64').toString('utf8')
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
  if (/^[a-z][a-z0-9+.-]*:/i.test(sourceMapURL)) return undefined;
  return resolve(dirname(locationOf(scriptUrl)), decodeURIComponent(sourceMapURL.split(/[?#]/, 1)[0] ?? sourceMapURL));
}

/** Where generated code comes from, counted from 0 on both sides. */
export class SourceMap {
  readonly #map: TraceMap;
  /** Paths of the sources; undefined where the map has no name. */
  readonly sources: readonly (string | undefined)[];

  /** @throws when the text is no source map. */
  constructor(text: string, scriptUrl: string, sourceMapURL: string) {
    const file = sourceMapURL.startsWith('data:') ? locationOf(scriptUrl) : mapFile(scriptUrl, sourceMapURL);
    this.#map = new AnyMap(
      text.replace(/^\)\]\}'[^\n]*\n/, ''),
      file === undefined ? undefined : String(pathToFileURL(file)),
    );
    this.sources = this.#map.resolvedSources.map((source) => (source ? pathOf(source) : undefined));
  }

  original(position: Position): OriginalPosition | undefined {
    const found = originalPositionFor(this.#map, { line: position.line + 1, column: position.column });
    if (found.source === null) return undefined;
    return { path: pathOf(found.source), line: found.line - 1, column: found.column, name: found.name ?? undefined };
  }

  /** Generated code that comes from the line of that source, in the order of generated code. */
  stretchesOf(path: string, line: number): Stretch[] {
    const found: Stretch[] = [];
    for (const [generatedLine, segments] of decodedMappings(this.#map).entries()) {
      for (const [index, segment] of segments.entries()) {
        if (segment.length === 1 || segment[2] !== line || this.sources[segment[1]] !== path) continue;
        const end = segments[index + 1]?.[0] ?? Number.POSITIVE_INFINITY;
        const last = found.at(-1);
        if (last?.line === generatedLine && last.end === segment[0]) found[found.length - 1] = { ...last, end };
        else found.push({ line: generatedLine, start: segment[0], end });
      }
    }
    return found;
  }

  /** Where generated code has something that has that name in the source. */
  named(name: string): Position[] {
    const wanted = this.#map.names.indexOf(name);
    if (wanted < 0) return [];
    const found: Position[] = [];
    for (const [line, segments] of decodedMappings(this.#map).entries()) {
      for (const segment of segments) if (segment[4] === wanted) found.push({ line, column: segment[0] });
    }
    return found;
  }

  /** Lines of the source that have code, ascending. */
  linesOf(path: string): number[] {
    const lines = new Set<number>();
    for (const segments of decodedMappings(this.#map)) {
      for (const segment of segments) {
        if (segment.length > 1 && this.sources[segment[1] ?? 0] === path) lines.add(segment[2] ?? 0);
      }
    }
    return [...lines].sort((a, b) => a - b);
  }
}
