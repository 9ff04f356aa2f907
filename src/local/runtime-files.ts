import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The preload that enters the application's process; engine and worker lie beside it. It is found beside the bundled CLI,
 * or in `dist/` of the repository when the sources run unbuilt.
 * @throws when it was not built.
 */
export function preloadFile(): string {
  const candidates = [
    join(import.meta.dirname, 'runtime', 'preload.cjs'),
    join(import.meta.dirname, '..', '..', 'dist', 'runtime', 'preload.cjs'),
  ];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`${candidates[0]} is missing; npm run build makes it`);
  return found;
}
