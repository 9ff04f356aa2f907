import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @returns path inside a product's package that `npm ci --prefix bench/peers` has installed; undefined where it has not. */
export function installed(path: string): string | undefined {
  const file = fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));
  return existsSync(file) ? file : undefined;
}
