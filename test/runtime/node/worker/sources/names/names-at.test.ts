import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyzeScript } from '../../../../../../src/runtime/node/worker/sources/analysis/analyze-script.ts';
import { SourceMap } from '../../../../../../src/runtime/node/worker/sources/maps/source-map.ts';
import {
  renameFunction,
  renameVariables,
} from '../../../../../../src/runtime/node/worker/sources/names/captured-names.ts';
import { namesAt } from '../../../../../../src/runtime/node/worker/sources/names/names-at.ts';
import { ScriptNames } from '../../../../../../src/runtime/node/worker/sources/names/script-names.ts';

const sources = fileURLToPath(new URL('../../../fixtures/names/src/', import.meta.url));
const root = fileURLToPath(new URL('../../../../../../', import.meta.url));
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'davylamp-names-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function bundled(options: BuildOptions): Promise<ScriptNames> {
  const outdir = mkdtempSync(join(directory, 'esbuild-'));
  await build({
    ...{ entryPoints: [join(sources, 'main.ts')], outdir, platform: 'node', sourcemap: true },
    ...options,
  });
  return namesOf(join(outdir, 'main.js'));
}

function compiled(module: string, target: string): ScriptNames {
  const outDir = join(directory, `${module}-${target}`);
  const options = ['--module', module, '--target', target, '--moduleResolution', 'bundler', '--types', 'node'];
  const rest = [
    '--sourceMap',
    '--rewriteRelativeImportExtensions',
    '--ignoreConfig',
    '--skipLibCheck',
    '--outDir',
    outDir,
  ];
  execFileSync(join(root, 'node_modules/.bin/tsc'), [join(sources, 'main.ts'), ...options, ...rest], { cwd: root });
  return namesOf(join(outDir, 'main.js'));
}

function namesOf(file: string): ScriptNames {
  const analysis = analyzeScript(readFileSync(file, 'utf8'), file);
  if (analysis === undefined) throw new Error('not read');
  return new ScriptNames(analysis, new SourceMap(readFileSync(`${file}.map`, 'utf8'), `file://${file}`, 'main.js.map'));
}

/** Where code of that line of main.ts starts. */
function placeOf(names: ScriptNames, line: number, file = 'main.ts') {
  const path = names.map?.sources.find((source) => source?.endsWith(`/${file}`)) ?? '';
  const [place] = names.map?.lineRangesOf(path, line - 1) ?? [];
  if (place === undefined) throw new Error(`nothing comes from line ${line}`);
  return { line: place.line, column: place.start };
}

const outputs: [string, () => Promise<ScriptNames> | ScriptNames][] = [
  ['esbuild', () => bundled({ format: 'cjs' })],
  ['esbuild, minified', () => bundled({ format: 'cjs', minify: true })],
  ['esbuild, bundled', () => bundled({ format: 'esm', bundle: true })],
  ['esbuild, bundled and minified', () => bundled({ format: 'cjs', bundle: true, minify: true })],
  ['tsc for CommonJS', () => compiled('commonjs', 'es2022')],
  ['tsc for old CommonJS', () => compiled('commonjs', 'es2015')],
  ['tsc for ES modules', () => compiled('es2022', 'es2022')],
];

describe.each(outputs)('names in the output of %s', (_name, make) => {
  let names: ScriptNames;

  beforeAll(async () => {
    names = await make();
  });

  test('are found by those of the source, also of imports', () => {
    const site = placeOf(names, 13);
    const rename = namesAt(site, names);
    const { source, lines } = names.analysis;
    for (const name of ['order', 'price', 'basket', 'factor', 'result']) {
      const generated = rename(name) ?? '';
      const visible = names.visibleAt(site).find(({ binding }) => binding.name === generated);
      expect(visible && names.originalOf(visible.binding)?.name).toBe(name);
    }
    expect(source.slice(lines.offset(site))).toContain(rename('order'));
    expect(rename('total')).toMatch(/^(?:[\w$]+\.)?[\w$]+$/);
    expect(rename('rates')).toMatch(/^(?:[\w$]+\.rates|[\w$]+)$/);
    expect(rename('console')).toBe('console');
  });

  test('of a variable that shadows another are told apart by the line', () => {
    const inner = namesAt(placeOf(names, 13), names)('order');
    const outer = namesAt(placeOf(names, 17), names)('order');
    expect(names.visibleAt(placeOf(names, 17)).some(({ binding }) => binding.name === outer)).toBe(true);
    expect(names.visibleAt(placeOf(names, 13)).find(({ binding }) => binding.name === inner)?.isLocal).toBe(true);
  });

  test('of the running code do not lead around redaction', () => {
    const site = placeOf(names, 13);
    const password = names.visibleAt(site).find(({ binding }) => names.originalOf(binding)?.name === 'password');
    const generated = password?.binding.name ?? '';
    const rename = namesAt(site, names);
    if (generated !== 'password') expect(rename(generated)).toBeUndefined();
  });

  test('of another file that a bundler put beside it are refused, also as the running code calls them', () => {
    const site = placeOf(names, 13);
    const path = names.map?.original(site)?.path;
    const rename = namesAt(site, names);
    // What this file calls so itself is meant.
    const own = ['Basket', 'everything', 'rates', 'total', 'order'];
    for (const { binding } of names.visibleAt(site)) {
      const place = names.map?.exact(names.analysis.lines.position(binding.offset));
      if (place === undefined || place.path === path || own.includes(binding.name)) continue;
      expect(() => rename(binding.name), binding.name).toThrow(/is no variable of this file, but of .*basket\.ts/);
    }
  });

  test('in a capture are those of the source, without what a tool added', () => {
    const site = placeOf(names, 13);
    const captured = names
      .visibleAt(site)
      .filter(({ isLocal }) => isLocal)
      .map(({ binding }) => ({ name: binding.name, value: { type: 'number', text: '1' } }));
    const { locals } = renameVariables({ locals: captured }, names, site);
    expect(locals?.map(({ name }) => name).sort()).toEqual(
      expect.arrayContaining(['basket', 'factor', 'order', 'password', 'price', 'result']),
    );
    expect(locals?.filter(({ name }) => /^_|_\d$/.test(name))).toEqual([]);
    const known = names.functionAt(site)?.site?.nearName?.name.text ?? '';
    expect(renameFunction(known, names, site)).toBe('place');
  });
});
