/**
 * `build.mjs OUTPUT`: builds the programs with every tool into a folder of its own below OUTPUT, each with a main file that
 * runs the programs which are named on its standard input. Plain JavaScript, as the tools are not there when the rest is type-checked.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import commonjs from '@rollup/plugin-commonjs';
import swc from '@swc/core';
import { build as esbuild } from 'esbuild';
import { rollup } from 'rollup';
import { minify } from 'terser';
import webpack from 'webpack';

const programs = fileURLToPath(new URL('./programs/', import.meta.url));
const [output] = process.argv.slice(2);

const files = readdirSync(programs).filter((file) => /^[^.]+\.[mc]?[jt]s$/.test(file));

/** Programs are what exports run(); the others are their parts. */
const isProgram = (file) =>
  /^\ufeff?export (?:async )?function run\b|^exports\.run\b/m.test(readFileSync(join(programs, file), 'utf8'));

/** `// @not tsc swc: why` in a program leaves it out of these variants. */
function programsOf(variant) {
  return files.filter((file) => {
    if (variant === 'source-js' && file.endsWith('.ts')) return false;
    if (variant === 'tsc-cjs' && file.endsWith('.mjs')) return false;
    const text = readFileSync(join(programs, file), 'utf8');
    return (
      isProgram(file) &&
      ![...text.matchAll(/^\/\/ @not ([^:]+):/gm)].some(([, left]) => left.split(' ').includes(variant))
    );
  });
}

const nameOf = (file) => basename(file, extname(file));

const loop = `createInterface({ input: process.stdin }).on('line', async (name) => {
  let end = 'done';
  try {
    const program = programs[name];
    await (program.run ?? program.default.run)();
  } catch (error) {
    end = \`threw \${error?.stack}\`;
  }
  console.log(\`\${end} \${name}\`);
});
console.log('ready');
`;

/** @param specifierOf what a main file imports for a program. */
function esmMain(list, specifierOf) {
  const imports = list.map((file, index) => `import * as program${index} from ${JSON.stringify(specifierOf(file))};`);
  const table = list.map((file, index) => `${JSON.stringify(nameOf(file))}: program${index}`);
  return `import { createInterface } from 'node:readline';\n${imports.join('\n')}\nconst programs = { ${table.join(', ')} };\n${loop}`;
}

function cjsMain(list, specifierOf) {
  const table = list.map((file) => `${JSON.stringify(nameOf(file))}: require(${JSON.stringify(specifierOf(file))})`);
  return `const { createInterface } = require('node:readline');\nconst programs = { ${table.join(', ')} };\n${loop}`;
}

function folderOf(variant, type) {
  const folder = join(output, variant);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
  return folder;
}

/** A main file that imports the sources, for bundlers. */
function entryOf(folder, variant) {
  const entry = join(folder, 'entry.mjs');
  writeFileSync(
    entry,
    esmMain(programsOf(variant), (file) => join(programs, file)),
  );
  return entry;
}

const swcOptions = (file) => ({
  filename: join(programs, file),
  sourceMaps: true,
  configFile: false,
  swcrc: false,
  jsc: {
    parser: { syntax: file.endsWith('ts') ? 'typescript' : 'ecmascript', decorators: true },
    transform: { legacyDecorator: true },
    target: 'es2022',
    keepClassNames: true,
  },
});

const isCommonJs = (file) => file.endsWith('.cjs');

const terser = { module: true, compress: true, mangle: true };

