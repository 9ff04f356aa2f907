import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Installs the applications where that was not done yet, and builds those that are deployed built. */
export default async function setup(): Promise<void> {
  install();
  execFileSync(join(here, '../../node_modules/.bin/tsc'), ['-p', join(here, 'nest')], { stdio: 'inherit' });
  await build({
    entryPoints: [join(here, 'node_modules/serve/build/main.js')],
    outfile: join(here, 'dist/serve.mjs'),
    bundle: true,
    minify: true,
    sourcemap: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
    logLevel: 'error',
  });
}

function install(): void {
  const stamp = join(here, 'node_modules', '.davylamp-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here, stdio: 'inherit' });
  writeFileSync(stamp, lock);
}
