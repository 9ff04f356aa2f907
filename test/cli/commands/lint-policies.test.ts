import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  clusterPolicyYaml,
  directoryOf,
  grantYaml,
  policyYaml,
  probeYaml,
} from '../../local/policies/policy-directory.ts';
import { Program, run } from '../program.ts';

const FILES = {
  'policies/developers.yaml': clusterPolicyYaml(
    'developers',
    '{requesters: OnlyUsers, maxima: {ttlSeconds: 600}, rules: [{name: own, action: Allow, files: ["src/**"]}], sinks: {allowed: []}}',
  ),
  'policies/rbac.yaml': grantYaml('use', 'developers', 'developers'),
  'policies/shop.yaml': policyYaml('shop', '{approval: {}, podSelector: {matchLabels: {app: orders}}}'),
  'probes/right.yaml': probeYaml(['ttlSeconds: 3600']).replace('name: orders', 'name: right'),
  'wrong/wrong.yaml': probeYaml(['sinkRefs: [{kind: ClusterSink, name: kafka}]', 'standing: true']).replace(
    'src/orders.ts',
    'lib/orders.ts',
  ),
};

const lint = async (files: Readonly<Record<string, string>>, ...parameters: string[]) => {
  const program = new Program(['lint', ...parameters], {}, await directoryOf(files));
  return { code: await program.ended, output: program.output, errors: program.errors };
};
const DEVELOPERS = ['--policy', 'policies', '--as', 'ann', '--as-group', 'developers'];