function compileWithTsc(variant, type, target) {
  const folder = folderOf(variant, type);
  const config = {
    compilerOptions: {
      target,
      module: type === 'module' ? 'nodenext' : 'commonjs',
      moduleResolution: type === 'module' ? 'nodenext' : 'bundler',
      esModuleInterop: true,
      allowJs: true,
      sourceMap: true,
      noCheck: true,
      resolveJsonModule: true,
      rewriteRelativeImportExtensions: true,
      experimentalDecorators: true,
      types: [],
      rootDir: programs,
      outDir: join(folder, 'out'),
      skipLibCheck: true,
    },
    include: [`${programs}*`],
    exclude: [`${programs}*.txt`],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
  writeFileSync(
    join(folder, 'main.js'),
    (type === 'module' ? esmMain : cjsMain)(programsOf(variant), (file) => `./out/${file.replace(/ts$/, 'js')}`),
  );
}

const VARIANTS = {
  source: async () => {
    for (const variant of ['source', 'source-js']) {
      const folder = folderOf(variant, 'module');
      writeFileSync(
        join(folder, 'main.js'),
        esmMain(programsOf(variant), (file) => pathToFileURL(join(programs, file)).href),
      );
    }
  },

  tsc: async () => compileWithTsc('tsc', 'module', 'es2022'),

  // As most servers that are deployed: fields and private names are helpers, imports are properties.
  'tsc-cjs': async () => compileWithTsc('tsc-cjs', 'commonjs', 'es2021'),

  swc: async () => {
    const folder = folderOf('swc', 'commonjs');
    mkdirSync(join(folder, 'out'));
    const compiled = (file) => (isCommonJs(file) ? file : `${nameOf(file)}.js`);
    for (const file of files) {
      const options = { ...swcOptions(file), isModule: isCommonJs(file) ? 'commonjs' : true };
      const name = compiled(file);
      const { code, map } = await swc.transformFile(join(programs, file), {
        ...options,
        jsc: { ...options.jsc, rewriteRelativeImportExtensions: true },
        module: { type: 'commonjs' },
        outputPath: join(folder, 'out', name),
      });
      writeFileSync(
        join(folder, 'out', name),
        `${code.replaceAll('.mjs")', '.js")')}\n//# sourceMappingURL=${name}.map`,
      );
      writeFileSync(join(folder, 'out', `${name}.map`), map);
    }
    for (const file of readdirSync(programs).filter((one) => one.endsWith('.json'))) {
      cpSync(join(programs, file), join(folder, 'out', file));
    }
    writeFileSync(
      join(folder, 'main.js'),
      cjsMain(programsOf('swc'), (file) => `./out/${compiled(file)}`),
    );
  },

  esbuild: async () => {
    for (const [variant, options] of [
      ['esbuild', { minify: true, sourcemap: true }],
      ['esbuild-inline', { sourcemap: 'inline', target: 'node20' }],
    ]) {
      const folder = folderOf(variant, 'module');
      await esbuild({
        entryPoints: [entryOf(folder, variant)],
        outfile: join(folder, 'main.js'),
        bundle: true,
        platform: 'node',
        format: 'esm',
        logLevel: 'error',
        tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
        banner: {
          js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
        },
        ...options,
      });
    }
  },

  rollup: async () => {
    const folder = folderOf('rollup', 'module');
    const bundle = await rollup({
      input: entryOf(folder, 'rollup'),
      external: /^node:/,
      onwarn: () => {},
      plugins: [
        commonjs(),
        {
          name: 'swc',
          transform: async (code, id) => {
            if (id.endsWith('.json')) return { code: `export default ${code};`, map: null };
            if (!id.startsWith(programs)) return null;
            const { code: compiled, map } = await swc.transform(code, swcOptions(basename(id)));
            return { code: compiled, map: JSON.parse(map) };
          },
          renderChunk: async (code) => {
            const { code: minified, map } = await minify(code, { ...terser, sourceMap: true });
            return { code: minified, map };
          },
        },
      ],
    });
    await bundle.write({
      dir: folder,
      entryFileNames: 'main.js',
      chunkFileNames: '[name].js',
      format: 'es',
      sourcemap: 'inline',
    });
    await bundle.close();
  },

  webpack: async () => {
    const folder = folderOf('webpack', 'commonjs');
    const loader = join(folder, 'loader.cjs');
    const require = createRequire(import.meta.url);
    writeFileSync(
      loader,
      `const swc = require(${JSON.stringify(require.resolve('@swc/core'))});
module.exports = function (source) {
  const { code, map } = swc.transformSync(source, { ...this.getOptions(), filename: this.resourcePath });
  this.callback(null, code, JSON.parse(map));
};`,
    );
    const stats = await new Promise((resolve, reject) => {
      webpack(
        {
          mode: 'production',
          target: 'node20',
          devtool: 'source-map',
          context: join(programs, '..'),
          // Nothing in the output may come from where the repository lies: the names that the minifier gives depend on all of it.
          optimization: { moduleIds: 'natural' },
          plugins: [new webpack.DefinePlugin({ 'import.meta.url': JSON.stringify('file:///programs/module.mjs') })],
          entry: entryOf(folder, 'webpack'),
          output: { path: folder, filename: 'main.js' },
          module: {
            rules: [{ test: /\.ts$/, use: { loader, options: { ...swcOptions('any.ts'), filename: undefined } } }],
          },
        },
        (error, done) => (error ? reject(error) : resolve(done)),
      );
    });
    if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  },
};

await Promise.all(Object.values(VARIANTS).map((build) => build()));
const variants = ['source', 'source-js', 'tsc', 'tsc-cjs', 'swc', 'esbuild', 'esbuild-inline', 'rollup', 'webpack'];
console.log(JSON.stringify(Object.fromEntries(variants.map((variant) => [variant, programsOf(variant).map(nameOf)]))));
