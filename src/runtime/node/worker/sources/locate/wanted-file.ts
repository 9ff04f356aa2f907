import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { baseName, endsWithPath, isOfPackage, locationOf, showPath } from '../source-path.ts';

/** Directories that are looked through, from the working directory up. */
const MOST_DIRECTORIES = 64;

/** One way in which a loaded file can be the one that was asked for. */
export interface Way {
  /** Last segments of the paths that fit. */
  readonly names: readonly string[];
  fits(path: string): boolean;
  /** What people should know of it. @param path as it is shown. */
  note?(path: string): string;
}

/** A file as somebody named it in a probe: a path as in the repository, an end of it, an absolute path or a `file:` URL. */
export class WantedFile {
  readonly path: string;
  /** The most certain one first. */
  readonly ways: readonly Way[];
  readonly #directory: string;
  #isElsewhere: boolean | undefined;

  /** @param directory in which the process was started. */
  constructor(file: string, directory: string) {
    this.path = (file.startsWith('file:') ? locationOf(file) : file.replaceAll('\\', '/')).replace(/^(?:\.\/)+/, '');
    this.#directory = directory;
    const names = [baseName(this.path)];
    const links = [...new Set(this.#places().flatMap((place) => behindLinks(place) ?? []))];
    this.ways = [
      { names, fits: (path) => endsWithPath(path, this.path) },
      {
        names: links.map(baseName),
        fits: (path) => links.includes(path),
        note: (path) => `${file} is a link to ${path}`,
      },
      {
        names,
        fits: (path) => this.#isEndedBy(path),
        note: (path) => `no loaded file ends in ${file}; ${path} is the only one that fits its end`,
      },
    ];
  }

  /**
   * A container often has a part of the repository only, without the directories that lead to it.
   * @returns whether the path ends in all of the file's path below the working directory, in two segments at least: a name
   * alone, or the same end of another directory, says nothing.
   */
  #isEndedBy(path: string): boolean {
    const shown = showPath(path, this.#directory);
    if (shown.startsWith('/') || !shown.includes('/') || isOfPackage(shown)) return false;
    if (!this.path.endsWith(`/${shown}`)) return false;
    // If the file itself is there, it may still load, and is the one that is meant.
    this.#isElsewhere ??= this.#places().some((place) => existsSync(place));
    return !this.#isElsewhere;
  }

  /** Where it would be on this machine, seen from the working directory and those above it. */
  #places(): string[] {
    if (this.path.startsWith('/')) return [this.path];
    const places: string[] = [];
    for (let from = this.#directory; places.length < MOST_DIRECTORIES; from = dirname(from)) {
      places.push(join(from, this.path));
      if (from === dirname(from)) break;
    }
    return places;
  }
}

/**
 * The path with every link on its way resolved. The file itself need not be there, as the source of a compiled one is not.
 * @returns undefined where there is no link.
 */
function behindLinks(path: string): string | undefined {
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  try {
    const real = join(realpathSync(there), path.slice(there.length));
    return real === path ? undefined : real;
  } catch {
    return undefined;
  }
}
