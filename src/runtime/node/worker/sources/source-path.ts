import { fileURLToPath } from 'node:url';

/** Paths as people write them: forward slashes, no scheme, no query. */

/**
 * Kubernetes mounts ConfigMaps and Secrets behind a directory that changes with their content: its name is left out, and
 * the path is that of the mount.
 */
const MOUNT_VERSION = /\/\.\.(?:data|\d{4}_\d{2}_\d{2}_[\d_.]+)(?=\/)/g;

/** @param url of a script, or of a source in a map: `file:///app/a.js`, `/app/a.js`, `webpack://shop/./src/a.ts`. */
export function pathOf(url: string): string {
  return locationOf(url).replace(MOUNT_VERSION, '');
}

/** The path at which the file can be read; `pathOf` gives the one that people know. */
export function locationOf(url: string): string {
  if (url.startsWith('file:')) {
    try {
      return fileURLToPath(url.split(/[?#]/, 1)[0] ?? url).replaceAll('\\', '/');
    } catch {
      return url;
    }
  }
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*\//i, '').replace(/\?.*$/, '');
  return path.replaceAll('\\', '/').replace(/^(?:\.{1,2}\/)+/, '');
}

/** @returns the path as it is shown: relative to the working directory where it is inside. */
export function showPath(path: string, directory: string): string {
  const prefix = directory.endsWith('/') ? directory : `${directory}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

/** @returns whether the wanted path is the path, or its last whole segments. */
export function endsWithPath(path: string, wanted: string): boolean {
  if (path === wanted) return true;
  return !wanted.startsWith('/') && path.endsWith(`/${wanted}`);
}

/** Whether a file was installed, rather than written here. */
export function isOfPackage(path: string): boolean {
  return path.includes('node_modules/');
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The name without its extensions: what `orders.ts`, `orders.js` and `orders.min.js` share. */
export function stem(path: string): string {
  return baseName(path).replace(/\..*$/, '');
}

/** Up to five of the paths that look most like the wanted one. */
export function similarPaths(paths: Iterable<string>, wanted: string): string[] {
  const name = baseName(wanted);
  const wantedStem = stem(wanted);
  const score = (path: string) => {
    if (baseName(path) === name) return 3;
    if (stem(path) === wantedStem) return 2;
    return likeness(stem(path).toLowerCase(), wantedStem.toLowerCase()) > 0.5 ? 1 : 0;
  };
  // Of the thousands of files of packages only those are meant that share a directory with the wanted one.
  const directories = new Set(wanted.split('/').slice(0, -1));
  const isMeant = (path: string) => !isOfPackage(path) || path.split('/').some((segment) => directories.has(segment));
  return [...new Set(paths)]
    .filter(isMeant)
    .map((path) => ({ path, score: score(path) - (isOfPackage(path) ? 0.5 : 0) }))
    .filter((candidate) => candidate.score > 0)
    .sort((a, b) => b.score - a.score || a.path.length - b.path.length)
    .slice(0, 5)
    .map(({ path }) => path);
}

/** The share of pairs of letters that two words have in common. */
function likeness(a: string, b: string): number {
  const pairs = (word: string) =>
    Array.from({ length: Math.max(0, word.length - 1) }, (_, at) => word.slice(at, at + 2));
  const left = pairs(a);
  const right = pairs(b);
  const shared = left.filter((pair) => right.includes(pair)).length;
  return left.length + right.length === 0 ? 0 : (2 * shared) / (left.length + right.length);
}