describe('davylamp lint --policy', () => {
  it('warns of what a probe asks for and does not get, and of what it waits for', async () => {
    expect(await lint(FILES, 'probes', ...DEVELOPERS)).toEqual({
      code: 0,
      errors: '',
      output: `probes/right.yaml:7:3: warning: DynamicLog right spec: InstrumentationPolicy shop: it waits until somebody other than its requester, who has the RBAC verb approve on the policy, approves it
probes/right.yaml:10:15: warning: DynamicLog right spec.ttlSeconds: 600 counts in the place of 3600, by ClusterInstrumentationPolicy developers
✓ 1 probe in 1 file, nothing wrong, 2 warnings
`,
    });
  });

  it('says each denial at the line that it is about, with policy and rule', async () => {
    const { code, output } = await lint(FILES, 'wrong', ...DEVELOPERS);
    expect(code).toBe(1);
    expect(
      output,
    ).toBe(`wrong/wrong.yaml:8:13: DynamicLog orders spec.location: ClusterInstrumentationPolicy developers: no rule allows a DynamicLog at lib/orders.ts:42; what is allowed: own (files src/**)
wrong/wrong.yaml:10:13: DynamicLog orders spec.sinkRefs: ClusterInstrumentationPolicy developers: results may not go to ClusterSink kafka; allowed in spec.sinkRefs: none
wrong/wrong.yaml:11:13: DynamicLog orders spec.standing: the default policy: a probe without an end is not allowed; give spec.ttlSeconds in the place of spec.standing
wrong/wrong.yaml:11:13: DynamicLog orders spec.standing: ClusterInstrumentationPolicy developers: it must end after 600 s at most; give spec.ttlSeconds in the place of spec.standing
✗ 4 problems; no probe in 1 file is right
`);
  });

  it('says for whom it was decided where nobody is named', async () => {
    const { output, code } = await lint(FILES, 'probes', '--policy', 'policies');
    expect(output).toContain(
      'note: it is not known who asks, so these count as if the requester held the verb use on each: ClusterInstrumentationPolicy developers\n',
    );
    expect(code).toBe(0);
  });

  it('gives everything as JSON, decisions too', async () => {
    const { output } = await lint(FILES, 'probes', 'wrong', '-o', 'json', '--policy', 'policies', '--as', 'eve');
    expect(JSON.parse(output)).toMatchObject({
      files: ['probes/right.yaml', 'wrong/wrong.yaml'],
      probes: 2,
      policies: 0,
      issues: [
        { file: 'probes/right.yaml', line: 7, field: 'spec', object: 'DynamicLog right' },
        { file: 'wrong/wrong.yaml', field: 'spec' },
        { file: 'wrong/wrong.yaml', line: 11, field: 'spec.standing' },
      ],
      warnings: [],
      notes: [],
      decisions: [
        { file: 'probes/right.yaml', kind: 'DynamicLog', namespace: 'shop', name: 'right', decision: 'Denied' },
        {
          file: 'wrong/wrong.yaml',
          name: 'orders',
          decision: 'Denied',
          policies: expect.arrayContaining(['the default policy']),
        },
      ],
    });
  });

  it('decides under another default policy alone', async () => {
    const files = { ...FILES, 'default.yaml': clusterPolicyYaml('any', '{standing: Allowed}') };
    expect(await lint(files, 'wrong', '--default-policy', 'default.yaml')).toMatchObject({
      code: 0,
      output: '✓ 1 probe in 1 file, nothing wrong\n',
    });
  });

  it('judges what names no namespace in the one that is given', async () => {
    const files = {
      'policies/shop.yaml': policyYaml('shop', '{rules: [{name: never, action: Deny}]}'),
      'probe.yaml': probeYaml().replace('  namespace: shop\n', ''),
    };
    expect(await lint(files, 'probe.yaml', '--policy', 'policies', '-n', 'shop')).toMatchObject({
      code: 1,
      output: `probe.yaml:6:3: DynamicLog orders spec: InstrumentationPolicy shop, rule never: a DynamicLog at src/orders.ts:42 is denied
✗ 1 problem; no probe in 1 file is right
`,
    });
    expect(await lint(files, 'probe.yaml', '--policy', 'policies')).toMatchObject({
      code: 0,
      output: `note: what names no namespace is taken to be in default, unless davylamp lint --namespace says where; these may count otherwise elsewhere: InstrumentationPolicy shop
✓ 1 probe in 1 file, nothing wrong
`,
    });
    expect(await lint(FILES, 'probes', '-n', 'bank')).toMatchObject({
      code: 1,
      output: `probes/right.yaml:5:14: DynamicLog right metadata.namespace: the namespace from the provided object "shop" does not match the namespace "bank" that is given
✗ 1 problem; no probe in 1 file is right
`,
    });
  });

  it('says that quotas are not judged', async () => {
    const files = { ...FILES, 'policies/quota.yaml': policyYaml('quota', '{quota: {namespace: {probes: 3}}}') };
    expect((await lint(files, 'probes', ...DEVELOPERS)).output).toContain(
      'note: how many probes there are is not known, so quotas are not judged: InstrumentationPolicy quota\n',
    );
  });

  it('decides nothing while a policy is wrong', async () => {
    const broken = { ...FILES, 'policies/shop.yaml': policyYaml('shop', '{approvals: {}}') };
    expect(await lint(broken, 'wrong', ...DEVELOPERS)).toMatchObject({
      code: 1,
      output: `policies/shop.yaml:4:8: InstrumentationPolicy shop spec.approvals: unknown field; approval is meant?
✗ 1 problem; 1 probe in 1 file is right
`,
    });
  });

  it.each([
    [['--as', 'ann'], 'davylamp: --as says who asks, which only policies want to know; give --policy PATH too\n', 2],
    [
      ['--policy', 'policies', '--as-group', 'developers'],
      'davylamp: --as-group says the groups of a user; give --as USER too\n',
      2,
    ],
    [
      ['--namespace', 'Shop'],
      "error: option '-n, --namespace <namespace>' argument 'Shop' is invalid. It must be lower case letters, digits and -.\n(--help shows what there is)\n",
      2,
    ],
    [
      ['--policy', 'probes'],
      'davylamp: there is no InstrumentationPolicy or ClusterInstrumentationPolicy in probes; give the files or directories in which the policies are\n',
      1,
    ],
    [
      ['--policy', 'nothing'],
      'davylamp: there is no file or directory nothing; give the path of a manifest, or of a directory of manifests\n',
      1,
    ],
  ])('refuses %j', async (parameters, errors, code) => {
    expect(await lint(FILES, 'probes', ...parameters)).toEqual({ code, output: '', errors });
  });
});

describe('davylamp lint of policies', () => {
  it('checks them as manifests, and counts them', async () => {
    const directory = await directoryOf(FILES);
    const { output, code } = await run('lint', join(directory, 'policies'), join(directory, 'probes'));
    expect(output).toBe('✓ 1 probe and 2 policies in 4 files, nothing wrong, 2 other objects not looked at\n');
    expect(code).toBe(0);
    const lastOf = async (...paths: string[]) =>
      (await run('lint', ...paths.map((path) => join(directory, path)))).output.trimEnd().split('\n').at(-1);
    expect(await lastOf('policies/shop.yaml')).toBe('✓ 1 policy in 1 file, nothing wrong');
    expect(await lastOf('policies/rbac.yaml')).toBe(
      '✓ no probe in 1 file, nothing wrong, 2 other objects not looked at',
    );
    await writeFile(join(directory, 'slip.yaml'), policyYaml('slip', '{approvals: {}}'));
    expect(await lastOf('slip.yaml', 'policies/shop.yaml')).toBe('✗ 1 problem; 1 policy in 2 files is right');
    expect(await lastOf('slip.yaml', 'policies/shop.yaml', 'probes')).toBe(
      '✗ 1 problem; 1 probe and 1 policy in 3 files are right',
    );
  });
});
