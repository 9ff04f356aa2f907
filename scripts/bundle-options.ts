import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';

/** The folder of the repository, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));
const version: string = (await import('../package.json', { with: { type: 'json' } })).default.version;

/** What all bundles have in common. */
export const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  legalComments: 'none',
  logLevel: 'error',
  define: { DAVYLAMP_VERSION: JSON.stringify(version) },
};

/** Dependencies that are CommonJS call require(), which an ESM bundle has only if it makes it. */
const requireBanner =
  "import { createRequire as davylampCreateRequire } from 'node:module'; const require = davylampCreateRequire(import.meta.url);";

/** zod's `z` object keeps everything of zod in the bundle, all its languages too; as a namespace only what is used stays. */
const zodAsNamespace: Plugin = {
  name: 'zod-as-namespace',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replace("import { z } from 'zod';", "import * as z from 'zod';"),
    }));
  },
};

/** Said before anything that only newer versions have is touched. */
const versionBanner =
  "if (Number(process.versions.node.split('.')[0]) < 22) { console.error('error: davylamp needs Node.js 22 or newer; this is ' + process.version); process.exit(2); }";

/** A program for people's machines or the operator's image: one ES module with everything in it. */
export const program = (entry: string, outfile: string, shebang = false): BuildOptions => ({
  ...shared,
  entryPoints: [entry],
  outfile,
  format: 'esm',
  target: 'node22',
  minify: true,
  keepNames: true,
  sourcemap: false,
  plugins: [zodAsNamespace],
  banner: { js: `${shebang ? '#!/usr/bin/env node\n' : ''}${requireBanner}${versionBanner}` },
});
