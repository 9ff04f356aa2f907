import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadManifests } from '../../../src/local/manifests/manifests.ts';
import { describeIssue } from '../../../src/local/reporter.ts';

const GOOD = `apiVersion: davylamp.dev/v1alpha1
kind: DynamicLog
metadata:
  name: large-orders
spec:
  target:
    selector:
      matchLabels: {app: orders}
  location:
    file: src/orders.ts
    line: 50
  message: "order {order.id}"
`;

describe('reading manifests', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'manifests-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const problems = async (text: string): Promise<string[]> => {
    await writeFile(join(directory, 'probe.yaml'), text);
    const { issues } = await loadManifests([directory]);
    return issues.map((issue) => describeIssue(issue).slice(directory.length + 1));
  };

  it('fills in no limit, since policies have a say in them', async () => {
    await writeFile(join(directory, 'probe.yaml'), GOOD);
    const { probes, issues } = await loadManifests([directory]);

    expect(issues).toEqual([]);
    expect(probes[0]?.probe).toMatchObject({
      metadata: { name: 'large-orders', namespace: 'default' },
      spec: { level: 'Info' },
    });
    expect(probes[0]?.probe.spec).not.toHaveProperty('ttlSeconds');
    expect(probes[0]?.probe.spec).not.toHaveProperty('limits');
  });

  it('takes what names no namespace to be in the one that is given, as kubectl apply -n does', async () => {
    const policy = (kind: string) =>
      `apiVersion: davylamp.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: a}\nspec: {}\n`;
    const documents = [GOOD, policy('InstrumentationPolicy'), policy('ClusterInstrumentationPolicy')];
    await writeFile(join(directory, 'probe.yaml'), documents.join('---\n'));
    const { probes, policies, issues } = await loadManifests([directory], 'shop');
    expect(issues).toEqual([]);
    expect(probes).toMatchObject([{ probe: { metadata: { namespace: 'shop' } }, isPlaced: true }]);
    expect(policies[0]?.policy.metadata).toHaveProperty('namespace', 'shop');
    expect(policies[1]?.policy.metadata).not.toHaveProperty('namespace');
    expect((await loadManifests([directory])).probes).toMatchObject([{ isPlaced: false }]);
  });

  it('refuses what names another namespace than the one that is given', async () => {
    await writeFile(join(directory, 'probe.yaml'), GOOD.replace('large-orders', 'large-orders\n  namespace: bank'));
    const { probes, issues } = await loadManifests([directory], 'shop');
    expect(probes).toEqual([]);
    expect(issues.map((issue) => describeIssue(issue).slice(directory.length + 1))).toEqual([
      'probe.yaml:5:14: DynamicLog large-orders metadata.namespace: the namespace from the provided object "bank" does not match the namespace "shop" that is given',
    ]);
    expect((await loadManifests([directory], 'bank')).issues).toEqual([]);
  });

  it('reads the objects of a List, and says where in it something is wrong', async () => {
    const item = GOOD.replaceAll(/^/gm, '    ').replace('    api', '  - api').trimEnd();
    const list = `apiVersion: v1\nkind: List\nitems:\n${item}\n`;
    expect(await problems(list)).toEqual([]);
    const { probes, others } = await loadManifests([directory]);
    expect(probes.map(({ probe }) => probe.metadata.name)).toEqual(['large-orders']);
    expect(others).toBe(0);

    expect(await problems(list.replace('line: 50', 'line: 0'))).toEqual([
      expect.stringMatching(/^probe\.yaml:14:15: DynamicLog large-orders spec\.location\.line: /),
    ]);
  });

  it('reads all documents of a file and all files of a directory, and leaves other objects alone', async () => {
    const second = GOOD.replace('large-orders', 'small-orders');
    const deployment = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders}\n';
    await writeFile(join(directory, 'a.yaml'), `${GOOD}---\n${deployment}---\n`);
    await writeFile(join(directory, 'b.json'), JSON.stringify({ apiVersion: 'v1', kind: 'Service' }));
    await writeFile(join(directory, 'c.yml'), second);
    await writeFile(join(directory, 'notes.txt'), 'not a manifest');
    const { probes, others, files } = await loadManifests([directory]);

    expect(probes.map(({ probe }) => probe.metadata.name)).toEqual(['large-orders', 'small-orders']);
    expect(others).toBe(2);
    expect(files).toHaveLength(3);
  });

  it.each([
    [
      'a value of the wrong type',
      GOOD.replace('line: 50', 'line: fifty'),
      'probe.yaml:11:11: DynamicLog large-orders spec.location.line: expected number, received string, but it is "fifty"',
    ],
    [
      'a value out of its bounds',
      GOOD.replace('line: 50', 'line: 0'),
      'probe.yaml:11:11: DynamicLog large-orders spec.location.line: Too small: expected number to be >=1, but it is 0',
    ],
    [
      'a misspelt field',
      GOOD.replace('  message:', '  mesage: x\n  message:'),
      'probe.yaml:12:3: DynamicLog large-orders spec.mesage: unknown field; message is meant?',
    ],
    [
      'a missing field, at its parent',
      GOOD.replace(/ {2}message.*\n/, ''),
      'probe.yaml:6:3: DynamicLog large-orders spec.message: required field is missing',
    ],
    [
      'a location that is both line and function, in the words of the API server',
      GOOD.replace('line: 50', 'line: 50\n    function: place'),
      'probe.yaml:10:5: DynamicLog large-orders spec.location: location needs exactly one of line (with file) and function',
    ],
    [
      'an empty selector',
      GOOD.replace('{app: orders}', '{}'),
      'probe.yaml:8:7: DynamicLog large-orders spec.target.selector: selector must not be empty: give at least one entry in matchLabels or matchExpressions',
    ],
    [
      'a name that Kubernetes does not allow',
      GOOD.replace('large-orders', 'Large_Orders'),
      'probe.yaml:4:9: DynamicLog Large_Orders metadata.name: "Large_Orders" must be lower case letters, digits, - and .',
    ],
    [
      'another version',
      GOOD.replace('v1alpha1', 'v1'),
      'probe.yaml:1:13: DynamicLog large-orders apiVersion: davylamp.dev/v1 is not served; use davylamp.dev/v1alpha1',
    ],
    [
      'a kind that does not exist',
      GOOD.replace('DynamicLog', 'DynamicLogs'),
      'probe.yaml:2:7: DynamicLogs large-orders kind: "DynamicLogs" is not known; there are DynamicLog, Snapshot',
    ],
    [
      'two objects of one name',
      `${GOOD}---\n${GOOD}`,
      /probe\.yaml:17:9: metadata\.name: DynamicLog default\/large-orders is in .*probe\.yaml too/,
    ],
    ['text that is not YAML', `${GOOD}  x: [`, /probe\.yaml:13:\d+: not YAML: /],
  ])('points at %s', async (_, text, want) => {
    const found = await problems(text);

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(want);
  });

  it.each([
    [
      'a name that is a number',
      GOOD.replace('name: large-orders', 'name: 7'),
      /^probe\.yaml:4:9: DynamicLog metadata\.name: expected string/,
    ],
    [
      'no metadata',
      GOOD.replace(/metadata:\n.*\n/, ''),
      /^probe\.yaml:1:1: DynamicLog metadata: required field is missing/,
    ],
    ['no kind', GOOD.replace(/kind: .*\n/, ''), /^probe\.yaml:1:1: large-orders kind: "" is not known;/],
  ])('never takes an object of our group for another one, though it has %s', async (_, text, want) => {
    expect(await problems(text)).toEqual([expect.stringMatching(want)]);
  });

  it('knows where each field of a probe stands, or its nearest parent', async () => {
    await writeFile(join(directory, 'probe.yaml'), `---\n${GOOD}`);
    const [loaded] = (await loadManifests([directory])).probes;

    expect(loaded?.positionOf('spec.location.line')).toEqual({ line: 12, column: 11 });
    expect(loaded?.positionOf('spec.limits.maxHits')).toEqual({ line: 7, column: 3 });
  });

  it('leaves tests of policies to the command that runs them', async () => {
    const test = 'apiVersion: davylamp.dev/v1alpha1\nkind: PolicyTest\nmetadata: {name: developers}\n';
    expect(await problems(`${GOOD}---\n${test}`)).toEqual([]);
    expect(await loadManifests([directory])).toMatchObject({ probes: [{}], others: 1 });
  });

  it('points at an expression that the operator would refuse', async () => {
    const found = await problems(GOOD.replace('{order.id}', '{order.id = 7}'));

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^probe\.yaml:12:12: DynamicLog large-orders spec\.message: /);
  });

  it('points at an expression also where the schema is broken', async () => {
    const broken = GOOD.replace('line: 50', 'line: 0').replace('{order.id}', '{order.id = 7}');
    expect(await problems(`${broken}  condition: order.total( > 100\n`)).toEqual([
      expect.stringMatching(/^probe\.yaml:11:11: DynamicLog large-orders spec\.location\.line: /),
      expect.stringMatching(/^probe\.yaml:12:12: DynamicLog large-orders spec\.message: .*assign/),
      expect.stringMatching(/^probe\.yaml:13:14: DynamicLog large-orders spec\.condition: /),
    ]);

    const snapshot = GOOD.replace('DynamicLog', 'Snapshot').replace(
      / {2}message.*\n/,
      '  watch: [1, delete order.id]\n',
    );
    expect(await problems(snapshot)).toEqual([
      expect.stringMatching(/spec\.watch\[0\]: expected string, received number/),
      expect.stringMatching(/spec\.watch\[1\]: .*delete/),
    ]);
  });

  it('is not held up by anchors that make large or endless values of a few lines', async () => {
    const levels = [...'bcdefgh'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefg'[index]}`)}]`);
    const large = await problems(
      `a: &a [${Array(10).fill(1)}]\n${levels.join('\n')}\n${GOOD.replace('"order {order.id}"', '*h')}`,
    );
    expect(large).toContainEqual(
      expect.stringMatching(/spec\.message: expected string, received array, but it is \[ \[ \[Array\], \[Array\],/),
    );
    const endless = await problems(
      GOOD.replace('metadata:', 'metadata: &m')
        .replace('"order {order.id}"', '*m')
        .replace('name: large-orders', 'name: large-orders\n  labels: *m'),
    );
    expect(endless).toContainEqual(
      expect.stringMatching(/spec\.message: expected string, received object, but it is </),
    );
  });

  it('tells a path that does not exist from a wrong manifest', async () => {
    await expect(loadManifests([join(directory, 'nothing.yaml')])).rejects.toThrow(
      /^there is no file or directory .*nothing\.yaml; give the path of a manifest, or of a directory of manifests$/,
    );
  });

  it('has a position for every text that a person may save, and never breaks on it', async () => {
    const noise = fc.tuple(fc.nat(GOOD.length), fc.nat(20), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(noise, async ([at, removed, added]) => {
        await writeFile(join(directory, 'probe.yaml'), GOOD.slice(0, at) + added + GOOD.slice(at + removed));
        const { issues } = await loadManifests([directory]);
        for (const { line, column } of issues) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});
