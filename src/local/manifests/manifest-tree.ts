import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isManifestName } from './manifests.ts';
import { readable } from './unreadable.ts';

/** Directories in which nobody keeps manifests of their own. */
const isPassedOver = (name: string): boolean => name.startsWith('.') || name === 'node_modules';

/**
 * The manifests below the paths, at any depth, each once: repositories from which clusters are kept are trees.
 * @param without a file that is left out.
 * @throws UnreadableError for a path that does not exist or cannot be read.
 */
export async function manifestTree(paths: readonly string[], without?: string): Promise<string[]> {
  /** By their real paths. */
  const files = new Map<string, string>();
  const directories = new Set<string>();
  const leftOut = without === undefined ? undefined : await readable(without, realpath(without));
  const add = (path: string, real: string): void => {
    if (real !== leftOut && !files.has(real)) files.set(real, path);
  };
  const visit = async (path: string, real: string): Promise<void> => {
    if (directories.has(real)) return;
    directories.add(real);
    const entries = await readable(path, readdir(real, { withFileTypes: true }));
    for (const entry of entries.sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const inside = join(path, entry.name);
      if (isPassedOver(entry.name)) continue;
      if (entry.isSymbolicLink()) await follow(inside, false);
      else if (entry.isDirectory()) await visit(inside, join(real, entry.name));
      else if (isManifestName(entry.name)) add(inside, join(real, entry.name));
    }
  };
  /** Links may lead back to where they are. */
  const follow = async (path: string, isNamed: boolean): Promise<void> => {
    const real = await readable(path, realpath(path));
    if ((await readable(path, stat(real))).isDirectory()) await visit(path, real);
    else if (isNamed || isManifestName(path)) add(path, real);
  };
  for (const path of paths) await follow(path, true);
  return [...files.values()];
}
