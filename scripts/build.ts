import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * Bundles everything that runs outside this repository. `--quiet` prints errors only.
 * The runtime is three files of its own, because it enters other people's processes: CommonJS, Node.js 20, no dependencies to load.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const version: string = (await import('../package.json', { with: { type: 'json' } })).default.version;

const shared: BuildOptions = {
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

const program = (entry: string, outfile: string, shebang = false): BuildOptions => ({
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

/** CommonJS, because Node.js's loader of ES modules alone would be a megabyte more in every pod. */
const agent: BuildOptions = {
  ...shared,
  entryPoints: ['src/sidecar/main.ts'],
  outfile: 'dist/agent.cjs',
  format: 'cjs',
  target: 'node22',
  minify: true,
  define: { ...shared.define, 'import.meta.dirname': '__dirname' },
};

const runtime = (name: string): BuildOptions => ({
  ...shared,
  entryPoints: [`src/runtime/node/${name}.ts`],
  outfile: `dist/runtime/${name}.cjs`,
  format: 'cjs',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
});

/** The example service as people deploy it: compiled to CommonJS with source maps beside it. */
const example: BuildOptions = {
  ...shared,
  bundle: false,
  entryPoints: ['examples/orders/src/*.ts'],
  outdir: 'examples/orders/dist',
  format: 'cjs',
  target: 'node20',
  sourcemap: true,
  outExtension: { '.js': '.js' },
};

const wanted: BuildOptions[] = [
  program('src/cli/main.ts', 'dist/davylamp.js', true),
  program('src/operator.ts', 'dist/operator.js'),
  agent,
  runtime('preload'),
  runtime('early-debugger'),
  runtime('engine'),
  runtime('worker'),
  example,
];

const quiet = process.argv.includes('--quiet');
for (const options of wanted) {
  const [entry] = options.entryPoints as string[];
  if (entry === undefined || (!entry.includes('*') && !existsSync(root + entry))) continue;
  await build(options);
  if (!quiet && options.outfile) {
    console.log(`${options.outfile} ${Math.ceil(statSync(root + options.outfile).size / 1024)} KiB`);
  }
}
