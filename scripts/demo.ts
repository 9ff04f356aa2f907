import { fileURLToPath } from 'node:url';
import { terminalPaint, terminalReporter } from '../src/cli/output.ts';
import { createTextReporter, type Reporter } from '../src/local/reporter.ts';
import { runLocal } from '../src/local/run.ts';

/**
 * `npm run demo`: the example orders service under its own traffic, the example manifests applied to it without a cluster.
 * Exits 0 only if every example probe reported something.
 */
const DEMO_SECONDS = 15;

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
process.env.TRAFFIC = '1';
process.env.PORT = '0';

const paint = terminalPaint();
const text = createTextReporter(terminalReporter([root]));
const results = new Map<string, number>();
const reporter: Reporter = {
  ...text,
  result: (line) => {
    results.set(line.name, (results.get(line.name) ?? 0) + 1);
    text.result(line);
  },
};

console.log(`
${paint.bold('Davylamp')}: log lines and snapshots from code that is already running.

  ${paint.dim('$')} node examples/orders/dist/server.js     ${paint.dim('# a small shop, its own customer; it does not know Davylamp')}
  ${paint.dim('$')} davylamp local -f examples/ …           ${paint.dim('# the same manifests that kubectl apply takes')}
`);

const { probes } = await runLocal({
  manifests: ['examples'],
  target: { command: [process.execPath, 'examples/orders/dist/server.js'], standardOutput: 'inherit' },
  reporter,
  signal: AbortSignal.timeout(DEMO_SECONDS * 1000),
});

const silent = probes.filter(({ probe }) => !results.has(probe.metadata.name));
console.log();
for (const { probe } of probes) {
  const { name } = probe.metadata;
  const count = results.get(name) ?? 0;
  const mark = count > 0 ? paint.good('✓') : paint.bad('✗');
  console.log(`${mark} ${name.padEnd(18)} ${probe.kind.padEnd(12)} ${count} result${count === 1 ? '' : 's'}`);
}
console.log(
  silent.length === 0 && probes.length > 0
    ? `\nEvery probe reported; the service was neither changed nor restarted. Next: edit examples/*.yaml and run\n  npx davylamp local -f examples/ -- node examples/orders/dist/server.js\n`
    : `\n${paint.bad('Not every probe reported.')}\n`,
);
process.exit(silent.length === 0 && probes.length > 0 ? 0 : 1);
