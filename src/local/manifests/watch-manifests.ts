import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isManifestName } from './manifests.ts';

/** Editors write a file in several steps; what matters is how it is when they have finished. */
const SETTLE_MILLISECONDS = 100;

/**
 * Calls back when one of these files or directories may have changed. Directories are watched instead of files, because
 * most editors put a new file in the place of the old one.
 */
export function watchManifests(paths: readonly string[], onChange: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MILLISECONDS);
  };
  const watchers: FSWatcher[] = paths.map((path) => {
    const isDirectory = statSync(path).isDirectory();
    const concerns = isDirectory ? isManifestName : (name: string): boolean => name === basename(path);
    // Other files of the directory may change without end, and nothing would ever settle.
    const watcher = watch(isDirectory ? path : dirname(path), { persistent: false }, (_, name) => {
      if (name === null || concerns(name)) changed();
    });
    // A directory that is deleted while it is watched: the probes stay as they are.
    watcher.on('error', () => {});
    return watcher;
  });
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
