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
  const files = new Map<string, string>();
  const seen = new Set<string>();
  const leftOut = without === undefined ? undefined : await readable(without, realpath(without));
  const visit = async (path: string, isNamed: boolean): Promise<void> => {
    // Links may lead back to where they are.
    const real = await readable(path, realpath(path));
    if (!(await readable(path, stat(real))).isDirectory()) {
      if ((isNamed || isManifestName(path)) && real !== leftOut && !files.has(real)) files.set(real, path);
      return;
    }
    if (seen.has(real)) return;
    seen.add(real);
    for (const name of (await readable(path, readdir(real))).sort()) {
      if (!isPassedOver(name)) await visit(join(path, name), false);
    }
  };
  for (const path of paths) await visit(path, true);
  return [...files.values()];
}
