import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number | undefined;
}

/** Directories that hold none of the reader's own sources, and how deep the others are searched. */
const SKIPPED = new Set(['node_modules', '.git', 'dist', 'build', 'coverage']);
const MOST_DIRECTORIES = 2000;

/** The parts of `src/orders.ts:50:5`; undefined when the text is no position. */
export function parsePlace(location: string): SourcePlace | undefined {
  const match = /^(.*?):(\d+)(?::(\d+))?$/.exec(location);
  if (match === null) return undefined;
  const [, file = '', line, column] = match;
  return { file, line: Number(line), column: column === undefined ? undefined : Number(column) };
}

/** The lines of source files that are on this machine, so that a result can show the code that it is about. */
export class SourceLines {
  readonly #directories: readonly string[];
  readonly #paths = new Map<string, string | undefined>();
  readonly #files = new Map<string, { modified: number; lines: string[] }>();

  readonly #note: (text: string) => void;

  /**
   * @param directories where to look, best first: the process's working directory, and the reader's.
   * @param note is called once for a file of which there are several, so that nobody takes another file's code for that of the process.
   */
  constructor(directories: readonly string[], note: (text: string) => void = () => {}) {
    this.#directories = directories;
    this.#note = note;
  }

  /** The line at this position without its indentation; undefined when the file is not here. */
  line(location: string): string | undefined {
    return this.around(location, 0, 0)[0]?.text.trim();
  }

  /** The line and its neighbours. */
  around(location: string, before: number, after: number): { line: number; text: string }[] {
    const place = parsePlace(location);
    const lines = place && this.#linesOf(place.file);
    if (place === undefined || lines === undefined || place.line > lines.length) return [];
    const first = Math.max(1, place.line - before);
    return lines.slice(first - 1, place.line + after).map((text, index) => ({ line: first + index, text }));
  }

  #linesOf(file: string): string[] | undefined {
    if (!this.#paths.has(file)) this.#paths.set(file, this.#find(file));
    const path = this.#paths.get(file);
    if (path === undefined) return undefined;
    try {
      const modified = statSync(path).mtimeMs;
      const known = this.#files.get(path);
      if (known?.modified === modified) return known.lines;
      const lines = readFileSync(path, 'utf8').split(/\r?\n/);
      this.#files.set(path, { modified, lines });
      return lines;
    } catch {
      return undefined;
    }
  }

  /** The file itself, or the one below the directories with the shortest path that ends in `file`. */
  #find(file: string): string | undefined {
    for (const path of [file, ...this.#directories.map((directory) => join(directory, file))]) {
      if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path;
    }
    for (const directory of this.#directories) {
      const found = filesEndingIn(directory, join(sep, file));
      if (found.length > 0) return this.#choose(file, found, directory);
    }
    return undefined;
  }

  /** Chooses the file that is least deep: a deeper one is mostly a copy in tests or examples. */
  #choose(file: string, found: readonly string[], directory: string): string | undefined {
    const [best = '', next] = found.toSorted((a, b) => depthOf(a) - depthOf(b));
    if (next === undefined) return best;
    const several = `${found.length} files here end in ${file}`;
    if (depthOf(best) === depthOf(next)) {
      const [one, other] = [best, next].map((path) => relative(directory, path)).sort();
      this.#note(
        `no code is shown of ${file}: ${several} (${one}, ${other}); run davylamp in the directory of the one that runs`,
      );
      return undefined;
    }
    this.#note(`the code of ${file} is shown from ${relative(directory, best)}; ${several}`);
    return best;
  }
}

const depthOf = (path: string): number => path.split(sep).length;

function filesEndingIn(directory: string, suffix: string): string[] {
  const found: string[] = [];
  const waiting = [directory];
  for (let visited = 0; visited < MOST_DIRECTORIES; visited += 1) {
    const next = waiting.shift();
    if (next === undefined) break;
    let entries: ReturnType<typeof readEntries>;
    try {
      entries = readEntries(next);
    } catch {
      continue;
    }
    for (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) waiting.push(path);
      else if (entry.isFile() && path.endsWith(suffix)) found.push(path);
    }
  }
  return found;
}

const readEntries = (directory: string) => readdirSync(directory, { withFileTypes: true });
