import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { installPackages } from '../install-packages.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Installs the applications where that was not done yet, and builds those that are deployed built. */
export default async function setup(): Promise<void> {
  installPackages(here);
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
