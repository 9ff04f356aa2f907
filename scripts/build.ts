import { existsSync, globSync, rmSync, statSync } from 'node:fs';
import { type BuildOptions, build } from 'esbuild';
import { program, root, shared } from './bundle-options.ts';

/**
 * Bundles everything that runs outside this repository. `--quiet` prints errors only.
 * The runtime is three files of its own, because it enters other people's processes: CommonJS, Node.js 20, no dependencies to load.
 */
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

/** In parts, since most commands need no client of Kubernetes, and would read it at each start. */
const commandLine: BuildOptions = {
  ...program('src/cli/main.ts', 'dist/davylamp.js', true),
  outfile: undefined,
  outdir: 'dist',
  entryNames: 'davylamp',
  chunkNames: 'davylamp-[name]-[hash]',
  splitting: true,
};

const wanted: BuildOptions[] = [
  commandLine,
  program('src/operator.ts', 'dist/operator.js'),
  agent,
  runtime('preload'),
  runtime('early-debugger'),
  runtime('engine'),
  runtime('worker'),
  example,
];

const quiet = process.argv.includes('--quiet');
// Names of parts change with what is in them.
for (const part of globSync('dist/davylamp-*.js', { cwd: root })) rmSync(root + part);
for (const options of wanted) {
  const [entry] = options.entryPoints as string[];
  if (entry === undefined || (!entry.includes('*') && !existsSync(root + entry))) continue;
  await build(options);
  if (!quiet && options.outfile) {
    console.log(`${options.outfile} ${Math.ceil(statSync(root + options.outfile).size / 1024)} KiB`);
  }
}
