import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What the debugger that is enabled early costs a program without any probe, side by side: `node bench/rest.ts [ROUNDS [NODE…]]`, after
 * `npm run build`. Each figure is the median of the rounds, which are interleaved.
 */
const MODES = ['plain', 'OnDemand', 'AtStart'] as const;
type Mode = (typeof MODES)[number];

const [rounds = '5', ...nodes] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'davylamp-rest-'));
const preload = join(import.meta.dirname, '..', 'dist', 'runtime', 'preload.cjs');
const program = join(import.meta.dirname, 'programs', 'rest.cjs');

function measure(node: string, mode: Mode): Record<string, number> {
  const env: NodeJS.ProcessEnv = { ...process.env, DAVYLAMP_MODULES: directory };
  if (mode !== 'plain') {
    Object.assign(env, { NODE_OPTIONS: `--require=${preload}`, DAVYLAMP_RUN: directory, DAVYLAMP_DEBUGGER: mode });
  }
  const { stdout } = spawnSync(node, [program], { env, encoding: 'utf8' });
  return JSON.parse(stdout);
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

try {
  for (let module = 0; module < 1000; module++) {
    const functions = Array.from(
      { length: 17 },
      (_, index) =>
        `exports.f${index} = function f${index}(a, b) { const x = a + ${module}; return x * b + ${index}; };`,
    );
    writeFileSync(join(directory, `m${module}.cjs`), functions.join('\n'));
  }
  for (const node of nodes.length === 0 ? [process.execPath] : nodes) {
    const all = new Map<Mode, Record<string, number>[]>(MODES.map((mode) => [mode, []]));
    for (let round = 0; round < Number(rounds); round++) {
      for (const mode of MODES) all.get(mode)?.push(measure(node, mode));
    }
    console.log(`\n${node}`);
    for (const [mode, results] of all) {
      const names = Object.keys(results[0] ?? {});
      const shown = names.map((name) => `${name} ${median(results.map((one) => one[name] ?? Number.NaN)).toFixed(1)}`);
      console.log(`${mode.padEnd(10)} ${shown.join(' | ')}`);
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
