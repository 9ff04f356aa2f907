import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseProbeName } from '../../src/cli/probe-name.ts';
import { Program, run } from './program.ts';

describe('davylamp', () => {
  it('says its version to people and to programs', async () => {
    expect((await run('version')).output).toMatch(/^davylamp \S+ \(davylamp\.dev\/v1alpha1, Node\.js /);
    expect(JSON.parse((await run('version', '-o', 'json')).output)).toMatchObject({
      apiVersion: 'davylamp.dev/v1alpha1',
    });
  });

  it.each([
    ['an unknown command', ['probe']],
    ['an unknown option', ['lint', '--fast', 'examples']],
    ['a missing argument', ['lint']],
    ['an output format that there is not', ['version', '-o', 'xml']],
    ['a pid that is no number', ['local', '-f', 'examples', '--pid', 'all']],
    ['neither a pid nor a command', ['local', '-f', 'examples']],
    ['both a pid and a command', ['local', '-f', 'examples', '--pid', '1', '--', 'node']],
    ['a name without a kind', ['tail', 'large-orders']],
  ])('answers 2 to %s', async (_, parameters) => {
    const { code, errors } = await run(...parameters);

    expect(code).toBe(2);
    expect(errors).not.toBe('');
  });
});

describe('davylamp lint', () => {
  it('finds nothing in the examples', async () => {
    const { code, output } = await run('lint', 'examples');

    expect(output).toBe('✓ 4 probes in 5 files, nothing wrong, 2 other objects not looked at\n');
    expect(code).toBe(0);
  });

  it('lists every problem with its position and answers 1', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lint-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'probe.yaml');
    await writeFile(
      file,
      `apiVersion: davylamp.dev/v1alpha1
kind: Snapshot
metadata: {name: first}
spec:
  target: {workloadRef: {kind: Deployment, name: orders}}
  location: {line: 54}
  condition: order = 1
  watch: [order.total(), "delete order.id"]
`,
    );
    const { code, output } = await run('lint', file);
    expect(code).toBe(1);
    expect(output).toContain(`${file}:6:13: Snapshot first spec.location: location.line needs location.file\n`);
    expect(output).toMatch(/:7:14: Snapshot first spec\.condition: /);
    expect(output).toMatch(/:8:26: Snapshot first spec\.watch\[1\]: /);
    expect(output).toContain('✗ 3 problems');

    const json = JSON.parse((await run('lint', file, '-o', 'json')).output);
    expect(json.issues).toContainEqual(
      expect.objectContaining({ file, line: 6, column: 13, field: 'spec.location', object: 'Snapshot first' }),
    );
  });

  it('answers 1 to a file that is not there', async () => {
    const errors = expect.stringMatching(/^davylamp: there is no file or directory nothing\.yaml; give [^\n]*\n$/);
    expect(await run('lint', 'nothing.yaml')).toMatchObject({ code: 1, errors });
    expect(await run('local', '-f', 'nothing.yaml', '--', 'node', '-v')).toMatchObject({ code: 1, errors });
  });

  it('does not pass where there is nothing to check: manifests stand deeper', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'lint-'));
    await mkdir(join(directory, 'deeper'));
    const errors = `davylamp: there is no manifest in ${directory}; give files, or directories that have them directly in them\n`;
    expect(await run('lint', directory)).toMatchObject({ code: 1, errors });
  });
});

describe('davylamp tail', () => {
  it('answers 3 when there is no cluster', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tail-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const kubeconfig = join(directory, 'config');
    const config = {
      'current-context': 'none',
      contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
      clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:1', 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'none', user: {} }],
    };
    await writeFile(kubeconfig, JSON.stringify(config));

    const { code, errors } = await run('tail', 'dlog/large-orders', '--kubeconfig', kubeconfig);
    expect(code).toBe(3);
    expect(errors).toMatch(/^davylamp: /);
    expect((await run('tail', 'dlog/large-orders', '--kubeconfig', join(directory, 'nothing'))).code).toBe(3);

    const nowhere = new Program(['tail', 'dlog/large-orders'], { KUBECONFIG: '', HOME: directory });
    expect(await nowhere.ended).toBe(3);
    expect(nowhere.errors).toBe(
      'davylamp: there is no kubeconfig: set KUBECONFIG, give --kubeconfig FILE, or write ~/.kube/config\n',
    );
  });

  it.each([
    'dlog/x',
    'dynamiclog/x',
    'DynamicLog/x',
    'dynamiclogs.davylamp.dev/x',
    'dynamiclogs.v1alpha1.davylamp.dev/x',
  ])('knows what %s is', (name) => {
    expect(parseProbeName(name)).toEqual({ kind: 'DynamicLog', name: 'x' });
  });
});
