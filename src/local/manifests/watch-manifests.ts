import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isManifestName } from './manifests.ts';

/** Wait after a change: editors write a file in several steps, and only the last state counts. */
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
    // Other files of the directory are ignored: if they changed all the time, the wait would never end.
    const watcher = watch(isDirectory ? path : dirname(path), { persistent: false }, (_, name) => {
      if (name === null || concerns(name)) changed();
    });
    // When a watched directory is deleted, the probes stay as they are.
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
